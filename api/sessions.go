package api

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"slices"
	"strings"
	"time"

	"go.uber.org/zap"

	"ringflow/api/form"
	"ringflow/endpoints"
	"ringflow/flow"
	"ringflow/session"
	"ringflow/store"
)

// newOutgoingSession answers as soon as the call is accepted for dialling. All
// that can be refused is refused before; what the far end does is in the session.
func (s *Server) newOutgoingSession(r *Request, q *NewOutgoingSession) (*SessionInfo, error) {
	if strings.TrimSpace(q.NumberToDial) == "" {
		return nil, &endpoints.Invalid{Field: "numberToDial", Text: "is missing"}
	}
	to, err := q.callback()
	if err != nil {
		return nil, err
	}
	if q.AccountId != "" && q.AccountId != r.found.accountID {
		return nil, notFound("flow", q.FlowId)
	}
	rec, err := s.Calls.Outgoing(r.Context(), session.OutgoingCall{
		ID: r.sessionID(), AccountID: r.found.accountID, FlowID: r.found.flow.ID, NumberToDial: q.NumberToDial, CallerID: q.CallerId,
		CreatedBy: r.Who.login.EmailAddress, FlowParams: q.FlowParams, CustomerID: q.CustomerId,
		Ring: time.Duration(q.RingTimeout) * time.Second, Detect: session.Detect(strings.TrimPrefix(string(q.MachineDetection), "None")), Callback: to,
	})
	if err != nil {
		return nil, err
	}
	info := s.accepted(r.Context(), rec)
	if to != nil {
		info.StatusCallbackSecret = to.Secret
	}
	return info, nil
}

// callback is who is to be told what becomes of the call; nil: nobody.
func (q *NewOutgoingSession) callback() (*endpoints.Callback, error) {
	if q.StatusCallback == "" {
		if len(q.StatusCallbackEvents) > 0 || q.StatusCallbackSecret != "" {
			return nil, &endpoints.Invalid{Field: "statusCallback", Text: "is missing: where are the events to be posted to?"}
		}
		return nil, nil
	}
	to := &endpoints.Callback{URL: q.StatusCallback, Events: wordsOf[endpoints.EventType](q.StatusCallbackEvents), Secret: q.StatusCallbackSecret}
	return to, to.Validate()
}

// accepted shows a call that is on its way: names it may lack, but a client must not try again.
func (s *Server) accepted(ctx context.Context, rec *session.Record) *SessionInfo {
	info, err := s.sessionInfo(ctx, rec)
	if err != nil {
		s.log().Error("a session is shown without names", zap.String("session", rec.ID), zap.Error(err))
		bare := infoOf(rec)
		info = &bare
	}
	return info
}

func (s *Server) listSessions(r *Request, q *ListSessions) (*ListResponse[SessionInfo], error) {
	f, err := q.filter()
	if err != nil {
		return nil, err
	}
	if own, confined := r.Who.ownEndpoint(); confined {
		if own == "" {
			return page(&q.ListRequest, []SessionInfo{}, 0), nil
		}
		f.PartOf = own
	}
	return s.sessionList(r, q, f)
}

func (s *Server) sessionList(r *Request, q *ListSessions, f store.RecordFilter) (*ListResponse[SessionInfo], error) {
	records, total, err := s.Store.Records(r.Context(), f)
	if err != nil {
		return nil, err
	}
	for i, rec := range records {
		if live, err := s.Calls.Get(rec.ID); err == nil {
			records[i] = live // what it did since it was saved
		}
	}
	for _, id := range q.SpecificIds { // one so new that it isn't saved yet
		if slices.ContainsFunc(records, func(rec *session.Record) bool { return rec.ID == id }) {
			continue
		}
		if live, err := s.Calls.Get(id); err == nil && r.Who.may(live.AccountID) && r.Who.partOf(live) && len(records) < len(q.SpecificIds) && onlyIDs(q) {
			records, total = append(records, live), total+1
		}
	}
	items, err := s.sessionInfos(r.Context(), records)
	return page(&q.ListRequest, items, total), err
}

// onlyIDs tells that a list asks for sessions by their ids and nothing else.
func onlyIDs(q *ListSessions) bool {
	return q.Page == 0 && q.StartDate == "" && q.EndDate == "" && q.StartDateTime.IsZero() && q.EndDateTime.IsZero() && len(q.CustomerIds) == 0 &&
		len(q.EndpointIds) == 0 && len(q.FlowIds) == 0 && q.From == "" && q.To == "" && q.Log == "" && q.ParentSessionId == "" && q.Direction == ""
}

