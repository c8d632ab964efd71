package sip

import (
	"errors"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// resting are targets that did not answer, or asked for time: while there are
// others they come last (RFC 3263 4.3, RFC 3261 21.5.4).
type resting struct {
	mu    sync.Mutex
	until *lru[restKey, time.Time]
}

type restKey struct {
	network string
	addr    netip.AddrPort
}

const (
	restAfterSilence = 30 * time.Second
	restLongest      = 5 * time.Minute
	restTargets      = 1024
)

func newResting() *resting { return &resting{until: newLRU[restKey, time.Time](restTargets)} }

// heard notes what became of a request to t; nil: an answer.
func (r *resting) heard(t target, err error) {
	var d time.Duration
	st, ok := asStatus(err)
	switch {
	case ok && st.Code == 503:
		d = min(st.RetryAfter, restLongest)
	case ok && noAnswer(st), errors.Is(err, ErrTransport):
		d = restAfterSilence
	}
	k := restKey{t.Network, t.Addr}
	r.mu.Lock()
	defer r.mu.Unlock()
	if d > 0 {
		r.until.put(k, time.Now().Add(d))
	} else {
		r.until.remove(k)
	}
}

// order puts those that rest behind the others.
func (r *resting) order(list []target) []target {
	if len(list) < 2 {
		return list
	}
	now := time.Now()
	r.mu.Lock()
	defer r.mu.Unlock()
	rests := func(t target) int {
		if until, ok := r.until.get(restKey{t.Network, t.Addr}); ok && now.Before(until) {
			return 1
		}
		return 0
	}
	out := slices.Clone(list)
	slices.SortStableFunc(out, func(a, b target) int { return rests(a) - rests(b) })
	return out
}
