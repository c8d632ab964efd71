package api

import (
	"context"
	"net/http"
	"runtime"
	"sync"
	"time"

	"ringflow/endpoints"
)

// Somebody who guesses gets so many wrong answers at once, then one each
// refill, from one source and for one e-mail address.
const (
	guessBurst  = 10
	guessRefill = 30 * time.Second
	guardSize   = 10_000 // sources and addresses remembered
	// Many sources, each with one try, get so many wrong answers for one address
	// in all, then one each crowdRefill. Sources from which the right password has
	// come are not of them.
	crowdBurst  = 100
	crowdRefill = 6 * time.Second
)

// guard slows guessing down. A source that has made no mistakes is never kept
// waiting by those who guess at the same address from elsewhere.
type guard struct {
	mu      sync.Mutex
	buckets map[string]*bucket
	right   map[string]struct{} // source and address: it knew the password
}

type bucket struct {
	tokens float64
	at     time.Time
	burst  float64
	refill time.Duration
}

func newGuard() *guard { return &guard{buckets: map[string]*bucket{}, right: map[string]struct{}{}} }

// attempt is one try, counted as wrong until it is forgotten.
type attempt struct {
	g    *guard
	keys []string
	pair string // source and address; empty: no address
}

// begin counts a try. wait > 0: it may not be made now.
func (g *guard) begin(source, user string) (attempt, time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := time.Now()
	from := g.bucket("source "+source, now)
	if from.tokens < 1 {
		return attempt{}, refill(from)
	}
	keys := []string{"source " + source}
	if user != "" {
		at := g.bucket("user "+user, now)
		if at.tokens < 1 && from.tokens < guessBurst {
			return attempt{}, refill(at)
		}
		crowd, pair := g.limited("crowd "+user, now, crowdBurst, crowdRefill), source+" "+user
		if _, known := g.right[pair]; !known {
			if crowd.tokens < 1 {
				return attempt{}, refill(crowd)
			}
			crowd.tokens--
			keys = append(keys, "crowd "+user)
		}
		at.tokens = max(0, at.tokens-1)
		from.tokens--
		return attempt{g, append(keys, "user "+user), pair}, 0
	}
	from.tokens--
	return attempt{g: g, keys: keys}, 0
}

// succeed gives a try back: the password was right, and this source knows it.
func (a attempt) succeed() {
	a.forget()
	if a.g == nil || a.pair == "" {
		return
	}
	a.g.mu.Lock()
	defer a.g.mu.Unlock()
	for pair := range a.g.right {
		if len(a.g.right) < guardSize {
			break
		}
		delete(a.g.right, pair)
	}
	a.g.right[a.pair] = struct{}{}
}

// forget gives a try back: it was right, or nothing could be told.
func (a attempt) forget() {
	if a.g == nil {
		return
	}
	a.g.mu.Lock()
	defer a.g.mu.Unlock()
	for _, key := range a.keys {
		if b := a.g.buckets[key]; b != nil {
			b.tokens = min(b.burst, b.tokens+1)
		}
	}
}

func refill(b *bucket) time.Duration {
	return time.Duration((1 - b.tokens) * float64(b.refill))
}

// bucket is up to date; mu is held.
func (g *guard) bucket(key string, now time.Time) *bucket {
	return g.limited(key, now, guessBurst, guessRefill)
}

func (g *guard) limited(key string, now time.Time, burst float64, refill time.Duration) *bucket {
	b := g.buckets[key]
	if b == nil {
		if len(g.buckets) >= guardSize {
			g.shrink(now)
		}
		b = &bucket{tokens: burst, at: now, burst: burst, refill: refill}
		g.buckets[key] = b
	}
	b.tokens = min(b.burst, b.tokens+float64(now.Sub(b.at))/float64(b.refill))
	b.at = now
	return b
}

// shrink drops buckets that are full again, else any: one in eight.
func (g *guard) shrink(now time.Time) {
	for key, b := range g.buckets {
		if now.Sub(b.at) > time.Duration(b.burst)*b.refill {
			delete(g.buckets, key)
		}
	}
	for key := range g.buckets {
		if len(g.buckets) < guardSize*7/8 {
			break
		}
		delete(g.buckets, key)
	}
}

// passwordGate bounds how many argon2 runs (19 MiB each) go on at once.
type passwordGate struct {
	running chan struct{}
	waiting chan struct{}
	nobody  string // the hash of a login that there isn't
}

const maxWaitingLogins = 64

func newPasswordGate() *passwordGate {
	return &passwordGate{running: make(chan struct{}, max(1, runtime.NumCPU()/2)), waiting: make(chan struct{}, maxWaitingLogins), nobody: endpoints.HashPassword(endpoints.NewPassword())}
}

func (g *passwordGate) verify(ctx context.Context, hash, password string) (right bool, err error) {
	err = g.run(ctx, func() { right = endpoints.VerifyPassword(hash, password) })
	return right, err
}

// hash gives a login a new password.
func (g *passwordGate) hash(ctx context.Context, l *endpoints.Login, password string) (err error) {
	if full := g.run(ctx, func() { err = l.SetPassword(password) }); full != nil {
		return full
	}
	return err
}

func (g *passwordGate) run(ctx context.Context, f func()) error {
	select {
	case g.waiting <- struct{}{}:
		defer func() { <-g.waiting }()
	default:
		return &failure{Status: http.StatusServiceUnavailable, Code: "ServiceUnavailable", RetryAfter: 1, Text: "too many logins at once"}
	}
	select {
	case g.running <- struct{}{}:
		defer func() { <-g.running }()
	case <-ctx.Done():
		return ctx.Err()
	}
	f()
	return nil
}
