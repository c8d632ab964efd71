package api

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"io/fs"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"ringflow/endpoints"
)

// caller is who asks.
type caller struct {
	login   *endpoints.Login
	session string // the web session's token; empty: Basic or the local token
	ambient bool   // a browser adds these credentials by itself

	key       *endpoints.APIKey // it came with; nil: none. login has its part of the rights
	dashboard bool              // a phone user, by a permission for this part of the dashboard
	customers []string          // kept to these and all below them; none: to the accounts
}

// administrator sees every account.
func (c *caller) administrator() bool {
	return c.login.Has(endpoints.SystemAdministrator)
}

// may tells whether an account's things are the caller's to see.
func (c *caller) may(accountID string) bool {
	return c.login.MaySee(accountID)
}

// ownEndpoint is the endpoint that a phone user is confined to; empty for all others.
func (c *caller) ownEndpoint() (id string, confined bool) {
	if c.dashboard {
		return "", false
	}
	for _, r := range c.login.Roles {
		if r != endpoints.UserRole {
			return "", false
		}
	}
	return c.login.EndpointID, true
}

// authenticator knows who has logged in.
type authenticator struct {
	s        *Server
	sessions webSessions
	tokens   *oneTime
	mails    tokenMails
	pairs    *pairs
	guard    *guard
	gate     *passwordGate
	same     sameTries
	token    [32]byte // SHA-256 of the local token
}

func newAuthenticator(s *Server) *authenticator {
	return &authenticator{s: s, sessions: webSessions{s}, tokens: newOneTime(), pairs: newPairs(), guard: newGuard(), gate: newPasswordGate(), token: sha256.Sum256([]byte(s.LocalToken))}
}

func unauthorized(text string) error {
	return fail(http.StatusUnauthorized, "Unauthorized", "%s", text)
}

const badLogin = "Invalid Username or Password"

// authorize finds out who asks and whether that role may; everything not
// allowed by an entry of the registry is refused here.
func (h *handler) authorize(r *Request) error {
	o := r.Operation
	if err := h.s.sameSite(r.Request, o.writes()); err != nil {
		return err
	}
	who, err := h.auth.identify(r.Request)
	if o.Anonymous {
		var refused *failure
		if err != nil && !errors.As(err, &refused) {
			return err
		}
		r.Who = who
		return nil
	}
	if err != nil {
		return err
	}
	if who == nil {
		return unauthorized("log in first: Basic authorization, or POST /auth/credentials")
	}
	r.Who = who
	return h.s.permit(r.Context(), o, who)
}

func roleNames(roles []endpoints.Role) string {
	out := make([]string, len(roles))
	for i, r := range roles {
		out[i] = string(r)
	}
	return strings.Join(out, ", ")
}

// identify is who the credentials of a request belong to; nil without any, and
// for a session that is over.
func (a *authenticator) identify(r *http.Request) (*caller, error) {
	kind, rest, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	switch {
	case strings.EqualFold(kind, "Bearer"):
		token := strings.TrimSpace(rest)
		if endpoints.IsKey(token) {
			return a.byKey(r, token)
		}
		return a.local(r, token)
	case strings.EqualFold(kind, "Basic"):
		user, password, ok := r.BasicAuth()
		if !ok {
			return nil, unauthorized(badLogin)
		}
		login, err := a.basic(r, user, password)
		if err != nil {
			return nil, err
		}
		return &caller{login: login, ambient: true}, nil
	}
	for _, name := range []string{"ss-id", "ss-pid"} {
		token, ambient := r.Header.Get("X-"+name), false
		if token == "" {
			if c, err := r.Cookie(name); err == nil {
				token, ambient = c.Value, true
			}
		}
		if token == "" {
			continue
		}
		login, err := a.sessions.find(r.Context(), token)
		if err != nil || login != nil {
			return &caller{login: login, session: token, ambient: ambient}, err
		}
	}
	return nil, nil
}

// basic checks a user name and password; a pair that was right a moment ago
// costs no argon2.
func (a *authenticator) basic(r *http.Request, user, password string) (*endpoints.Login, error) {
	ctx := r.Context()
	login, err := a.s.Store.LoginByEmail(ctx, strings.TrimSpace(user))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if login != nil && err == nil && a.pairs.known(login, password) {
		return login, nil
	}
	if err := a.password(r, user, login, password); err != nil {
		return nil, err
	}
	a.pairs.remember(login, password)
	return login, nil
}

// password checks a password, slowly for those who guess, and alike for
// known and unknown names.
func (a *authenticator) password(r *http.Request, user string, login *endpoints.Login, password string) error {
	hash := ""
	if login != nil {
		hash = login.PasswordHash
	}
	return a.same.do(r.Context(), a.source(r), user, hash, password, func() error { return a.tryPassword(r, user, login, password) })
}

