package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"time"

	"go.uber.org/zap"

	"ringflow/endpoints"
	"ringflow/session"
	"ringflow/store"
)

// A client that doesn't know whether its request has arrived sends it again
// under the same Idempotency-Key, and nothing is done twice. The key is kept
// before anything else is done, the answer before it is given. What was refused
// has done nothing: its key is free again. A call is placed once at most: its
// session is written, under an id that the key knows, before anybody is dialled.

// A message is sent once, too: its id is the key's.
var (
	outgoingType = reflect.TypeFor[NewOutgoingSession]()
	sendType     = reflect.TypeFor[SendMessage]()
)

// Longest key, in bytes.
const maxRepeatKey = 255

// repeatable tells whether an idempotency key is taken: for all that is posted
// and answered at once.
func (o *Operation) repeatable() bool {
	return !o.Anonymous && o.Media == "" && slices.ContainsFunc(o.Routes, func(r string) bool { return strings.HasPrefix(r, "POST ") || strings.HasPrefix(r, "ALL ") })
}

// again is the answer to a request that was answered before.
type again store.Answer

func (a *again) write(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Idempotent-Replayed", "true")
	if a.ContentType != "" {
		h.Set("Content-Type", a.ContentType)
	}
	if a.Tag != "" {
		h.Set("ETag", a.Tag)
	}
	w.WriteHeader(a.Status)
	_, _ = w.Write(a.Body) // a client that went away is told nothing
}

// reserve keeps the request's key, if it has one; out is the answer of a
// request that need not run.
func (h *handler) reserve(r *Request, in any) (out any, err error) {
	keys := r.Header.Values("Idempotency-Key")
	if len(keys) == 0 || r.Who == nil || !r.Operation.repeatable() {
		return nil, nil
	}
	key := strings.TrimSpace(keys[0])
	if len(keys) > 1 || key == "" || len(key) > maxRepeatKey || strings.ContainsFunc(key, func(c rune) bool { return c < ' ' || c > '~' }) {
		return nil, fail(http.StatusBadRequest, "ArgumentException", "Idempotency-Key: one key of 1 to %d printable ASCII characters is taken", maxRepeatKey)
	}
	asked, err := asked(r, in)
	if err != nil {
		return nil, err
	}
	p := &store.Repeat{LoginID: r.Who.login.ID, Key: key, Asked: asked, SessionID: endpoints.NewID()}
	there, err := h.s.Store.Reserve(r.Context(), p)
	switch {
	case errors.Is(err, store.ErrTooMany):
		return nil, &failure{Status: http.StatusTooManyRequests, Code: "TooManyRequests", RetryAfter: 600, Text: err.Error()}
	case err != nil:
		return nil, err
	case there == nil:
		r.repeat = p
		return nil, nil
	case there.Asked != asked:
		return nil, fail(http.StatusUnprocessableEntity, "IdempotencyKeyReused", "Idempotency-Key: %.64q was used for another request in the last 24 hours; take a new one", key)
	case there.Answer != nil:
		return (*again)(there.Answer), nil
	case there.Lost:
		return h.lost(r, there)
	}
	return nil, &failure{Status: http.StatusConflict, Code: "IdempotencyKeyInUse", RetryAfter: 1, Text: "Idempotency-Key: the first request with this key isn't answered yet; ask again in a moment"}
}

// asked tells a request from others: what it calls, and all that it was given,
// whatever the format.
func asked(r *Request, in any) (string, error) {
	text, err := json.Marshal(in)
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	_, _ = sum.Write([]byte(r.Operation.Name + "\n"))
	_, _ = sum.Write(text)
	if r.file != nil {
		_, _ = sum.Write([]byte(r.file.name + "\n"))
		_, _ = sum.Write(r.file.sum[:])
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// lost is for a request of which nobody knows what became: the server failed
// meanwhile. Of a call the session tells; without one nobody was dialled.
func (h *handler) lost(r *Request, p *store.Repeat) (any, error) {
	unknown := fail(http.StatusConflict, "IdempotencyKeyLost", "Idempotency-Key: the server failed while the first request with this key ran, so it may have been carried out or not; look, and take a new key if not")
	switch r.Operation.request {
	case sendType:
		m, err := h.s.Store.Message(r.Context(), p.SessionID)
		switch {
		case err == nil && r.Who.may(m.AccountID):
			return h.s.messageInfo(r.Context(), m)
		case err == nil:
			return nil, unknown
		case !errors.Is(err, fs.ErrNotExist):
			return nil, err
		}
		return nil, h.takeOver(r, p)
	case outgoingType:
	default:
		return nil, unknown
	}
	rec, err := h.s.record(r.Context(), p.SessionID)
	switch {
	case err == nil && r.Who.may(rec.AccountID):
		info, err := h.s.sessionInfo(r.Context(), rec)
		if err != nil {
			return nil, err
		}
		info.StatusCallbackSecret, err = h.s.Store.CallbackSecret(r.Context(), rec.ID)
		if errors.Is(err, fs.ErrNotExist) { // nobody is told of it
			err = nil
		}
		return info, err
	case err == nil:
		return nil, unknown
	case !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	return nil, h.takeOver(r, p)
}

// takeOver lets the request be carried out that was not.
func (h *handler) takeOver(r *Request, p *store.Repeat) error {
	ok, err := h.s.Store.TakeOver(r.Context(), p)
	if err != nil {
		return err
	}
	if !ok {
		return &failure{Status: http.StatusConflict, Code: "IdempotencyKeyInUse", RetryAfter: 1, Text: "Idempotency-Key: another request with this key is faster; ask again in a moment"}
	}
	r.repeat = p
	return nil
}

// settleTime is how long the outcome of a request may take to be kept.
const settleTime = 5 * time.Second

// settle keeps what became of a request with a key; a is nil for a failure.
func (h *handler) settle(r *Request, a *store.Answer, err error) {
	p := r.repeat
	if p == nil {
		return
	}
	r.repeat = nil
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), settleTime)
	defer cancel()
	switch {
	case a != nil:
		err = h.s.Store.Answered(ctx, p, a)
	case harmless(err):
		err = h.s.Store.Release(ctx, p)
	default:
		err = h.s.Store.Lose(ctx, p)
	}
	if err != nil {
		h.s.log().Error("what became of a request with an idempotency key can't be kept", zap.Error(err))
	}
}

// errUnsettled is what is told of a request that ended in a way that nobody expects.
var errUnsettled = errors.New("the request didn't end as requests do")

// harmless tells of a failure that surely left nothing behind.
func harmless(err error) bool {
	if errors.Is(err, session.ErrFull) || errors.Is(err, session.ErrDraining) {
		return true
	}
	status := classify(err).Status
	return status >= 400 && status < 499
}

// sessionID is the id of the session that the request makes, if it has a key:
// so the session is found should the server fail.
func (r *Request) sessionID() string {
	if r.repeat == nil {
		return ""
	}
	return r.repeat.SessionID
}
