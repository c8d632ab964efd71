package api

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"sync"
	"time"

	"ringflow/endpoints"
)

const (
	maxWebSessions  = 10_000
	sessionIdle     = 12 * time.Hour
	permanentIdle   = 30 * 24 * time.Hour // rememberMe
	pairLife        = 5 * time.Minute
	maxPairs        = 1_000
	sessionTokenLen = 24 // bytes of randomness
)

// webSessions are the logins that cookies stand for. Only hashes of the tokens
// are kept. They end with the server.
type webSessions struct {
	mu   sync.Mutex
	byID map[[32]byte]*webSession
}

type webSession struct {
	login       string
	fingerprint [32]byte // of the login's password
	life        time.Duration
	used        time.Time
}

func newWebSessions() *webSessions { return &webSessions{byID: map[[32]byte]*webSession{}} }

// begin gives a login a token.
func (s *webSessions) begin(l *endpoints.Login, life time.Duration) string {
	b := make([]byte, sessionTokenLen)
	rand.Read(b) // never fails: crypto/rand ends the program instead
	token := base64.RawURLEncoding.EncodeToString(b)
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.byID) >= maxWebSessions {
		s.shrink(time.Now())
	}
	s.byID[sha256.Sum256([]byte(token))] = &webSession{login: l.ID, fingerprint: fingerprintOf(l), life: life, used: time.Now()}
	return token
}

func (s *webSessions) find(token string) (login string, fingerprint [32]byte, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := sha256.Sum256([]byte(token))
	w := s.byID[key]
	if w == nil {
		return "", fingerprint, false
	}
	if now := time.Now(); now.Sub(w.used) <= w.life {
		w.used = now
		return w.login, w.fingerprint, true
	}
	delete(s.byID, key)
	return "", fingerprint, false
}

func (s *webSessions) end(token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.byID, sha256.Sum256([]byte(token)))
}

// shrink drops what is over, and if that is nothing, the one used longest ago.
func (s *webSessions) shrink(now time.Time) {
	var oldest [32]byte
	var at time.Time
	before := len(s.byID)
	for key, w := range s.byID {
		if now.Sub(w.used) > w.life {
			delete(s.byID, key)
			continue
		}
		if at.IsZero() || w.used.Before(at) {
			oldest, at = key, w.used
		}
	}
	if len(s.byID) == before {
		delete(s.byID, oldest)
	}
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
