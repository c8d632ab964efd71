package api

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"net/http"
	"slices"
	"strings"

	"ringflow/endpoints"
	"ringflow/flow"
	"ringflow/session"
)

// newChat opens a chat of a user with somebody: from a number that the account owns, or
// else with a colleague. What is written there reaches the user, and no flow runs.
func (s *Server) newChat(r *Request, q *NewSession, u *endpoints.Endpoint) (*SessionInfo, error) {
	r.found.accountID = u.AccountID
	w := session.Writing{ID: r.sessionID(), Endpoint: u, To: strings.TrimSpace(q.Destination), Text: q.Text}
	if w.To == "" {
		return nil, &endpoints.Invalid{Field: "destination", Text: "is missing"}
	}
	if len(w.Text) > endpoints.MaxMessageText {
		return nil, &endpoints.Invalid{Field: "text", Text: "is longer than 65,536 bytes"}
	}
	if q.CallerId != "" {
		number, err := s.e164(r, q.CallerId)
		if err != nil {
			return nil, &endpoints.Invalid{Field: "callerId", Text: "is no telephone number"}
		}
		e, err := s.Store.EndpointByNumber(r.Context(), number)
		if err != nil || e.AccountID != u.AccountID || e.CustomerID != "" && e.CustomerID != u.CustomerID {
			return nil, missing(err, "phone number", number)
		}
		w.Endpoint = e
	}
	rec, err := s.Calls.OpenChat(r.Context(), session.Asker{User: u, Name: r.Who.login.EmailAddress}, w)
	if err != nil {
		return nil, err
	}
	return s.sessionInfo(r.Context(), rec)
}

// inviteChatMember lets a user or a cell phone take part in a chat, which is a room from then on.
func (s *Server) inviteChatMember(r *Request, q *InviteChatMember) (*SessionInfo, error) {
	member := strings.TrimSpace(cmp.Or(q.Member, q.UserId, q.Number))
	if member == "" {
		return nil, &endpoints.Invalid{Field: "member", Text: "is missing"}
	}
	by, err := s.writer(r)
	if err != nil {
		return nil, err
	}
	err = s.Calls.InviteToChat(r.Context(), r.found.record, by, member)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, over(r.found.record.ID)
	}
	if err != nil {
		return nil, err
	}
	rec, err := s.record(r.Context(), r.found.record.ID)
	if err != nil {
		return nil, missing(err, "session", r.found.record.ID)
	}
	return s.sessionInfo(r.Context(), rec)
}

func (s *Server) deleteChatMember(r *Request, q *DeleteChatMember) error {
	if r.found.record.Channel != string(flow.Chat) {
		return fail(http.StatusConflict, "Conflict", "the session %s is no chat: nobody is a member of it", r.found.record.ID)
	}
	by, err := s.writer(r)
	if err != nil {
		return err
	}
	return s.Calls.RemoveFromChat(r.Context(), r.found.record, by, q.MemberId)
}

// endChat closes a chat; one that is over is what was wanted.
func (s *Server) endChat(r *Request) error {
	by, err := s.writer(r)
	if err != nil {
		return err
	}
	if err := s.Calls.EndChat(r.Context(), r.found.record, by); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// openChat tells whether a session is a chat in which somebody may write.
func openChat(rec *session.Record) bool {
	return rec.Channel == string(flow.Chat) && rec.Ended.IsZero()
}

// inChat tells whether a user takes part in a chat now.
func (s *Server) inChat(ctx context.Context, rec *session.Record, user string) (bool, error) {
	if !openChat(rec) || user == "" {
		return false, nil
	}
	members, err := s.Calls.ChatMembers(ctx, rec)
	return slices.ContainsFunc(members, func(m session.Member) bool { return m.EndpointID == user }), err
}

// withMembers shows who is in a chat.
func (s *Server) withMembers(ctx context.Context, rec *session.Record) (*session.Record, error) {
	if !openChat(rec) {
		return rec, nil
	}
	members, err := s.Calls.ChatMembers(ctx, rec)
	if err != nil {
		return nil, err
	}
	copied := *rec
	copied.Members = slices.Clone(members)
	for i := range copied.Members {
		copied.Members[i].Role = cmp.Or(copied.Members[i].Role, session.RoleNone)
	}
	return &copied, nil
}
