package api

import (
	"cmp"
	"errors"
	"io/fs"
	"net/http"
	"net/url"
	"strings"
	"time"

	"ringflow/endpoints"
)

// Anybody may write to an endpoint whose webChat is on: so much at once from one
// source, and so much to one endpoint, then one message each refill.
const (
	visitorBurst  = 20
	visitorRefill = 3 * time.Second
	chatBurst     = 300
	chatRefill    = 200 * time.Millisecond

	maxVisitorText = 4 << 10 // bytes
	minVisitor     = 8       // letters: what names a visitor isn't to be guessed
	maxVisitor     = 128
	maxAttachment  = 2_000 // letters of an address
	// visitorMark keeps visitors' addresses apart from all others'.
	visitorMark = "web:"
)

// sendEndpointMessage takes what a visitor writes. What is wrong with the endpoint or the
// session is told in one way, so that nobody learns what there is.
func (s *Server) sendEndpointMessage(r *Request, q *SendEndpointMessage) error {
	if !s.visitors.allow("source "+s.auth.source(r.Request), visitorBurst, visitorRefill) {
		return slowDown(visitorRefill)
	}
	text, err := q.text()
	if err != nil {
		return err
	}
	endpointID, visitor := q.EndpointId, visitorMark+q.Sender
	if q.SessionId != "" {
		rec, err := s.record(r.Context(), q.SessionId)
		switch {
		case err != nil && !errors.Is(err, fs.ErrNotExist):
			return err
		case err != nil || !rec.Ended.IsZero() || !strings.HasPrefix(rec.FromAddress, visitorMark) || endpointID != "" && endpointID != rec.EndpointID:
			return noWebChat()
		}
		endpointID, visitor = rec.EndpointID, rec.FromAddress
	} else if n := len(q.Sender); n < minVisitor || n > maxVisitor || strings.ContainsFunc(q.Sender, func(c rune) bool { return c <= ' ' || c > '~' }) {
		return &endpoints.Invalid{Field: "sender", Text: "must name the visitor by 8 to 128 printable ASCII characters without blanks"}
	}
	e, err := s.Store.Endpoint(r.Context(), endpointID)
	if err != nil || !e.WebChat {
		return missingChat(err)
	}
	if !s.visitors.allow("endpoint "+e.ID, chatBurst, chatRefill) {
		return slowDown(chatRefill)
	}
	return s.Calls.Receive(r.Context(), &endpoints.Message{
		EndpointID: e.ID, Channel: endpoints.WebChat, OtherAddress: visitor, OtherName: q.DisplayName, Sender: cmp.Or(q.DisplayName, "Visitor"), Text: text,
	})
}

// text is what the visitor wrote, with the address of what he attached.
func (q *SendEndpointMessage) text() (string, error) {
	text := strings.TrimSpace(q.Body)
	if len(text) > maxVisitorText {
		return "", &endpoints.Invalid{Field: "body", Text: "is longer than 4,096 bytes"}
	}
	if len(q.DisplayName) > maxVisitor {
		return "", &endpoints.Invalid{Field: "displayName", Text: "is longer than 128 bytes"}
	}
	if q.AttachmentUri != "" {
		u, err := url.Parse(q.AttachmentUri)
		if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" || u.User != nil || len(q.AttachmentUri) > maxAttachment {
			return "", &endpoints.Invalid{Field: "attachmentUri", Text: "is no address that begins with https:// or http://"}
		}
		text = strings.TrimSpace(text + "\n" + u.String())
	}
	if text == "" {
		return "", &endpoints.Invalid{Field: "body", Text: "is missing"}
	}
	return text, nil
}

func noWebChat() error {
	return fail(http.StatusNotFound, "NotFound", "there is no such web chat")
}

func missingChat(err error) error {
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		return noWebChat()
	}
	return err
}

func slowDown(refill time.Duration) error {
	return &failure{Status: http.StatusTooManyRequests, Code: "TooManyRequests", RetryAfter: max(1, int(refill.Seconds())), Text: "too many messages at once"}
}

// allow takes one of so many at once, and one each refill; false: there is none.
func (g *guard) allow(key string, burst float64, refill time.Duration) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	b := g.limited(key, time.Now(), burst, refill)
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}
