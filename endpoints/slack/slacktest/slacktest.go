// Package slacktest is Slack on this machine, as far as a bot sees it: the methods of
// its Web API that bots use, its files, Socket Mode, and events that are signed and told again
// until they are taken.
package slacktest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// What the bot is called here.
const (
	BotUser  = "UBOT00001"
	AppID    = "A0000TEST"
	Team     = "T0000TEST"
	BotToken = "xoxb-test-token"
	AppToken = "xapp-test-token"
	Secret   = "slack-signing-secret"
)

// Server is a workspace of Slack's. Its fields may be set before it is used.
type Server struct {
	URL   string            // of the API is URL + "/api/"
	Names map[string]string // of users

	t  testing.TB
	mu sync.Mutex
	// fail is what a method answers instead, once for each.
	fail    map[string][]Failure
	posts   []Post
	ids     map[string]bool // client_msg_id
	calls   map[string]int
	files   map[string][]byte
	uploads map[string]*Upload
	next    int
	sockets []*Socket
	came    chan *Socket
}

// Failure is a wrong answer of a method: an error of Slack's, or a status with Retry-After.
type Failure struct {
	Error      string
	Status     int
	RetryAfter int
}

// Post is what was said by the bot.
type Post struct {
	Channel, Thread, Text, TS string
	ClientMsgID               string
	Metadata                  map[string]any
	Files                     []Upload
}

// Upload is a file that the bot sent.
type Upload struct {
	ID, Name string
	Bytes    []byte
}

// New starts a workspace; it ends with the test.
func New(t testing.TB) *Server {
	s := &Server{t: t, Names: map[string]string{}, fail: map[string][]Failure{}, ids: map[string]bool{}, calls: map[string]int{}, files: map[string][]byte{}, uploads: map[string]*Upload{}, came: make(chan *Socket, 100)}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/{method}", s.api)
	mux.HandleFunc("GET /files/{name}", s.download)
	mux.HandleFunc("POST /upload/{id}", s.upload)
	mux.HandleFunc("GET /socket", s.socket)
	server := httptest.NewServer(mux)
	s.URL = server.URL
	t.Cleanup(func() {
		for _, c := range s.open() {
			c.Close()
		}
		server.Close()
	})
	return s
}

// API is the address of the methods.
func (s *Server) API() string { return s.URL + "/api/" }

// Fail lets the next calls of a method go wrong, one for each failure.
func (s *Server) Fail(method string, f ...Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail[method] = append(s.fail[method], f...)
}

// Posts are all that was said.
func (s *Server) Posts() []Post {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Post(nil), s.posts...)
}

// Calls is how often a method was called.
func (s *Server) Calls(method string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls[method]
}

// File puts a file into the workspace, and is its private address.
func (s *Server) File(name string, body []byte) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.files[name] = body
	return s.URL + "/files/" + name
}

