package api

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"go.uber.org/zap"

	"ringflow/endpoints"
	"ringflow/store"
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
	if !s.auth.mails.may(login.ID) {
		s.log().Info("a forgotten password: a token was sent a moment ago, or too many are out", zap.String("login", login.EmailAddress))
		return nil
	}
	token, until, err := s.auth.giveMailed(ctx, login)
	if err != nil {
		return err
	}
	// It is the system's mail, not an account's: a login may have several, and
	// nobody who reads an account's messages is to see it.
	m, err := endpoints.NewMail("", "", []string{login.EmailAddress}, "A new password", endpoints.Mail{Text: s.tokenText(login, token, until)})
	if err != nil {
		return err
	}
	m.Secret, m.Expires = true, until
	if err := s.Outbox.Put(ctx, m); err != nil {
		_, failed := s.Store.TakeWebSession(ctx, mailedKey(token))
		return errors.Join(err, failed)
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

// A token that goes out by mail must be as durable as the mail is, so it is kept
// with the web sessions, by a hash that no cookie and no header can come to: they
// have no NUL.
func mailedKey(token string) string { return hashOf("mailed\x00" + token) }

func (a *authenticator) giveMailed(ctx context.Context, l *endpoints.Login) (token string, until time.Time, err error) {
	token, now := newToken(), time.Now()
	fingerprint := fingerprintOf(l)
	err = a.s.Store.AddWebSessions(ctx, maxWebSessions, store.WebSession{
		Token: mailedKey(token), LoginID: l.ID, Fingerprint: hex.EncodeToString(fingerprint[:]), Life: mailedLife, Used: now,
	})
	return token, now.Add(mailedLife), err
}

// findMailed is what a token stands for that went out by mail.
func (a *authenticator) findMailed(ctx context.Context, token string) (t oneTimeToken, ok bool, err error) {
	kept, err := a.s.Store.WebSession(ctx, mailedKey(token))
	if errors.Is(err, fs.ErrNotExist) {
		return t, false, nil
	}
	if err != nil {
		return t, false, err
	}
	t.login = kept.LoginID
	n, err := hex.Decode(t.fingerprint[:], []byte(kept.Fingerprint))
	return t, err == nil && n == len(t.fingerprint), err
}

// tokenMails bounds the tokens that go out by mail: one for a login in a while,
// and so many in all, whoever asks.
type tokenMails struct {
	mu   sync.Mutex
	sent []tokenMail // of the last mailedLife, the oldest first
}

type tokenMail struct {
	login string
	at    time.Time
}

func (m *tokenMails) may(login string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	m.sent = slices.DeleteFunc(m.sent, func(t tokenMail) bool { return now.Sub(t.at) >= mailedLife })
	if len(m.sent) >= maxOneTime || slices.ContainsFunc(m.sent, func(t tokenMail) bool { return t.login == login && now.Sub(t.at) < mailedEvery }) {
		return false
	}
	m.sent = append(m.sent, tokenMail{login, now})
	return true
}
