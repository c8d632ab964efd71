package api

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io/fs"
	"sync"
	"time"

	"go.uber.org/zap"

	"ringflow/endpoints"
	"ringflow/store"
)

const (
	maxWebSessions  = 10_000
	sessionIdle     = 12 * time.Hour
	permanentIdle   = 30 * 24 * time.Hour // rememberMe
	pairLife        = 5 * time.Minute
	maxPairs        = 1_000
	sessionTokenLen = 24 // bytes of randomness
	touchEach       = 20 // a session's use is noted as often in its life
)

// webSessions are the logins that cookies stand for. They are kept in the store,
// so that a new version of the server logs nobody out, by hashes of the tokens.
type webSessions struct{ s *Server }

func hashOf(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// begin gives a login a token for each of lives.
func (w webSessions) begin(ctx context.Context, l *endpoints.Login, lives ...time.Duration) ([]string, error) {
	fingerprint := fingerprintOf(l)
	tokens, rows := make([]string, len(lives)), make([]store.WebSession, len(lives))
	for i, life := range lives {
		tokens[i] = newToken()
		rows[i] = store.WebSession{Token: hashOf(tokens[i]), LoginID: l.ID, Fingerprint: hex.EncodeToString(fingerprint[:]), Life: life, Used: time.Now()}
	}
	return tokens, w.s.Store.AddWebSessions(ctx, maxWebSessions, rows...)
}

func newToken() string {
	b := make([]byte, sessionTokenLen)
	rand.Read(b) // never fails: crypto/rand ends the program instead
	return base64.RawURLEncoding.EncodeToString(b)
}

// find is the login of a session that still counts; nil: it doesn't.
func (w webSessions) find(ctx context.Context, token string) (*endpoints.Login, error) {
	key := hashOf(token)
	kept, err := w.s.Store.WebSession(ctx, key)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	login, err := w.s.Store.Login(ctx, kept.LoginID)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if fingerprint := fingerprintOf(login); kept.Fingerprint != hex.EncodeToString(fingerprint[:]) {
		return nil, w.s.Store.EndWebSessions(ctx, key) // the password has changed
	}
	if time.Since(kept.Used) > kept.Life/touchEach {
		if err := w.s.Store.TouchWebSession(ctx, key); err != nil {
			w.s.log().Warn("a web session may end early", zap.Error(err))
		}
	}
	return login, nil
}

func (w webSessions) end(ctx context.Context, tokens ...string) error {
	for i, token := range tokens {
		tokens[i] = hashOf(token)
	}
	return w.s.Store.EndWebSessions(ctx, tokens...)
}

// pairs remembers, for five minutes, that a password was right: under an HMAC
// with a key of this run, beside the stored hash, so that a new password
// forgets it.
type pairs struct {
	mu    sync.Mutex
	key   [32]byte
	right map[[32]byte]time.Time
}

func newPairs() *pairs {
	p := &pairs{right: map[[32]byte]time.Time{}}
	rand.Read(p.key[:])
	return p
}

func (p *pairs) sum(l *endpoints.Login, password string) (out [32]byte) {
	fp := fingerprintOf(l)
	m := hmac.New(sha256.New, p.key[:])
	m.Write(fp[:])
	m.Write([]byte(password))
	m.Sum(out[:0])
	return out
}

func (p *pairs) known(l *endpoints.Login, password string) bool {
	sum := p.sum(l, password)
	p.mu.Lock()
	defer p.mu.Unlock()
	at, ok := p.right[sum]
	return ok && time.Since(at) < pairLife
}

func (p *pairs) remember(l *endpoints.Login, password string) {
	sum := p.sum(l, password)
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.right) >= maxPairs {
		for key, at := range p.right {
			if time.Since(at) >= pairLife {
				delete(p.right, key)
			}
		}
		for key := range p.right {
			if len(p.right) < maxPairs {
				break
			}
			delete(p.right, key)
		}
	}
	p.right[sum] = time.Now()
}
