package slack

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"strconv"
	"time"

	"github.com/slack-go/slack"
	"go.uber.org/zap"

	"ringflow/endpoints"
	"ringflow/endpoints/service"
)

const (
	maxBody = 1 << 20
	// patience is how long Slack is let wait for an answer; after 3 s it gives up, and tells
	// the event again.
	patience = 2500 * time.Millisecond
)

// Handler serves /slack/{endpointId}.
func (a *Adapter) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /slack/{endpointId}", a.serve)
	return mux
}

// serve takes one request. Nothing of it is read as JSON before its signature is right.
func (a *Adapter) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		var long *http.MaxBytesError
		if errors.As(err, &long) {
			http.Error(w, "the request is too long", http.StatusRequestEntityTooLarge)
		}
		return
	}
	e, err := a.Bots.Endpoint(r.Context(), r.PathValue("endpointId"))
	switch {
	case errors.Is(err, fs.ErrNotExist) || err == nil && (e.Kind != endpoints.SlackBot || e.Bot == nil || e.Bot.SigningSecret == ""):
		http.Error(w, "there is no such bot, or it has no signing secret", http.StatusNotFound)
		return
	case err != nil:
		a.log().Error("a Slack bot can't be read", zap.Error(err))
		http.Error(w, "try again later", http.StatusServiceUnavailable)
		return
	}
	if err := verify(r.Header, e.Bot.SigningSecret, body); err != nil {
		a.log().Warn("a request to a Slack bot was refused", zap.String("endpoint", e.ID), zap.Error(err))
		http.Error(w, "the signature isn't right", http.StatusUnauthorized)
		return
	}
	var out struct {
		Type, Challenge string
		AppID           string `json:"api_app_id"`
	}
	if err := json.Unmarshal(body, &out); err != nil {
		http.Error(w, "the body is no JSON", http.StatusBadRequest)
		return
	}
	if out.Type == "url_verification" {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = io.WriteString(w, out.Challenge)
		return
	}
	if e.Bot.AppID != "" && out.AppID != e.Bot.AppID {
		http.Error(w, "the event is another application's", http.StatusForbidden)
		return
	}
	again, _ := strconv.Atoi(r.Header.Get("X-Slack-Retry-Num"))
	a.answer(w, e, a.event(r.Context(), e, body, again))
}

// verify tells whether Slack sent the body, not longer than 5 minutes ago.
func verify(h http.Header, secret string, body []byte) error {
	v, err := slack.NewSecretsVerifier(h, secret)
	if err != nil {
		return err
	}
	if _, err := v.Write(body); err != nil {
		return err
	}
	return v.Ensure()
}

// answer tells Slack what became of an event: 200 for good, else it comes again.
func (a *Adapter) answer(w http.ResponseWriter, e *endpoints.Endpoint, err error) {
	if err == nil || a.hopeless(e, err) {
		w.WriteHeader(http.StatusOK)
		return
	}
	a.failed(e, err)
	w.Header().Set("Retry-After", "10")
	http.Error(w, "not taken yet; tell it again", http.StatusServiceUnavailable)
}

// hopeless tells of an event that can never be taken: it is of no use to have it again.
func (a *Adapter) hopeless(e *endpoints.Endpoint, err error) bool {
	var invalid *endpoints.Invalid
	if !errors.As(err, &invalid) {
		return false
	}
	a.log().Warn("a Slack message can't be taken", zap.String("endpoint", e.ID), zap.Error(err))
	return true
}

// failed tells of an event that comes again.
func (a *Adapter) failed(e *endpoints.Endpoint, err error) {
	if errors.Is(err, service.ErrSlow) {
		return // it goes on
	}
	a.log().Error("a Slack message was not taken; it comes again", zap.String("endpoint", e.ID), zap.Error(err))
}
