package api

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"strings"
	"time"

	"go.uber.org/zap"

	"ringflow/endpoints"
)

const (
	// mailedLife is how long a token is good that comes by mail, which may take
	// its time.
	mailedLife = time.Hour
	// mailedEvery is how often a login gets one, whoever asks for it.
	mailedEvery = 5 * time.Minute
	// forgettingAtOnce requests are looked at; more are told to wait. They are more
	// than one source may make, so nobody learns from it how long one took.
	forgettingAtOnce = 8 * guessBurst
	forgetTime       = 10 * time.Second // Close waits for it
)

// forgotPassword says the same to everybody, and as soon: whether there is such a
// login is looked for after the answer.
func (s *Server) forgotPassword(r *Request, q *ForgotPassword) error {
	_, wait := s.auth.guard.begin(s.auth.source(r.Request), "")
	if wait > 0 {
		return &failure{Status: http.StatusTooManyRequests, Code: "TooManyRequests", RetryAfter: int(wait.Seconds()) + 1, Text: "too many requests; wait a little"}
	}
	select {
	case s.forgetting <- struct{}{}:
	default:
		return &failure{Status: http.StatusTooManyRequests, Code: "TooManyRequests", RetryAfter: 5, Text: "too many requests; wait a little"}
	}
	began := s.afterwards(func() {
		defer func() { <-s.forgetting }()
		ctx, cancel := context.WithTimeout(context.Background(), forgetTime) // not the request's: it is over
		defer cancel()
		if err := s.mailToken(ctx, q.EmailAddress); err != nil {
			s.log().Error("no token could be sent for a forgotten password", zap.Error(err))
		}
	})
	if !began {
		<-s.forgetting
		return &failure{Status: http.StatusServiceUnavailable, Code: "ServiceUnavailable", RetryAfter: 5, Text: "the server shuts down"}
	}
	return nil
}

// mailToken sends a token to a login's own address, if there is such a login.
// Without mail the log asks an administrator for one.
func (s *Server) mailToken(ctx context.Context, address string) error {
	login, err := s.Store.LoginByEmail(ctx, address)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if s.Outbox == nil {
		s.log().Warn("a forgotten password: this server sends no mail; GET /auth/token makes a token with which to choose a new one", zap.String("login", login.EmailAddress))
		return nil
	}
	token, until, ok := s.auth.tokens.mailed(login)
	if !ok {
		s.log().Info("a forgotten password: a token was sent a moment ago, or too many are out", zap.String("login", login.EmailAddress))
		return nil
	}
	// It is the system's mail, not an account's: a login may have several, and
	// nobody who reads an account's messages is to see it.
	m, err := endpoints.NewMail("", "", []string{login.EmailAddress}, "A new password", endpoints.Mail{Text: s.tokenText(login, token, until)})
	if err != nil {
		return err
	}
	m.Secret, m.Expires = true, until
	if err := s.Outbox.Put(ctx, m); err != nil {
		s.auth.tokens.take(token)
		return err
	}
	s.log().Info("a token for a forgotten password is sent", zap.String("login", login.EmailAddress), zap.String("message", m.ID))
	return nil
}

func (s *Server) tokenText(l *endpoints.Login, token string, until time.Time) string {
	return fmt.Sprintf(`Somebody, most likely you, asked for a new password for %s.

This token lets you choose one, until %s:

    %s

It goes with your e-mail address and the new password to

    POST %s/auth/recover
    {"emailAddress": "%s", "token": "…", "newPassword": "…"}

If it wasn't you, do nothing: your password stays as it is.
`, l.EmailAddress, until.UTC().Format("15:04 MST"), token, strings.TrimRight(s.PublicURL, "/"), l.EmailAddress)
}

// mailed makes a token that goes out by mail; false: the login got one a moment
// ago, or too many are out.
func (o *oneTime) mailed(l *endpoints.Login) (token string, until time.Time, ok bool) {
	now := time.Now()
	if o.since(l.ID, now.Add(-mailedEvery)) {
		return "", now, false
	}
	until = now.Add(mailedLife)
	token, ok = o.giveUntil(l, oneTimeToken{until: until, mailed: now})
	return token, until, ok
}

// since tells whether a login got a token by mail since then, and still has it.
func (o *oneTime) since(login string, then time.Time) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, t := range o.out {
		if t.login == login && t.mailed.After(then) {
			return true
		}
	}
	return false
}