// filter is what the store is asked. Days are UTC, and the last one counts.
func (q *ListSessions) filter() (store.RecordFilter, error) {
	list, err := q.list()
	if err != nil {
		return store.RecordFilter{}, err
	}
	f := store.RecordFilter{
		List: list, AccountIDs: q.AccountIds, CustomerIDs: q.CustomerIds, EndpointIDs: q.EndpointIds, FlowIDs: q.FlowIds,
		ParentSessionID: q.ParentSessionId, From: asNumber(q.From, 7), To: asNumber(q.To, 7), Log: q.Log,
		Start: q.StartDateTime, End: q.EndDateTime, Direction: session.Direction(q.Direction), Live: q.Live,
	}
	start, end, err := days("startDate", q.StartDate, "endDate", q.EndDate)
	if !start.IsZero() {
		f.Start = start
	}
	if !end.IsZero() {
		f.End = end
	}
	return f, err
}

// days reads a range of dates; an end without a time of day is that whole day.
func days(startName, startText, endName, endText string) (start, end time.Time, err error) {
	if start, err = form.ParseTime(startText); err != nil {
		return start, end, badValue(startName, "%v", err)
	}
	if end, err = form.ParseTime(endText); err != nil {
		return start, end, badValue(endName, "%v", err)
	}
	if len(strings.TrimSpace(endText)) == len(time.DateOnly) {
		end = end.AddDate(0, 0, 1)
	}
	return start, end, nil
}

func (s *Server) getSession(r *Request, _ *GetSession) (*SessionInfo, error) {
	ctx := r.Context()
	info, err := s.sessionInfo(ctx, r.found.record)
	if err != nil {
		return nil, err
	}
	files, _, err := s.Store.Files(ctx, endpoints.FileFilter{List: endpoints.List{All: true}, AccountIDs: []string{r.found.accountID}, SessionID: info.Id})
	if err != nil {
		return nil, err
	}
	if len(files) > 0 {
		info.Files, err = s.fileInfos(ctx, files)
	}
	return info, err
}

// endSession hangs a call up; of a conference, where callSid names one of several, that one alone.
func (s *Server) endSession(r *Request, q *EndSession) error {
	if q.CallSid != "" && r.found.record.ConferenceID != "" && len(r.found.record.Members) > 2 {
		return s.deleteConferenceMember(r, &DeleteConferenceMember{CallSid: q.CallSid})
	}
	if r.found.record.Channel == string(flow.Chat) {
		return s.endChat(r)
	}
	err := s.Calls.End(r.Context(), r.found.record.ID, "ended by "+r.Who.login.EmailAddress)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // over already, which is what was wanted
	}
	return err
}

// deleteSessions forgets an account's sessions of a time, those that are over,
// and their recordings.
func (s *Server) deleteSessions(r *Request, q *DeleteSessions) error {
	if q.StartDateTime.IsZero() || q.EndDateTime.IsZero() {
		return &endpoints.Invalid{Field: "startDateTime", Text: "startDateTime and endDateTime must both be given"}
	}
	for {
		n, recordings, err := s.Store.DeleteRecords(r.Context(), r.found.accountID, q.StartDateTime, q.EndDateTime, func(id string) error { return session.Announce(s.Blob, id) })
		if err != nil || n == 0 {
			return err
		}
		s.Calls.Events().Forget(func(e *session.Event) bool {
			return e.SessionID != "" && e.AccountID == r.found.accountID && !e.Date.Before(q.StartDateTime) && e.Date.Before(q.EndDateTime)
		})
		for _, id := range recordings {
			s.removeBytes(id)
		}
	}
}

func (s *Server) activeSessions(r *Request, _ *GetActiveSessions) (*SessionsResponse, error) {
	own := r.Who.login.EndpointID
	if own == "" {
		return nil, fail(http.StatusBadRequest, "ArgumentException", "the login %s belongs to no user endpoint", r.Who.login.EmailAddress)
	}
	var mine []*session.Record
	for _, rec := range s.Calls.Live(r.Who.login.AccountIDs) {
		if r.Who.may(rec.AccountID) && r.Who.partOf(rec) {
			mine = append(mine, rec)
		}
	}
	items, err := s.sessionInfos(r.Context(), mine)
	return &SessionsResponse{Sessions: items}, err
}

func (s *Server) mySessions(r *Request, _ *GetMySessions) (*SessionsResponse, error) {
	q := &ListSessions{ListRequest: ListRequest{SortOrder: "Descend", CountPerPage: 100, SimplifiedPaging: true}, AccountIds: r.Who.login.AccountIDs}
	own := r.Who.login.EndpointID
	if own == "" {
		return &SessionsResponse{Sessions: []SessionInfo{}}, nil
	}
	f, err := q.filter()
	if err != nil {
		return nil, err
	}
	f.PartOf = own
	list, err := s.sessionList(r, q, f)
	if err != nil {
		return nil, err
	}
	return &SessionsResponse{Sessions: list.Items}, nil
}

// record is a session, live or over.
func (s *Server) record(ctx context.Context, id string) (*session.Record, error) {
	if rec, err := s.Calls.Get(id); err == nil {
		return rec, nil
	}
	return s.Store.Record(ctx, id)
}

