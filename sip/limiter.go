package sip

import (
	"net/netip"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// guard slows strangers down: wrong passwords by source and by user, and the
// answers that one source prefix gets without proving anything. All it knows is in
// bounded tables, so that no flood makes it grow.
type guard struct {
	mu       sync.Mutex
	sources  *lru[netip.Prefix, *rate.Limiter] // failures by source
	users    *lru[string, *rate.Limiter]       // failures by user
	proven   *lru[provenKey, *rate.Limiter]    // failures of a user from where it has proved itself
	known    *lru[netip.Prefix, struct{}]      // sources that somebody proved himself from
	strange  *lru[netip.Prefix, *rate.Limiter] // answers to strangers
	asked    *lru[askedKey, uint32]            // challenged REGISTERs: the first CSeq
	answered *rate.Limiter                     // answers to strangers in all
}

type provenKey struct {
	source netip.Prefix
	user   string
}

type askedKey struct {
	source netip.Prefix
	callID string
}

const (
	failures     = 10 // in failureSpan, of a source and of a user
	failureSpan  = 5 * time.Minute
	strangeRate  = 5 // answers a second to a source prefix that nobody proved himself from
	strangeBurst = 200
	knownRate    = 500 // the same, where somebody did
	strangeAll   = 2000
	guardSources = 8192
	guardUsers   = 4096
)

func newGuard() *guard {
	return &guard{
		sources:  newLRU[netip.Prefix, *rate.Limiter](guardSources),
		users:    newLRU[string, *rate.Limiter](guardUsers),
		proven:   newLRU[provenKey, *rate.Limiter](guardSources),
		known:    newLRU[netip.Prefix, struct{}](guardSources),
		strange:  newLRU[netip.Prefix, *rate.Limiter](guardSources),
		asked:    newLRU[askedKey, uint32](guardUsers),
		answered: rate.NewLimiter(strangeAll, strangeAll),
	}
}

// prefix is what counts as one source: an IPv4 address, an IPv6 /64.
func prefix(a netip.Addr) netip.Prefix {
	a = a.Unmap().WithZone("")
	bits := 32
	if a.Is6() {
		bits = 64
	}
	p, _ := a.Prefix(bits)
	return p
}

// userKey bounds a stranger's text.
func userKey(user string) string {
	if len(user) > 64 {
		user = user[:64]
	}
	return strings.Clone(user) // not the message around it
}

func newFailures() *rate.Limiter {
	return rate.NewLimiter(rate.Limit(failures/failureSpan.Seconds()), failures)
}

// slowed tells that credentials for user from src are not to be looked at just
// now: too many before were wrong. From where a user has proved himself only
// his own failures count, and a source without failures is always looked at; so nobody
// is locked out by somebody else's guessing.
func (g *guard) slowed(src netip.Addr, user string, now time.Time) bool {
	p, user := prefix(src), userKey(user)
	g.mu.Lock()
	defer g.mu.Unlock()
	if l, ok := g.proven.get(provenKey{p, user}); ok {
		return l.TokensAt(now) < 1
	}
	s, failed := g.sources.get(p)
	if !failed {
		return false
	}
	if s.TokensAt(now) < 1 {
		return true
	}
	u, ok := g.users.get(user)
	return ok && u.TokensAt(now) < 1 && s.TokensAt(now) < failures
}

// failed notes wrong credentials.
func (g *guard) failed(src netip.Addr, user string, now time.Time) {
	p, user := prefix(src), userKey(user)
	g.mu.Lock()
	defer g.mu.Unlock()
	if l, ok := g.proven.get(provenKey{p, user}); ok {
		l.AllowN(now, 1)
		return
	}
	spend(g.sources, p, now)
	spend(g.users, user, now)
}

func spend[K comparable](l *lru[K, *rate.Limiter], k K, now time.Time) {
	b, ok := l.get(k)
	if !ok {
		b = newFailures()
		l.put(k, b)
	}
	b.AllowN(now, 1)
}

// passed notes good credentials.
func (g *guard) passed(src netip.Addr, user string) {
	p, user := prefix(src), userKey(user)
	g.mu.Lock()
	defer g.mu.Unlock()
	if _, ok := g.proven.get(provenKey{p, user}); !ok {
		g.proven.put(provenKey{p, user}, newFailures())
	}
	g.known.put(p, struct{}{})
}

// puzzled tells whether a phone that was challenged comes again as if it had not
// been: it knows no algorithm that it was offered, or gave up at the first.
func (g *guard) puzzled(src netip.Addr, callID string, cseq uint32) bool {
	k := askedKey{prefix(src), userKey(callID)}
	g.mu.Lock()
	defer g.mu.Unlock()
	first, ok := g.asked.get(k)
	if !ok {
		g.asked.put(k, cseq)
	}
	return ok && first != cseq
}

// understood: the phone answered its challenge.
func (g *guard) understood(src netip.Addr, callID string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.asked.remove(askedKey{prefix(src), userKey(callID)})
}

// allow tells whether a stranger at src may have one more answer.
func (g *guard) allow(src netip.Addr, now time.Time) bool {
	p := prefix(src)
	g.mu.Lock()
	defer g.mu.Unlock()
	b, ok := g.strange.get(p)
	if !ok {
		b = rate.NewLimiter(strangeRate, strangeBurst)
		g.strange.put(p, b)
	}
	if _, known := g.known.get(p); known && b.Limit() != knownRate {
		b.SetLimitAt(now, knownRate)
		b.SetBurstAt(now, 2*knownRate)
	}
	return b.AllowN(now, 1) && (b.Limit() == knownRate || g.answered.AllowN(now, 1))
}
