package bot

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.uber.org/zap"

	"ringflow/endpoints"
)

// The web chat is the framework's Direct Line 3.0, served by this server: the site's own
// server exchanges the secret for a token, which the page gets; the page opens its conversation with it,
// posts activities, and asks for those after its watermark. Browsers may ask from the
// bot's allowed origins only.

const (
	// pagePrefix begins the addresses of conversations with web pages.
	pagePrefix = "page/"
	maxPage    = 100 // activities of one answer
	corsFor    = "600"
)

// Directline serves /directline/{endpointId}.
func (a *Adapter) Directline() http.Handler {
	mux := http.NewServeMux()
	const base = "/directline/{endpointId}/v3/directline"
	mux.HandleFunc("POST "+base+"/tokens/generate", a.page(a.generate))
	mux.HandleFunc("POST "+base+"/tokens/refresh", a.page(a.refresh))
	mux.HandleFunc("POST "+base+"/conversations", a.page(a.openConversation))
	mux.HandleFunc("GET "+base+"/conversations/{conversation}", a.page(a.reopen))
	mux.HandleFunc("GET "+base+"/conversations/{conversation}/activities", a.page(a.said))
	mux.HandleFunc("POST "+base+"/conversations/{conversation}/activities", a.page(a.say))
	mux.HandleFunc("POST "+base+"/conversations/{conversation}/upload", a.page(a.upload))
	mux.HandleFunc("OPTIONS "+base+"/{rest...}", a.preflight)
	mux.HandleFunc("GET /directline/{endpointId}/files/{fileId}", a.serveFile)
	return mux
}

// visit is one request of a page, or of the server behind it.
type visit struct {
	w     http.ResponseWriter
	r     *http.Request
	e     *endpoints.Endpoint
	token *pageToken // nil: the secret itself was given
}

// page checks where a request comes from and who asks before it is served.
func (a *Adapter) page(serve func(*visit)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		e := a.webBot(w, r)
		if e == nil || !allowed(w, r, e) {
			return
		}
		v := &visit{w: w, r: r, e: e}
		var err error
		if v.token, err = a.pageToken(e, r.Header.Get("Authorization")); err != nil {
			v.fail(http.StatusUnauthorized, "BadArgument", "the token isn't right, or not any more")
			return
		}
		if id := r.PathValue("conversation"); id != "" {
			if !endpoints.ValidID(id) || v.token != nil && v.token.Conversation != id {
				v.fail(http.StatusForbidden, "BadArgument", "the token is another conversation's")
				return
			}
		}
		serve(v)
	}
}

// webBot is the bot of the path, if it has a web chat.
func (a *Adapter) webBot(w http.ResponseWriter, r *http.Request) *endpoints.Endpoint {
	e := a.endpoint(w, r)
	if e != nil && e.Bot.DirectLineSecret == "" {
		http.Error(w, "there is no such bot", http.StatusNotFound)
		return nil
	}
	return e
}

// allowed tells whether the page may ask; it was answered if it may not.
func allowed(w http.ResponseWriter, r *http.Request, e *endpoints.Endpoint) bool {
	origin := r.Header.Get("Origin")
	w.Header().Add("Vary", "Origin")
	if origin == "" {
		return true // no browser asks
	}
	if !slices.Contains(e.Bot.AllowedOrigins, strings.ToLower(origin)) {
		http.Error(w, "pages of "+strconv.Quote(origin[:min(len(origin), 100)])+" may not show this chat", http.StatusForbidden)
		return false
	}
	w.Header().Set("Access-Control-Allow-Origin", origin)
	w.Header().Set("Access-Control-Expose-Headers", "Retry-After")
	return true
}

func (a *Adapter) preflight(w http.ResponseWriter, r *http.Request) {
	e := a.webBot(w, r)
	if e == nil || !allowed(w, r, e) {
		return
	}
	w.Header().Set("Access-Control-Allow-Methods", "GET, POST")
	w.Header().Set("Access-Control-Allow-Headers", "Authorization, Content-Type, X-Ms-Bot-Agent, X-Requested-With")
	w.Header().Set("Access-Control-Max-Age", corsFor)
	w.WriteHeader(http.StatusNoContent)
}

// fail answers in Direct Line's form.
func (v *visit) fail(status int, code, text string) {
	v.answer(status, map[string]any{"error": map[string]string{"code": code, "message": text}})
}

func (v *visit) answer(status int, out any) {
	v.w.Header().Set("Content-Type", "application/json; charset=utf-8")
	v.w.Header().Set("Cache-Control", "no-store")
	v.w.WriteHeader(status)
	_ = json.NewEncoder(v.w).Encode(out) // who asked has gone
}

// within tells whether one more is within a limit; it was answered if it isn't.
func (v *visit) within(r *rates, what, of string, l limit) bool {
	if r.allow(what+" "+v.e.ID+" "+of, l) {
		return true
	}
	v.w.Header().Set("Retry-After", "2")
	v.fail(http.StatusTooManyRequests, "TooManyRequests", "too much at once")
	return false
}

// body reads what was posted, which may be nothing.
func (v *visit) body(out any) bool {
	raw, err := io.ReadAll(http.MaxBytesReader(v.w, v.r.Body, maxBody))
	var long *http.MaxBytesError
	switch {
	case errors.As(err, &long):
		v.fail(http.StatusRequestEntityTooLarge, "MessageSizeTooBig", "the request is too long")
		return false
	case err != nil:
		return false
	case len(raw) > 0 && json.Unmarshal(raw, out) != nil:
		v.fail(http.StatusBadRequest, "MalformedData", "the body can't be read")
		return false
	}
	return true
}

// broken answers what went wrong on our side, or what can't be taken.
func (a *Adapter) broken(v *visit, err error) {
	var invalid *endpoints.Invalid
	if errors.As(err, &invalid) {
		v.fail(http.StatusBadRequest, "BadArgument", invalid.Error())
		return
	}
	a.log().Error("a web chat fails", zap.String("endpoint", v.e.ID), zap.Error(err))
	v.w.Header().Set("Retry-After", "10")
	v.fail(http.StatusServiceUnavailable, "ServiceError", "try again later")
}

// stamp is a time as Direct Line has it.
func stamp(t time.Time) *time.Time {
	t = t.UTC().Truncate(time.Millisecond)
	return &t
}
