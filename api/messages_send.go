package api

import (
	"cmp"
	"strings"

	"ringflow/endpoints"
	"ringflow/session"
)

// sendMessage writes into a chat, or from an endpoint to an address. What it answers is in
// the store, and leaves at least once; with an idempotency key the message's id is the
// key's, so that it is found should the server fail.
func (s *Server) sendMessage(r *Request, q *SendMessage) (*MessageInfo, error) {
	by, err := s.writer(r)
	if err != nil {
		return nil, err
	}
	w := session.Writing{
		ID: r.sessionID(), Session: r.found.record, Endpoint: r.found.endpoint, To: strings.TrimSpace(q.ToAddress),
		Subject: strings.TrimSpace(q.Subject), Text: cmp.Or(q.Text, q.Body),
	}
	if w.Files, err = s.sentFiles(r, q.FileIds); err != nil {
		return nil, err
	}
	switch {
	case w.Session != nil && !w.Session.Ended.IsZero():
		return nil, over(w.Session.ID)
	case strings.TrimSpace(w.Text) == "" && len(w.Files) == 0:
		return nil, &endpoints.Invalid{Field: "text", Text: "is missing, and so are fileIds"}
	case len(w.Text) > endpoints.MaxMessageText:
		return nil, &endpoints.Invalid{Field: "text", Text: "is longer than 65,536 bytes"}
	case w.Session == nil && w.To == "":
		return nil, &endpoints.Invalid{Field: "toAddress", Text: "is missing"}
	}
	m, err := s.Calls.Write(r.Context(), by, w)
	if err != nil {
		return nil, err
	}
	return s.messageInfo(r.Context(), m)
}

// writer is who writes: unlike a call, a message needs no phone of his.
func (s *Server) writer(r *Request) (session.Asker, error) {
	by := session.Asker{Name: r.Who.login.EmailAddress}
	own := r.Who.login.EndpointID
	if own == "" {
		return by, nil
	}
	u, err := s.Store.Endpoint(r.Context(), own)
	if err != nil {
		return by, missing(err, "endpoint", own)
	}
	if u.AccountID == r.found.accountID { // elsewhere he is a manager
		by.User = u
	}
	return by, nil
}

// sentFiles are stored files of the account that go with a message.
func (s *Server) sentFiles(r *Request, ids []string) (out []endpoints.MessageFile, err error) {
	if len(ids) > endpoints.MaxMessageFiles {
		return nil, &endpoints.Invalid{Field: "fileIds", Text: "are more than 20"}
	}
	own, confined := r.Who.ownEndpoint()
	for _, id := range ids {
		f, err := s.Store.File(r.Context(), id)
		if err != nil || f.AccountID != r.found.accountID || confined && (own == "" || f.UserID != own) {
			return nil, missing(err, "file", id)
		}
		if err := s.within(r.Context(), f.CustomerID, "file", id); err != nil {
			return nil, err
		}
		if f.ContentLength > endpoints.MaxFileBytes {
			return nil, &endpoints.Invalid{Field: "fileIds", Text: f.FileName + " is too large for a message: 25 MiB at most"}
		}
		out = append(out, endpoints.MessageFile{FileID: f.ID, Name: f.FileName, ContentType: f.ContentType})
	}
	return out, nil
}

// sessionOrEndpoint is for a chat, or else for who begins one.
func sessionOrEndpoint() scope {
	return scope{"session or endpoint", func(s *Server, r *Request, in any) error {
		if in.(interface{ session() string }).session() != "" {
			return oneSession().check(s, r, in)
		}
		id := in.(interface{ endpoint() string }).endpoint()
		if own, confined := r.Who.ownEndpoint(); confined && (own == "" || id != "" && id != own) {
			return notFound("endpoint", id)
		} else if id == "" && own == "" {
			r.found.kept = true
			return &endpoints.Invalid{Field: "sessionId", Text: "is missing, and so is endpointId"}
		} else if id == "" {
			*in.(interface{ from() *string }).from() = own
		}
		return oneEndpoint().check(s, r, in)
	}}
}

func (q *SendMessage) from() *string { return &q.EndpointId }
