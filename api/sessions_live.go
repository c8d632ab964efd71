package api

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"strings"

	"ringflow/endpoints"
	"ringflow/session"
)

// asker is who asks for something of a live call: a phone user for himself, all others with
// the rights of the account.
func (s *Server) asker(r *Request) (session.Asker, error) {
	by := session.Asker{Name: r.Who.login.EmailAddress}
	own, confined := r.Who.ownEndpoint()
	if !confined {
		return by, nil
	}
	u, err := s.ownUser(r, own)
	by.User = u
	return by, err
}

// ownUser is the user of a phone login.
func (s *Server) ownUser(r *Request, own string) (*endpoints.Endpoint, error) {
	if own == "" {
		return nil, fail(http.StatusBadRequest, "ArgumentException", "the login %s belongs to no user endpoint", r.Who.login.EmailAddress)
	}
	u, err := s.Store.Endpoint(r.Context(), own)
	if err != nil {
		return nil, missing(err, "endpoint", own)
	}
	return u, nil
}

// control does something to the session of the request and shows how it stands then.
func (s *Server) control(r *Request, f func(id string, by session.Asker) error) (*SessionInfo, error) {
	if err := s.command(r, f); err != nil {
		return nil, err
	}
	rec, err := s.record(r.Context(), r.found.record.ID)
	if err != nil {
		return nil, missing(err, "session", r.found.record.ID)
	}
	return s.sessionInfo(r.Context(), rec)
}

// command is control for what answers nothing. A session that is over is a conflict: it is there.
func (s *Server) command(r *Request, f func(id string, by session.Asker) error) error {
	by, err := s.asker(r)
	if err != nil {
		return err
	}
	id := r.found.record.ID
	if !s.lives(id) {
		return over(id)
	}
	err = f(id, by)
	if errors.Is(err, fs.ErrNotExist) && !s.lives(id) {
		return over(id)
	}
	return err
}

// lives tells whether a session goes on: one that has ended is known until it is saved.
func (s *Server) lives(id string) bool {
	rec, err := s.Calls.Get(id)
	return err == nil && rec.Ended.IsZero()
}

func over(id string) error {
	return fail(http.StatusConflict, "Conflict", "the session %s is over", id)
}

func (s *Server) newSession(r *Request, q *NewSession) (*SessionInfo, error) {
	if q.Channel == "Fax" {
		return nil, fail(http.StatusNotImplemented, "NotImplementedException", "a session of the channel Fax can't be made: only calls and chats are")
	}
	u, err := s.ownUser(r, r.Who.login.EndpointID)
	if err != nil {
		return nil, err
	}
	if q.Channel == "Chat" {
		return s.newChat(r, q, u)
	}
	rec, err := s.Calls.Call(r.Context(), session.Asker{User: u, Name: r.Who.login.EmailAddress}, session.Redirection{Destination: strings.TrimSpace(q.Destination), CallerID: strings.TrimSpace(q.CallerId)})
	if err != nil {
		return nil, err
	}
	return s.accepted(r.Context(), rec), nil
}

func (s *Server) patchSession(r *Request, q *PatchSession) (*SessionInfo, error) {
	ctx := r.Context()
	state := cmp.Or(string(q.CallState), string(q.QueueState))
	if q.CallState != "" && q.QueueState != "" && string(q.CallState) != string(q.QueueState) {
		return nil, &endpoints.Invalid{Field: "queueState", Text: "says something else than callState"}
	}
	reason := session.HoldReason(strings.TrimPrefix(string(q.HoldReason), "None"))
	if q.ConsoleData != nil && len(*q.ConsoleData) > session.MaxConsole {
		return nil, &endpoints.Invalid{Field: "consoleData", Text: fmt.Sprintf("is longer than %d bytes", session.MaxConsole)}
	}
	// What may be refused comes first: then nothing of the request has been done. What is bound to a
	// revision is one change.
	console := q.ConsoleData
	steer := func(id string, by session.Asker) error {
		now := infoOf(r.found.record)
		switch {
		case state == "" || state == string(now.CallState) && q.CallState != "" || state == string(now.QueueState) && q.QueueState != "":
			if q.HoldReason == "" || reason == "" && now.HoldReason == "None" {
				return nil
			}
			defer func() { console = nil }()
			return s.Calls.SetHoldReason(ctx, id, reason, console)
		case q.QueueState != "" && now.QueueState != "Connected" && now.QueueState != "Hold" && state != "Disconnected":
			return &endpoints.Invalid{Field: "queueState", Text: "can't be set to " + state + ": the call is " + string(now.QueueState) + " in a queue"}
		case state == string(session.Hold), state == string(session.Connected):
			defer func() { console = nil }()
			return s.Calls.Hold(ctx, id, by, session.Holding{On: state == string(session.Hold), Reason: reason, Console: console})
		case state == string(session.Disconnected):
			return nil // last
		}
		return &endpoints.Invalid{Field: "callState", Text: "can be set to Hold, Connected or Disconnected, not to " + state}
	}
	return s.control(r, func(id string, by session.Asker) error {
		if err := steer(id, by); err != nil {
			return err
		}
		if console != nil {
			if err := s.Calls.SetConsoleData(ctx, id, *console); err != nil {
				return err
			}
			ctx = endpoints.Expecting(ctx, context.Background()) // it is the next revision now
		}
		if state != string(session.Disconnected) {
			return nil
		}
		return s.Calls.End(ctx, id, "ended by "+by.Name)
	})
}