func (a *authenticator) tryPassword(r *http.Request, user string, login *endpoints.Login, password string) error {
	attempt, wait := a.guard.begin(a.source(r), strings.ToLower(strings.TrimSpace(user)))
	if wait > 0 {
		return &failure{Status: http.StatusTooManyRequests, Code: "TooManyRequests", RetryAfter: int(wait.Seconds()) + 1, Text: "too many wrong passwords; wait a little"}
	}
	hash := a.gate.nobody
	if login != nil && login.PasswordHash != "" {
		hash = login.PasswordHash
	}
	right, err := a.gate.verify(r.Context(), hash, password)
	if err != nil {
		attempt.forget()
		return err
	}
	if !right || login == nil || login.PasswordHash == "" {
		return unauthorized(badLogin)
	}
	attempt.succeed()
	return nil
}

// localLogin is who has the token of data/local.json; it is no login of the store.
const localLogin = "local"

// local accepts the token of data/local.json, from this machine only: not from
// what a proxy on this machine passes on.
func (a *authenticator) local(r *http.Request, token string) (*caller, error) {
	attempt, wait := a.guard.begin(a.source(r), "")
	if wait > 0 {
		return nil, &failure{Status: http.StatusTooManyRequests, Code: "TooManyRequests", RetryAfter: int(wait.Seconds()) + 1, Text: "too many wrong tokens; wait a little"}
	}
	sum := sha256.Sum256([]byte(token))
	if a.s.LocalToken == "" || subtle.ConstantTimeCompare(sum[:], a.token[:]) != 1 {
		return nil, unauthorized("the token isn't valid")
	}
	attempt.forget()
	if !loopback(r) {
		return nil, unauthorized("this token is taken from the server's own machine only")
	}
	return &caller{login: &endpoints.Login{Entity: endpoints.Entity{ID: localLogin}, EmailAddress: localLogin, FirstName: "Local", Roles: []endpoints.Role{endpoints.SystemAdministrator}}}, nil
}

// loopback tells whether the request comes from a process on this machine, not
// through a proxy that says so.
func loopback(r *http.Request) bool {
	for _, name := range []string{"Forwarded", "X-Forwarded-For", "X-Real-Ip", "Via"} {
		if r.Header.Get(name) != "" {
			return false
		}
	}
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	return err == nil && at.Addr().Unmap().IsLoopback()
}

// source is whom to slow down: the address, an IPv6 one by its /64.
func (a *authenticator) source(r *http.Request) string {
	text := a.address(r)
	if ip, err := netip.ParseAddr(text); err == nil && ip.Is6() {
		if p, err := ip.Prefix(64); err == nil {
			return p.String()
		}
	}
	return text
}

// address is where a request comes from. Behind a proxy on this machine (there
// is a public URL) the proxy's word counts.
func (a *authenticator) address(r *http.Request) string {
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	ip := at.Addr().Unmap()
	if via := r.Header.Get("X-Forwarded-For"); ip.IsLoopback() && a.s.PublicURL != "" && via != "" {
		if forwarded, err := netip.ParseAddr(strings.TrimSpace(via[strings.LastIndexByte(via, ',')+1:])); err == nil {
			ip = forwarded.Unmap()
		}
	}
	return ip.String()
}

// sameSite refuses what another site's page makes a browser send: changes, with
// cookies or a remembered Basic login (RFC 6454; Fetch Metadata).
func (s *Server) sameSite(r *http.Request, writes bool) error {
	if !writes || s.listed(r.Header.Get("Origin")) {
		return nil
	}
	origin, site := r.Header.Get("Origin"), r.Header.Get("Sec-Fetch-Site")
	foreign := site != "" && site != "same-origin" && site != "none"
	if origin != "" {
		u, err := url.Parse(origin)
		foreign = err != nil || u.Host == "" || u.Host != r.Host && !strings.EqualFold(strings.TrimRight(s.PublicURL, "/"), origin)
	}
	link := (r.Method == http.MethodGet || r.Method == http.MethodHead) && strings.Contains(r.Header.Get("Accept"), "text/html")
	if link && site != "none" && site != "same-origin" {
		foreign = true // it may show things, not change them
	}
	if foreign {
		return fail(http.StatusForbidden, "Forbidden", "a page of another site may not ask for this")
	}
	return nil
}

// fingerprintOf changes with the password.
func fingerprintOf(l *endpoints.Login) [32]byte { return sha256.Sum256([]byte(l.ID + l.PasswordHash)) }
