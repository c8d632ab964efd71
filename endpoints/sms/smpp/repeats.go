package smpp

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"sync"
	"time"

	"ringflow/endpoints"
)

const (
	// A text that comes again was the same one if its answer may have been lost: it was never
	// written, or shortly before the connection broke; or the message centre had tired of waiting.
	doubtful, tired = 10 * time.Second, 5 * time.Second
	// formerLife is how long after the start texts are compared with those of the life before.
	formerLife = time.Hour
	// arrivals are as many as are remembered, and as long.
	maxArrivals, arrivalKept = 10_000, 24 * time.Hour
)

// repeats tells a text that the message centre delivers again, because it hasn't seen our
// answer, from a second one with the same words. SMPP has no id for incoming texts.
//
// Both are told apart by whether the answer to the first can have been lost. For the last
// texts of the server's life before, nobody knows: they count as unanswered.
type repeats struct {
	mu      sync.Mutex
	known   map[string]*arrival // the last one, by number and content
	order   []*arrival
	started time.Time
	last    time.Time // when the life before kept its last text
}

// arrival is a text that came.
type arrival struct {
	hash  string
	key   string // under which it is kept
	conn  *Conn
	came  time.Time
	done  time.Time // answered; zero: not
	ended time.Time // the connection, after that; zero: it lives
}

// since looks when the life before kept its last text.
func (r *repeats) since(ctx context.Context, l *link) {
	now := time.Now()
	last, err := l.hub.Store.LatestMessage(ctx, l.of.AccountID, endpoints.SMPP)
	if err != nil {
		last = now // what can't be asked is taken for a life that ended just now
	}
	r.mu.Lock()
	r.started, r.last = now, last
	r.mu.Unlock()
}

// begin is the key under which a text is kept: that of the one before if it is the
// same again.
func (r *repeats) begin(ctx context.Context, l *link, numberID, hash string, c *Conn) (*arrival, error) {
	now := time.Now()
	id := numberID + hash
	r.mu.Lock()
	if r.known == nil {
		r.known = map[string]*arrival{}
	}
	a := r.known[id]
	started, last := r.started, r.last
	if a != nil && now.Sub(a.came) < arrivalKept && a.open(c) {
		a.conn, a.came, a.done, a.ended = c, now, time.Time{}, time.Time{}
		r.mu.Unlock()
		return a, nil
	}
	r.mu.Unlock()
	next := &arrival{hash: id, conn: c, came: now}
	if a == nil && !last.IsZero() && now.Sub(started) < formerLife {
		key, err := l.hub.Store.LatestKey(ctx, numberID, endpoints.SMPP, hash+"00000000", hash+"ffffffff", last.Add(-doubtful), started)
		if err != nil {
			return nil, err
		}
		next.key = key
	}
	if next.key == "" {
		var salt [4]byte
		_, _ = rand.Read(salt[:]) // never fails
		next.key = hash + hex.EncodeToString(salt[:])
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.known[id] = next
	r.order = append(r.order, next)
	if len(r.order) > maxArrivals {
		if old := r.order[0]; r.known[old.hash] == old {
			delete(r.known, old.hash)
		}
		r.order = r.order[1:]
	}
	return next, nil
}

// open tells that the message centre may not have seen the answer.
func (a *arrival) open(c *Conn) bool {
	switch {
	case a.done.IsZero():
		return true
	case a.done.Sub(a.came) > tired:
		return true
	case a.conn == c:
		return false
	}
	return !a.ended.IsZero() && a.ended.Sub(a.done) < doubtful
}

// answered notes that a was, on c.
func (r *repeats) answered(a *arrival, c *Conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if a.conn == c {
		a.done = time.Now()
	}
}

// ended notes that c has.
func (r *repeats) ended(c *Conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	for _, a := range r.order {
		if a.conn == c {
			a.ended, a.conn = now, nil
		}
	}
}
