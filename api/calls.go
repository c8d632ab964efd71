package api

import (
	"time"

	"ringflow/endpoints"
	"ringflow/session"
)

// activeCalls lists live calls as a carrier would.
func (s *Server) activeCalls(_ *Request, q *GetActiveCalls) (*GetActiveCallsResponse, error) {
	out := &GetActiveCallsResponse{Calls: []CallInfo{}}
	for _, rec := range s.Calls.Live(*q.accounts()) {
		out.Calls = append(out.Calls, callInfo(rec))
	}
	return out, nil
}

func callInfo(rec *session.Record) CallInfo {
	c := CallInfo{
		AccountSid: rec.AccountID, AnsweredBy: rec.AnsweredByName, CallerName: rec.FromName, DateCreated: rec.Started, DateUpdated: latest(rec),
		Direction: "inbound", From: rec.FromAddress, ParentCallSid: rec.ParentSessionID, Sid: rec.ID, StartTime: rec.Started,
		Status: "ringing", To: rec.ToAddress, Uri: "/sessions/" + rec.ID,
		FromFormatted: endpoints.Formatted(rec.FromAddress), ToFormatted: endpoints.Formatted(rec.ToAddress), PhoneNumberSid: rec.EndpointID,
	}
	if rec.Direction == session.Outgoing {
		c.Direction = "outbound-api"
	}
	if !rec.Answered.IsZero() {
		c.Status, c.Duration = "in-progress", int(time.Since(rec.Answered).Seconds())
	}
	return c
}
