package api

import (
	"cmp"
	"strings"
	"time"

	"ringflow/endpoints"
	"ringflow/session"
	"ringflow/store"
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
	if rec.Machine != "" {
		c.AnsweredBy = strings.ToLower(rec.Machine)
	}
	return c
}

// maxLegs bounds a list of calls, which has no pages.
const maxLegs = 10_000

// listCalls lists the legs of an account's sessions of some days, the newest session first. Of
// those that are live it shows what has been saved.
func (s *Server) listCalls(r *Request, q *ListCalls) ([]CallInfo, error) {
	f := store.RecordFilter{AccountIDs: []string{r.found.accountID}, List: endpoints.List{CountPerPage: 500, Simplified: true, SortOrder: endpoints.Descend}}
	var err error
	if f.Start, f.End, err = days("startDate", q.StartDate, "endDate", q.EndDate); err != nil {
		return nil, err
	}
	out := []CallInfo{}
	for ; ; f.Page++ {
		records, _, err := s.Store.Records(r.Context(), f)
		if err != nil {
			return nil, err
		}
		for _, rec := range records {
			out = append(out, legInfos(rec)...)
		}
		if len(out) > maxLegs {
			return nil, &endpoints.Invalid{Field: "startDate", Text: "there are more than 10,000 calls in these days; ask for fewer"}
		}
		if len(records) < f.CountPerPage {
			return out, nil
		}
	}
}

// legInfos are the legs of a session; of one that has none itself.
func legInfos(rec *session.Record) []CallInfo {
	if len(rec.Legs) == 0 {
		c := callInfo(rec)
		if !rec.Ended.IsZero() {
			c.Status, c.EndTime, c.Annotation = "no-answer", rec.Ended, rec.Outcome
		}
		return []CallInfo{c}
	}
	var out []CallInfo
	for i, l := range rec.Legs {
		c := CallInfo{
			AccountSid: rec.AccountID, Annotation: rec.Outcome, CallerName: rec.FromName, DateCreated: l.Started, DateUpdated: cmp.Or(l.Ended, l.Answered, l.Started),
			Direction: "inbound", EndTime: l.Ended, From: l.From, FromFormatted: endpoints.Formatted(l.From), ParentCallSid: rec.ParentSessionID,
			Sid: l.ID, StartTime: l.Started, Status: legStatus(&l), To: l.To, ToFormatted: endpoints.Formatted(l.To), Uri: "/sessions/" + rec.ID,
		}
		switch {
		case l.Direction == session.Incoming:
			c.PhoneNumberSid, c.From, c.FromFormatted = rec.EndpointID, rec.FromAddress, endpoints.Formatted(rec.FromAddress)
		case rec.Direction == session.Outgoing && i == 0:
			c.Direction, c.AnsweredBy = "outbound-api", strings.ToLower(rec.Machine)
		default:
			c.Direction, c.ParentCallSid = "outbound-dial", rec.Legs[0].ID
			if !l.Answered.IsZero() {
				c.AnsweredBy = rec.AnsweredByName
			}
		}
		if !l.Answered.IsZero() {
			c.Duration = int(cmp.Or(l.Ended, time.Now()).Sub(l.Answered).Seconds())
		}
		out = append(out, c)
	}
	return out
}

// legStatus is how a leg stands, or ended, in a carrier's words.
func legStatus(l *session.LegRecord) string {
	switch {
	case !l.Answered.IsZero() && l.Ended.IsZero():
		return "in-progress"
	case !l.Answered.IsZero():
		return "completed"
	case l.Ended.IsZero():
		return "ringing"
	case l.SipCode == 486 || l.SipCode == 600:
		return "busy"
	case l.SipCode == 487:
		return "canceled"
	case l.SipCode == 480 || l.SipCode == 408:
		return "no-answer"
	}
	return "failed"
}
