// Package bottest is the Bot Framework on this machine, as far as a bot sees it: what
// describes and signs the tokens of its channels, what makes the bots' own, and the
// service that takes their answers. Its keys are its own.
package bottest

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// The bot is called so here.
const (
	AppID    = "11111111-2222-3333-4444-555555555555"
	Password = "bot-framework-password"
	Issuer   = "https://api.botframework.com"
)

// Server is a Bot Framework. Tokens of tenants are signed by it, too.
type Server struct {
	URL string // also the service's: activities name it

	Key *rsa.PrivateKey
	mu  sync.Mutex
	// fail is what the service answers instead, one for each activity.
	fail     []Failure
	said     []Said
	served   map[string]int
	tokens   map[string]bool
	files    map[string][]byte
	endorsed []string
	typed    int
	off      bool
}

// Failure is a wrong answer of the service.
type Failure struct {
	Status     int
	Code       string
	RetryAfter int
}

// Said is an activity that a bot sent.
type Said struct {
	Conversation, ReplyTo string
	Activity              map[string]any
	At                    time.Time
}

// Text is what it says.
func (s Said) Text() string {
	text, _ := s.Activity["text"].(string)
	return text
}

// New starts a Bot Framework; it ends with the test.
func New(t testing.TB) *Server {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{Key: key, served: map[string]int{}, tokens: map[string]bool{}, files: map[string][]byte{}, endorsed: []string{"msteams", "skype", "webchat", "directline"}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/.well-known/openidconfiguration", s.describe)
	mux.HandleFunc("GET /{tenant}/v2.0/.well-known/openid-configuration", s.describe)
	mux.HandleFunc("GET /keys", s.keys)
	mux.HandleFunc("POST /{tenant}/oauth2/v2.0/token", s.token)
	mux.HandleFunc("POST /v3/conversations/{conversation}/activities", s.answer)
	mux.HandleFunc("POST /v3/conversations/{conversation}/activities/{activity}", s.answer)
	mux.HandleFunc("GET /v3/attachments/{name}", s.file)
	server := httptest.NewServer(mux)
	s.URL = server.URL
	t.Cleanup(server.Close)
	return s
}

// OpenID is the address of the description.
func (s *Server) OpenID() string { return s.URL + "/v1/.well-known/openidconfiguration" }

// Host is the service's, as an operator lists it.
func (s *Server) Host() string { return strings.TrimPrefix(s.URL, "http://") }

// Fail lets the next activities be answered wrongly, one for each failure.
func (s *Server) Fail(f ...Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail = append(s.fail, f...)
}

// Off lets the description and the keys be away, or be there again.
func (s *Server) Off(off bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.off = off
}

// Said are all activities that bots sent.
func (s *Server) Said() []Said {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Said(nil), s.said...)
}

// Typed is how often bots showed that they write.
func (s *Server) Typed() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.typed
}

// Served is how often a path was asked for: describe, keys or token.
func (s *Server) Served(what string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.served[what]
}

// File puts a file into the service, which gives it to bots only, and is its address.
func (s *Server) File(name string, body []byte) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.files[name] = body
	return s.URL + "/v3/attachments/" + name
}

// Drop makes all tokens of bots useless.
func (s *Server) Drop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.tokens)
}

func (s *Server) count(w http.ResponseWriter, what string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.served[what]++
	if s.off {
		w.WriteHeader(http.StatusBadGateway)
	}
	return !s.off
}

func write(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

func (s *Server) describe(w http.ResponseWriter, _ *http.Request) {
	if s.count(w, "describe") {
		write(w, 200, map[string]any{"issuer": Issuer, "jwks_uri": s.URL + "/keys", "id_token_signing_alg_values_supported": []string{"RS256"}})
	}
}

func (s *Server) keys(w http.ResponseWriter, _ *http.Request) {
	if !s.count(w, "keys") {
		return
	}
	raw, err := json.Marshal(jose.JSONWebKey{Key: &s.Key.PublicKey, KeyID: "key-1", Use: "sig"})
	var key map[string]any
	if err == nil {
		err = json.Unmarshal(raw, &key)
	}
	if err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	s.mu.Lock()
	key["endorsements"] = append([]string(nil), s.endorsed...)
	s.mu.Unlock()
	write(w, 200, map[string]any{"keys": []any{key, map[string]any{"kty": "unheard-of", "kid": "x"}}})
}

func (s *Server) token(w http.ResponseWriter, r *http.Request) {
	if !s.count(w, "token") {
		return
	}
	if r.FormValue("client_id") != AppID || r.FormValue("client_secret") != Password || r.FormValue("grant_type") != "client_credentials" || r.FormValue("scope") != "https://api.botframework.com/.default" {
		write(w, 401, map[string]any{"error": "invalid_client", "error_description": "secret " + r.FormValue("client_secret")})
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	token := fmt.Sprintf("%s-token-%d", r.PathValue("tenant"), s.served["token"])
	s.tokens[token] = true
	write(w, 200, map[string]any{"access_token": token, "token_type": "Bearer", "expires_in": 3600})
}

func (s *Server) known(r *http.Request) bool {
	return s.tokens[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")]
}

func (s *Server) answer(w http.ResponseWriter, r *http.Request) {
	var act map[string]any
	err := json.NewDecoder(r.Body).Decode(&act)
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.known(r) {
		write(w, 401, map[string]any{"error": map[string]string{"code": "Unauthorized", "message": "no token"}})
		return
	}
	if len(s.fail) > 0 {
		f := s.fail[0]
		s.fail = s.fail[1:]
		if f.RetryAfter > 0 {
			w.Header().Set("Retry-After", fmt.Sprint(f.RetryAfter))
		}
		write(w, f.Status, map[string]any{"error": map[string]string{"code": f.Code, "message": "as the test wants it"}})
		return
	}
	if err == nil && act["type"] == "typing" {
		s.typed++
		write(w, 201, map[string]string{"id": "typing"})
		return
	}
	if err != nil || act["type"] != "message" {
		write(w, 400, map[string]any{"error": map[string]string{"code": "BadSyntax"}})
		return
	}
	s.said = append(s.said, Said{r.PathValue("conversation"), r.PathValue("activity"), act, time.Now()})
	write(w, 201, map[string]string{"id": fmt.Sprintf("reply-%d", len(s.said))})
}

func (s *Server) file(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	body, ok := s.files[r.PathValue("name")]
	known := s.known(r)
	s.mu.Unlock()
	switch {
	case !known:
		w.WriteHeader(http.StatusUnauthorized)
	case !ok:
		w.WriteHeader(http.StatusNotFound)
	default:
		w.Header().Set("Content-Type", "image/png")
		_, _ = w.Write(body)
	}
}