func (s *Server) holdSession(r *Request, q *HoldSession) (*SessionInfo, error) {
	return s.control(r, func(id string, by session.Asker) error {
		return s.Calls.Hold(r.Context(), id, by, session.Holding{Leg: q.CallSid, On: q.Hold == nil || *q.Hold, Reason: session.HoldReason(strings.TrimPrefix(string(q.Reason), "None"))})
	})
}

func (s *Server) redirectSession(r *Request, q *RedirectSession) error {
	return s.command(r, func(id string, by session.Asker) error {
		return s.Calls.Redirect(r.Context(), id, by, session.Redirection{Destination: strings.TrimSpace(q.Destination), CallerID: strings.TrimSpace(q.CallerId)})
	})
}

func (s *Server) rejectSession(r *Request, _ *RejectSession) (*SessionInfo, error) {
	return s.control(r, func(id string, by session.Asker) error { return s.Calls.Reject(r.Context(), id, by) })
}

func (s *Server) recordSession(r *Request, q *RecordSession) (*SessionInfo, error) {
	return s.control(r, func(id string, by session.Asker) error {
		return s.Calls.Tape(r.Context(), id, by, q.Record == nil || *q.Record)
	})
}

// maxNote bounds what is written into a log at once, in bytes.
const maxNote = 2 << 10

func (s *Server) addSessionLog(r *Request, q *AddSessionLog) (*SessionInfo, error) {
	by, err := s.asker(r)
	if err != nil {
		return nil, err
	}
	text := strings.TrimSpace(cmp.Or(q.Message, q.Text))
	switch {
	case text == "":
		return nil, &endpoints.Invalid{Field: "message", Text: "is missing"}
	case len(text) > maxNote:
		return nil, &endpoints.Invalid{Field: "message", Text: "is longer than 2,048 bytes"}
	}
	if err := s.Calls.Note(r.Context(), r.found.record, by, text); err != nil {
		return nil, err
	}
	rec, err := s.record(r.Context(), r.found.record.ID)
	if err != nil {
		return nil, missing(err, "session", r.found.record.ID)
	}
	return s.sessionInfo(r.Context(), rec)
}

func (s *Server) newConference(r *Request, _ *NewConference) (*SessionInfo, error) {
	return s.control(r, func(id string, by session.Asker) error { return s.Calls.Confer(r.Context(), id, by) })
}

func (s *Server) addConferenceMember(r *Request, q *AddConferenceMember) (*SessionInfo, error) {
	return s.control(r, func(id string, by session.Asker) error {
		return s.Calls.AddMember(r.Context(), id, by, session.Redirection{Destination: strings.TrimSpace(q.Destination), CallerID: strings.TrimSpace(q.FromNumber), Leg: q.CallSid})
	})
}

func (s *Server) patchConferenceMember(r *Request, q *PatchConferenceMember) (*SessionInfo, error) {
	return s.control(r, func(id string, by session.Asker) error {
		return s.Calls.ChangeMember(r.Context(), id, by, q.CallSid, session.MemberChange{Hold: q.Hold, Mute: q.Mute})
	})
}

func (s *Server) deleteConferenceMember(r *Request, q *DeleteConferenceMember) error {
	return s.command(r, func(id string, by session.Asker) error {
		return s.Calls.RemoveMember(r.Context(), id, by, q.CallSid)
	})
}

func (s *Server) redactSession(r *Request, _ *RedactSession) (*SessionInfo, error) {
	id := r.found.record.ID
	listed, _, err := s.Store.Files(r.Context(), endpoints.FileFilter{List: endpoints.List{All: true}, AccountIDs: []string{r.found.accountID}, SessionID: id})
	if err != nil {
		return nil, err
	}
	for _, f := range listed { // a server that dies in the midst of it removes the bytes at its next start
		if err := session.Announce(s.Blob, f.ID); err != nil {
			return nil, err
		}
	}
	files, err := s.Store.RedactRecord(r.Context(), id, "Redacted by "+r.Who.login.EmailAddress)
	if err != nil {
		for _, f := range listed {
			s.forget(f.ID)
		}
		return nil, err
	}
	s.Calls.Events().Forget(func(e *session.Event) bool { return e.SessionID == id })
	for _, f := range files {
		s.removeBytes(f.ID)
		s.boxChanged(f)
	}
	rec, err := s.Store.Record(r.Context(), id)
	if err != nil {
		return nil, missing(err, "session", id)
	}
	return s.sessionInfo(r.Context(), rec)
}
