package api

import (
	"crypto/sha256"
	"errors"
	"io/fs"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"go.uber.org/zap"

	"ringflow/endpoints"
)

// A one-time token is good for ten minutes, by mail for an hour: to log in (POST
// /auth/token), or to choose a new password (POST /auth/recover).
const (
	oneTimeLife = 10 * time.Minute
	maxOneTime  = 1_000
)

// oneTime are the tokens that are out. They end with the server; those that go
// out by mail are in the store (auth_forgot.go).
type oneTime struct {
	mu  sync.Mutex
	out map[[32]byte]oneTimeToken // by the token's hash
}

type oneTimeToken struct {
	login       string
	fingerprint [32]byte // of the login's password: a change ends the token
	until       time.Time
}

func newOneTime() *oneTime { return &oneTime{out: map[[32]byte]oneTimeToken{}} }

// give makes a token for a login; false: too many are out.
func (o *oneTime) give(l *endpoints.Login) (token string, ok bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	now := time.Now()
	for key, t := range o.out {
		if now.After(t.until) {
			delete(o.out, key)
		}
	}
	if len(o.out) >= maxOneTime {
		return "", false
	}
	token = newToken()
	o.out[sha256.Sum256([]byte(token))] = oneTimeToken{l.ID, fingerprintOf(l), now.Add(oneTimeLife)}
	return token, true
}

// find is what a token stands for. take uses it up.
func (o *oneTime) find(token string) (t oneTimeToken, ok bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	t, ok = o.out[sha256.Sum256([]byte(token))]
	return t, ok && time.Now().Before(t.until)
}

// take uses a token up; false: somebody was quicker.
func (o *oneTime) take(token string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	key := sha256.Sum256([]byte(token))
	_, ok := o.out[key]
	delete(o.out, key)
	return ok
}

const badToken = "the token isn't valid; it may be used up, or too old"

// redeem is the login that a one-time token is for, which must be that of email
// unless this is empty. The token is used up.
func (a *authenticator) redeem(r *http.Request, token, email string) (*endpoints.Login, error) {
	attempt, wait := a.guard.begin(a.source(r), "")
	if wait > 0 {
		return nil, &failure{Status: http.StatusTooManyRequests, Code: "TooManyRequests", RetryAfter: int(wait.Seconds()) + 1, Text: "too many wrong tokens; wait a little"}
	}
	take := func() (bool, error) { return a.tokens.take(token), nil }
	t, ok := a.tokens.find(token)
	if !ok {
		var err error
		if t, ok, err = a.findMailed(r.Context(), token); err != nil {
			attempt.forget()
			return nil, err
		}
		take = func() (bool, error) { return a.s.Store.TakeWebSession(r.Context(), mailedKey(token)) }
	}
	if !ok {
		return nil, unauthorized(badToken)
	}
	login, err := a.s.Store.Login(r.Context(), t.login)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		attempt.forget()
		return nil, err
	}
	if err != nil || fingerprintOf(login) != t.fingerprint || email != "" && endpoints.NormalEmail(email) != login.EmailAddress {
		return nil, unauthorized(badToken)
	}
	if taken, err := take(); err != nil {
		return nil, err
	} else if !taken { // somebody was quicker
		return nil, unauthorized(badToken)
	}
	attempt.forget()
	return login, nil
}

// requestAuthToken gives who manages a login a token for it.
func (s *Server) requestAuthToken(r *Request, _ *RequestAuthToken) (*RequestAuthTokenResponse, error) {
	if r.Who.key != nil { // it would log in with rights that the key hasn't
		return nil, fail(http.StatusForbidden, "Forbidden", "one-time tokens are made by people: log in with a password")
	}
	token, ok := s.auth.tokens.give(r.found.login)
	if !ok {
		return nil, &failure{Status: http.StatusTooManyRequests, Code: "TooManyRequests", RetryAfter: int(oneTimeLife.Seconds()), Text: "too many tokens are out; wait until some are over"}
	}
	s.log().Info("a one-time token was made", zap.String("for", r.found.login.EmailAddress), zap.String("by", r.Who.login.EmailAddress))
	return &RequestAuthTokenResponse{AuthToken: token}, nil
}

// recoverPassword sets a new password for who has a token.
func (s *Server) recoverPassword(r *Request, q *RecoverPassword) error {
	if strings.TrimSpace(q.EmailAddress) == "" {
		return &endpoints.Invalid{Field: "emailAddress", Text: "is missing"}
	}
	err := endpoints.CheckPassword(q.NewPassword) // before the token is used up
	if err == nil {
		err = s.longEnough(r.Context(), q.NewPassword)
	}
	if err != nil {
		return renamed(err, "newPassword")
	}
	login, err := s.auth.redeem(r.Request, q.Token, q.EmailAddress)
	if err != nil {
		return err
	}
	if err := s.auth.gate.hash(r.Context(), login, q.NewPassword); err != nil {
		return err
	}
	login.LastModifiedBy, r.did = login.EmailAddress, login
	return s.Store.PutLogin(r.Context(), login)
}

// renamed tells of a value under the name that the request has for it.
func renamed(err error, field string) error {
	var invalid *endpoints.Invalid
	if errors.As(err, &invalid) {
		return &endpoints.Invalid{Field: field, Text: invalid.Text}
	}
	return err
}

// managedLogin is for a login, named by id or e-mail address, that the caller
// may act for: all its accounts are the caller's, and it has no more rights.
func managedLogin() scope {
	return scope{"login", func(s *Server, r *Request, in any) error {
		q := in.(interface{ login() (id, email string) })
		id, email := q.login()
		var l *endpoints.Login
		var err error
		if _, either := in.(*RequestAuthToken); either && id == "" && strings.TrimSpace(email) == "" {
			return &endpoints.Invalid{Field: "userId", Text: "userId and userEmailAddress are missing: one of them says whose token it is to be"}
		}
		if id != "" {
			l, err = s.Store.Login(r.Context(), id)
		} else {
			l, err = s.Store.LoginByEmail(r.Context(), email)
		}
		if err != nil {
			return missing(err, "login", id+email)
		}
		if err := managed(r.Who, l); err != nil {
			return err
		}
		r.found.login = l
		return nil
	}}
}

// managed refuses a login that who may not act for. A key doesn't act for its
// maker: that would lend it all his rights.
func managed(who *caller, l *endpoints.Login) error {
	me := who.login
	if who.administrator() || l.ID == me.ID && who.key == nil {
		return nil
	}
	if l.Has(endpoints.SystemAdministrator) || !slices.ContainsFunc(l.AccountIDs, me.MaySee) {
		return notFound("login", l.ID)
	}
	if l.Has(endpoints.Manager) || slices.ContainsFunc(l.AccountIDs, func(a string) bool { return !me.MaySee(a) }) {
		return fail(http.StatusForbidden, "Forbidden", "the login %s has rights that yours has not; an administrator acts for it", l.EmailAddress)
	}
	return nil
}