func (s *Server) api(w http.ResponseWriter, r *http.Request) {
	method := r.PathValue("method")
	s.mu.Lock()
	s.calls[method]++
	var f *Failure
	if all := s.fail[method]; len(all) > 0 {
		f, s.fail[method] = &all[0], all[1:]
	}
	s.mu.Unlock()
	if f != nil && f.Status != 0 {
		if f.RetryAfter > 0 {
			w.Header().Set("Retry-After", fmt.Sprint(f.RetryAfter))
		}
		w.WriteHeader(f.Status)
		return
	}
	if err := r.ParseForm(); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	token := r.Form.Get("token")
	if token == "" {
		token = strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	}
	want := BotToken
	if method == "apps.connections.open" {
		want = AppToken
	}
	var out map[string]any
	switch {
	case token != want:
		out = failed("invalid_auth")
	case f != nil:
		out = failed(f.Error)
	default:
		out = s.method(method, r)
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_ = json.NewEncoder(w).Encode(out)
}

func failed(why string) map[string]any { return map[string]any{"ok": false, "error": why} }

func (s *Server) method(method string, r *http.Request) map[string]any {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch method {
	case "auth.test":
		return map[string]any{"ok": true, "user_id": BotUser, "team_id": Team, "bot_id": "B0000TEST"}
	case "users.info":
		name, ok := s.Names[r.Form.Get("user")]
		if !ok {
			return failed("user_not_found")
		}
		return map[string]any{"ok": true, "user": map[string]any{"id": r.Form.Get("user"), "real_name": name, "profile": map[string]any{"display_name": name}}}
	case "chat.postMessage":
		return s.say(r)
	case "conversations.open":
		return map[string]any{"ok": true, "channel": map[string]any{"id": "D" + strings.TrimPrefix(r.Form.Get("users"), "U")}}
	case "files.getUploadURLExternal":
		s.next++
		id := fmt.Sprintf("F%04d", s.next)
		s.uploads[id] = &Upload{ID: id, Name: r.Form.Get("filename")}
		return map[string]any{"ok": true, "upload_url": s.URL + "/upload/" + id, "file_id": id}
	case "files.completeUploadExternal":
		return s.complete(r)
	case "apps.connections.open":
		return map[string]any{"ok": true, "url": strings.Replace(s.URL, "http", "ws", 1) + "/socket?ticket=1"}
	}
	return failed("unknown_method")
}

func (s *Server) say(r *http.Request) map[string]any {
	channel, text := r.Form.Get("channel"), r.Form.Get("text")
	switch {
	case !strings.ContainsAny(channel[:min(1, len(channel))], "CDGUW"):
		return failed("channel_not_found")
	case text == "":
		return failed("no_text")
	}
	if strings.HasPrefix(channel, "U") { // a direct message is opened
		channel = "D" + channel[1:]
	}
	s.next++
	p := Post{Channel: channel, Thread: r.Form.Get("thread_ts"), Text: text, TS: fmt.Sprintf("1700000000.%06d", s.next), ClientMsgID: r.Form.Get("client_msg_id")}
	var meta struct {
		Payload map[string]any `json:"event_payload"`
	}
	_ = json.Unmarshal([]byte(r.Form.Get("metadata")), &meta)
	p.Metadata = meta.Payload
	s.posts = append(s.posts, p)
	return map[string]any{"ok": true, "channel": channel, "ts": p.TS, "message": map[string]any{"text": text}}
}

func (s *Server) complete(r *http.Request) map[string]any {
	var all []struct{ ID, Title string }
	if err := json.Unmarshal([]byte(r.Form.Get("files")), &all); err != nil || len(all) == 0 {
		return failed("invalid_arguments")
	}
	p := Post{Channel: r.Form.Get("channel_id"), Thread: r.Form.Get("thread_ts"), Text: r.Form.Get("initial_comment")}
	if strings.HasPrefix(p.Channel, "U") {
		return failed("channel_not_found") // as Slack has it
	}
	for _, f := range all {
		u := s.uploads[f.ID]
		if u == nil || u.Bytes == nil {
			return failed("file_not_found")
		}
		p.Files = append(p.Files, *u)
	}
	s.posts = append(s.posts, p)
	return map[string]any{"ok": true, "files": all}
}

func (s *Server) upload(w http.ResponseWriter, r *http.Request) {
	f, _, err := r.FormFile("file")
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	defer f.Close()
	body, err := io.ReadAll(f)
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.uploads[r.PathValue("id")]
	if err != nil || u == nil {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	u.Bytes = body
	fmt.Fprint(w, "OK")
}

func (s *Server) download(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	body, ok := s.files[r.PathValue("name")]
	s.mu.Unlock()
	if r.Header.Get("Authorization") != "Bearer "+BotToken { // a page to log in, as Slack does
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, "<html>Log in</html>")
		return
	}
	if !ok {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	_, _ = w.Write(body)
}
