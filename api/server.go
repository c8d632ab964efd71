package api

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"runtime/debug"
	"strings"
	"time"

	"go.uber.org/zap"

	"ringflow/api/form"
	"ringflow/endpoints"
	"ringflow/store"
)

// Limits of a connection. A body that comes slower than readTimeout, or a
// reader that takes an answer slower than writeTimeout, is cut off; uploads,
// downloads and event streams move their deadlines as they get on.
const (
	headerTimeout = 10 * time.Second
	readTimeout   = 60 * time.Second
	writeTimeout  = 60 * time.Second
	idleTimeout   = 2 * time.Minute
	answerTimeout = 30 * time.Second // for a database that hangs
	maxHeader     = 64 << 10
	// A list may be long to read. So many at once leave the calls their share of
	// the database's connections.
	listsAtOnce = 2
)

// handler answers for a Server: the registry, the codec of its types, and who
// has logged in.
type handler struct {
	s       *Server
	reg     *registry
	codec   *form.Codec
	auth    *authenticator
	metrics *metrics
	lists   chan struct{} // lists that are being read
}

// Handler is the API as an http.Handler.
func (s *Server) Handler() http.Handler {
	ops := operations()
	reg := newRegistry(append(ops, outOfScope(ops)...))
	h := &handler{s: s, reg: reg, codec: form.NewCodec(reg.types()...), lists: make(chan struct{}, listsAtOnce)}
	s.prepare()
	h.auth, h.metrics = s.auth, s.metrics
	return h
}

// HTTP is Handler within a server with limits on headers and times; the caller
// listens and shuts down.
func (s *Server) HTTP() *http.Server {
	h := &http.Server{
		Handler: s.Handler(), ReadHeaderTimeout: headerTimeout, ReadTimeout: readTimeout,
		WriteTimeout: writeTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeader,
		ErrorLog: zap.NewStdLog(s.log().Named("http")),
	}
	h.RegisterOnShutdown(s.Close) // streams don't end by themselves
	return h
}

// webhook is the channel whose path this is; nil: it is none.
func (s *Server) webhook(path string) http.Handler {
	for prefix, hook := range s.Webhooks {
		if strings.HasPrefix(path, prefix) {
			return hook
		}
	}
	return nil
}

func (s *Server) log() *zap.Logger {
	if s.Log == nil {
		return zap.NewNop()
	}
	return s.Log
}

// ServeHTTP takes a request its whole way; see the package comment.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	rec := &recorder{ResponseWriter: w}
	start, name := time.Now(), "none"
	header := w.Header()
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Cache-Control", "no-store")
	header.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	header.Set("Referrer-Policy", "no-referrer")
	if strings.HasPrefix(h.s.PublicURL, "https://") { // browsers come by nothing else any more
		header.Set("Strict-Transport-Security", "max-age=31536000")
	}
	f, unknown := form.Negotiate(r, "")
	defer func() {
		if p := recover(); p != nil {
			h.s.log().Error("panic", zap.Any("panic", p), zap.String("path", r.URL.Path), zap.ByteString("stack", debug.Stack()))
			if rec.status == 0 {
				h.writeError(rec, r, f, fmt.Errorf("panic: %v", p))
			}
		}
		h.metrics.count(name, rec.status, time.Since(start))
		h.s.log().Debug("request", zap.String("operation", name), zap.Int("status", rec.status), zap.Duration("took", time.Since(start)))
	}()
	if hook := h.s.webhook(r.URL.Path); hook != nil {
		name = "webhook"
		hook.ServeHTTP(rec, r)
		return
	}
	if h.s.cors(rec, r) {
		return
	}
	target, err := h.find(r)
	if target.suffix != "" {
		f, unknown = target.suffix, nil
	}
	if err != nil {
		h.writeError(rec, r, f, err)
		return
	}
	if target.op == nil { // OPTIONS
		header.Set("Allow", strings.Join(target.verbs, ", "))
		rec.WriteHeader(http.StatusNoContent)
		return
	}
	name = target.op.Name
	if unknown != nil && target.op.formatted() {
		h.writeError(rec, r, f, unknown)
		return
	}
	req := &Request{Request: r, Operation: target.op, W: rec}
	defer func() { h.settle(req, nil, errUnsettled) }() // after a panic
	out, err := h.call(req, target)
	if err != nil {
		h.settle(req, nil, err)
		h.writeError(rec, r, f, err)
		return
	}
	h.answer(req, f, target, out)
}

// target is what a request asks for.
type target struct {
	op     *Operation
	vars   map[string]string
	verbs  []string
	suffix form.Format
	oneway bool
}