func (s *Server) sessionInfo(ctx context.Context, rec *session.Record) (*SessionInfo, error) {
	rec, err := s.withMembers(ctx, rec)
	if err != nil {
		return nil, err
	}
	infos, err := s.sessionInfos(ctx, []*session.Record{rec})
	if err != nil {
		return nil, err
	}
	return &infos[0], nil
}

func (s *Server) sessionInfos(ctx context.Context, records []*session.Record) ([]SessionInfo, error) {
	var ids, customers []string
	for _, rec := range records {
		ids, customers = append(ids, rec.AccountID), append(customers, rec.CustomerID)
	}
	names, err := s.shown(ctx, ids, customers)
	out := make([]SessionInfo, len(records))
	for i, rec := range records {
		out[i] = infoOf(rec)
		out[i].AccountName, out[i].CustomerBreadcrumb = names.of(rec.AccountID), names.crumbs[rec.CustomerID]
	}
	return out, err
}

// infoOf is a session without what must be looked up.
func infoOf(rec *session.Record) SessionInfo {
	over := !rec.Ended.IsZero()
	info := SessionInfo{
		EntityInfo: EntityInfo{Id: rec.ID, DateCreated: rec.Started, DateLastModified: latest(rec), CreatedBy: rec.CreatedBy, LastModifiedBy: rec.CreatedBy, revision: rec.Revision},
		DialState:  "Active", CallState: SessionCallState(rec.CallState), QueueState: "None", HoldReason: "None",
		AccountId: rec.AccountID, CustomerId: rec.CustomerID, CustomerName: rec.CustomerName,
		EndpointId: rec.EndpointID, EndpointName: rec.EndpointName, DateAnswered: rec.Answered, DateCompleted: rec.Ended,
		Destination: rec.Destination, ToAddress: rec.ToAddress, FromAddress: rec.FromAddress, FromName: rec.FromName,
		AnsweredByName: rec.AnsweredByName, Channel: rec.Channel, Direction: string(rec.Direction), Ended: over, WasMissed: rec.WasMissed,
		Outcome: rec.Outcome, CallSid: rec.SipCallID, ConsoleData: rec.ConsoleData, ConferenceSid: rec.ConferenceID, ParentSessionId: rec.ParentSessionID,
		FlowId: rec.FlowID, FlowName: rec.FlowName, FlowVersion: rec.FlowVersion,
		Log: []SessionLogInfo{}, Members: []SessionMemberInfo{}, Legs: []SessionLegInfo{},
		HeldByUserId: rec.HeldByUserID, HoldQueueName: rec.HoldQueue, MachineDetection: MachineVerdicts(rec.Machine),
	}
	if rec.HoldReason != "" {
		info.HoldReason = SessionHoldReasons(rec.HoldReason)
	}
	for _, m := range rec.Members {
		info.Members = append(info.Members, SessionMemberInfo{
			CallSid: m.CallSid, Role: SessionMemberRoles(m.Role), CallState: SessionMemberCallState(m.State), EndpointId: m.EndpointID,
			Name: m.Name, Number: m.Number, Muted: m.Muted, DateStarted: m.Since,
		})
	}
	if over {
		info.DialState, info.CallState = "None", "Disconnected"
	}
	if rec.QueueState != "" {
		info.QueueState, info.QueueMemberId = SessionQueueStates(rec.QueueState), rec.QueueMemberID
	}
	for _, l := range rec.Log {
		info.Log = append(info.Log, SessionLogInfo{Date: l.Date, Message: l.Message})
	}
	for _, l := range rec.Legs {
		leg := SessionLegInfo{
			Id: l.ID, Direction: string(l.Direction), EndpointId: l.EndpointID, FromAddress: l.From, ToAddress: l.To, SipCallId: l.SipCallID,
			SipCode: l.SipCode, Cause: l.Cause, DateStarted: l.Started, DateAnswered: l.Answered, DateEnded: l.Ended, Codec: l.Codec,
		}
		if q := l.Quality; q != nil {
			leg.Quality = &SessionLegQuality{
				PacketsIn: int64(q.PacketsIn), PacketsOut: int64(q.PacketsOut), Lost: int64(q.Lost), LossPercent: q.LossPercent, JitterMs: q.JitterMs,
				RemoteLossPercent: q.RemoteLossPercent, RoundTripMs: q.RoundTripMs, Mos: q.MOS, ConcealedMs: q.ConcealedMs,
			}
		}
		info.Legs = append(info.Legs, leg)
	}
	return info
}

// latest is when something happened to a session last.
func latest(rec *session.Record) time.Time {
	at := rec.Started
	if n := len(rec.Log); n > 0 && rec.Log[n-1].Date.After(at) {
		at = rec.Log[n-1].Date
	}
	for _, t := range []time.Time{rec.Answered, rec.Ended} {
		if t.After(at) {
			at = t
		}
	}
	return at
}