// find knows the pre-defined routes, which take any verb, and those of the registry.
func (h *handler) find(r *http.Request) (target, error) {
	path, suffix := form.CutSuffix(strings.Trim(r.URL.EscapedPath(), "/"))
	t := target{suffix: suffix}
	parts := strings.Split(path, "/")
	for i, p := range parts {
		p, err := url.PathUnescape(p)
		if err != nil {
			return t, notFound("path", r.URL.Path)
		}
		parts[i] = p
	}
	name := ""
	if len(parts) == 3 && (strings.EqualFold(parts[1], "reply") || strings.EqualFold(parts[1], "oneway")) {
		if f, ok := form.Named(parts[0]); ok {
			name, t.oneway = parts[2], strings.EqualFold(parts[1], "oneway")
			if t.suffix == "" {
				t.suffix = f
			}
		}
	}
	if len(parts) == 2 && strings.EqualFold(parts[0], "api") {
		name = parts[1]
	}
	if name != "" {
		if t.op = h.reg.byName[strings.ToLower(name)]; t.op == nil {
			return t, notFound("operation", name)
		}
		return t, nil
	}
	t.op, t.vars, t.verbs = h.reg.routes.find(r.Method, parts)
	switch {
	case t.op != nil:
	case len(t.verbs) == 0:
		return t, notFound("route", r.URL.Path)
	case r.Method != http.MethodOptions:
		allow := strings.Join(t.verbs, ", ")
		return t, &failure{Status: http.StatusMethodNotAllowed, Code: "NotImplementedException", Allow: allow,
			Text: fmt.Sprintf("%.16s isn't served on %.128s; %s is", r.Method, r.URL.Path, allow)}
	}
	return t, nil
}

// call checks who asks and whether that may be, binds, and runs the handler.
func (h *handler) call(r *Request, t target) (any, error) {
	if o := r.Operation; o.Media == "" && !o.Upload {
		ctx, cancel := context.WithTimeout(r.Context(), answerTimeout)
		defer cancel()
		r.Request = r.WithContext(ctx)
	}
	if err := h.authorize(r); err != nil {
		return nil, err
	}
	if r.Operation.Missing != "" {
		return nil, r.Operation.notServed()
	}
	in := reflect.New(r.Operation.request)
	if err := h.bind(r, in.Elem(), t.vars, t.suffix); err != nil {
		r.dropUpload()
		return nil, err
	}
	defer r.dropUpload()
	r.keep()
	if out, err := h.reserve(r, in.Interface()); out != nil || err != nil {
		return out, err
	}
	if _, list := in.Interface().(interface {
		list() (endpoints.List, error)
	}); list {
		select {
		case h.lists <- struct{}{}:
			defer func() { <-h.lists }()
		case <-r.Context().Done():
			return nil, r.Context().Err()
		}
	}
	if t.oneway && r.Operation.Media != "" { // bytes and streams that nobody would read
		return nothing{}, h.load(r, in.Interface())
	}
	out, err := h.edit(r, in.Interface())
	if err == nil {
		h.note(r, in.Interface(), out)
	}
	return out, err
}

// answer writes what the handler gave.
func (h *handler) answer(r *Request, f form.Format, t target, out any) {
	w := r.W
	renew(w)
	switch out := out.(type) {
	case raw:
		if err := out(w, r.Request); err != nil {
			h.writeError(w, r.Request, f, err)
		}
		return
	case *again:
		out.write(w)
		return
	}
	if _, void := out.(nothing); void || t.oneway {
		h.settle(r, &store.Answer{Status: http.StatusNoContent}, nil)
		w.WriteHeader(http.StatusNoContent)
		return
	}
	if t.suffix == "" {
		w.Header().Add("Vary", "Accept")
	}
	body := h.encode(f, out)
	tag := entityTag(out, body)
	if tag != "" {
		w.Header().Set("ETag", tag)
		if notModified(r.Request, tag) {
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	h.settle(r, &store.Answer{Status: http.StatusOK, ContentType: f.MIME() + "; charset=utf-8", Tag: tag, Body: body}, nil)
	h.send(w, f, http.StatusOK, body)
}

// write encodes before the status line goes out, so that an answer is whole or an error.
func (h *handler) write(w http.ResponseWriter, f form.Format, status int, body any) {
	h.send(w, f, status, h.encode(f, body))
}

func (h *handler) encode(f form.Format, body any) []byte {
	var b bytes.Buffer
	f.Write(h.codec, &b, reflect.ValueOf(body))
	return b.Bytes()
}

func (h *handler) send(w http.ResponseWriter, f form.Format, status int, body []byte) {
	w.Header().Set("Content-Type", f.MIME()+"; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(body) // a client that went away is told nothing
}

// recorder remembers the status.
type recorder struct {
	http.ResponseWriter
	status int
}

func (w *recorder) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *recorder) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController flush and set deadlines.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }
