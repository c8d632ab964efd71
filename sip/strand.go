package sip

import (
	"context"
	"hash/maphash"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"
)

// A strand runs all that concerns one Call-ID, one thing at a time and in the
// order of arrival: messages, timers and calls by the application. So nothing
// inside of it needs a lock, and one slow call holds up nobody else. It has a
// goroutine only while there is work.
type strand struct {
	core   *core
	callID string

	mu      sync.Mutex
	q       []func()
	waiting int // messages among q
	running bool
	dead    bool

	// Only for the strand's own goroutine.
	srv  map[string]*serverTx
	cli  map[string]*clientTx
	legs []*Leg
	// dials are INVITEs of ours by From tag, kept until no 2xx can come any more.
	dials []*dialing
	subs  []*subscription // who watches something, by this Call-ID
}

const (
	softQueue   = 2000    // queued messages in all above which new calls are refused
	hardQueue   = 20000   // above which everything is dropped
	maxStrands  = 150_000 // Call-IDs known at once; a finished call counts for 32 s
	strandQueue = 64      // messages waiting for one Call-ID
	shards      = 64
)

type strandTable struct {
	seed   maphash.Seed
	shard  [shards]shard
	n      atomic.Int64
	queued atomic.Int64
}

type shard struct {
	mu sync.Mutex
	m  map[string]*strand
}

func (t *strandTable) init() {
	t.seed = maphash.MakeSeed()
	for i := range t.shard {
		t.shard[i].m = map[string]*strand{}
	}
}

func (t *strandTable) count() int64 { return t.n.Load() }

func (t *strandTable) of(callID string) *shard {
	return &t.shard[maphash.String(t.seed, callID)%shards]
}

// find is the strand of a Call-ID if there is one.
func (t *strandTable) find(callID string) *strand {
	sh := t.of(callID)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	return sh.m[callID]
}

// get makes the strand if need be.
func (t *strandTable) get(c *core, callID string) *strand {
	sh := t.of(callID)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	s := sh.m[callID]
	if s == nil {
		s = &strand{core: c, callID: callID}
		sh.m[callID] = s
		t.n.Add(1)
	}
	return s
}

// all lists the strands of now.
func (t *strandTable) all() []*strand {
	var out []*strand
	for i := range t.shard {
		t.shard[i].mu.Lock()
		for _, s := range t.shard[i].m {
			out = append(out, s)
		}
		t.shard[i].mu.Unlock()
	}
	return out
}

// deliver queues a message's work on its strand. It says no when too much is
// waiting for this Call-ID.
func (c *core) deliver(callID string, f func()) bool {
	for {
		s := c.strands.get(c, callID)
		switch s.push(f, true) {
		case pushed:
			return true
		case full:
			return false
		}
	}
}

// deliverHere does a message's work in this goroutine, unless its strand is at work.
func (c *core) deliverHere(callID string, f func()) bool {
	for {
		switch c.strands.get(c, callID).here(f) {
		case pushed:
			return true
		case full, busy:
			return false
		}
	}
}

// post queues control work (timers, the application): never refused, unless the
// strand is gone or the UA closed; then nothing is left that f could concern.
func (s *strand) post(f func()) bool { return s.push(f, false) == pushed }

type pushResult int

const (
	pushed pushResult = iota
	gone
	full
	busy
)

// here runs f in this goroutine, if the strand is at rest: to hand it to another
// one costs two wake-ups, which is more than most work on a strand does.
func (s *strand) here(f func()) pushResult {
	if !s.core.work.enter() {
		return full
	}
	s.mu.Lock()
	if s.dead || s.running {
		dead := s.dead
		s.mu.Unlock()
		s.core.work.leave()
		if dead {
			return gone
		}
		return busy
	}
	s.running = true
	s.mu.Unlock()
	s.guard(f)
	if q := s.next(); q != nil { // whoever queued it must not be kept waiting, nor the caller be kept
		go func() {
			defer s.core.work.leave()
			s.drain(q)
		}()
		return pushed
	}
	s.core.work.leave()
	return pushed
}

func (s *strand) push(f func(), message bool) pushResult {
	s.mu.Lock()
	if s.dead {
		s.mu.Unlock()
		return gone
	}
	if message && s.waiting >= strandQueue {
		s.mu.Unlock()
		return full
	}
	work := f
	if message {
		s.waiting++
		s.core.strands.queued.Add(1)
		work = func() {
			s.mu.Lock()
			s.waiting--
			s.mu.Unlock()
			s.core.strands.queued.Add(-1)
			f()
		}
	}
	s.q = append(s.q, work)
	start := !s.running
	s.running = true
	s.mu.Unlock()
	if start && !s.core.work.run(func() { s.drain(s.next()) }) {
		return full // closing: what is queued is never run
	}
	return pushed
}

// drain works until nothing is queued.
func (s *strand) drain(q []func()) {
	for ; q != nil; q = s.next() {
		for i, f := range q {
			q[i] = nil
			s.guard(f)
		}
	}
}

// next takes what is queued. If that is nothing the strand is at rest, and goes
// if it holds nothing.
func (s *strand) next() []func() {
	s.mu.Lock()
	q := s.q
	s.q = nil
	if len(q) > 0 {
		s.mu.Unlock()
		return q
	}
	s.running = false
	idle := len(s.srv) == 0 && len(s.cli) == 0 && len(s.legs) == 0 && len(s.dials) == 0 && len(s.subs) == 0
	s.mu.Unlock()
	if idle {
		s.reap()
	}
	return nil
}

func (s *strand) reap() {
	sh := s.core.strands.of(s.callID)
	sh.mu.Lock()
	s.mu.Lock()
	// Between next's look and this one somebody may have posted.
	if !s.running && !s.dead && len(s.q) == 0 {
		s.dead = true
		delete(sh.m, s.callID)
		s.core.strands.n.Add(-1)
	}
	s.mu.Unlock()
	sh.mu.Unlock()
}

// guard runs f; a panic ends f and nothing else.
func (s *strand) guard(f func()) {
	defer func() {
		if p := recover(); p != nil {
			s.core.stats.panics.Add(1)
			s.core.log.Error("panic while handling a call", zap.String("callId", clip(s.callID)), zap.Any("panic", p), zap.ByteString("stack", debug.Stack()))
		}
	}()
	f()
}

// after runs f on the strand after d. Stopping the timer does not recall an f
// that is already queued: f looks at the state itself.
func (s *strand) after(d time.Duration, f func()) *time.Timer {
	return time.AfterFunc(d, func() {
		if s.here(f) != pushed {
			s.post(f)
		}
	})
}

// do runs f on the strand and waits for it. It may not be called on a strand.
func (s *strand) do(ctx context.Context, f func()) error {
	if s.here(f) == pushed {
		return nil
	}
	done := make(chan struct{})
	if !s.post(func() { defer close(done); f() }) {
		return ErrClosed
	}
	select {
	case <-done:
		return nil
	case <-s.core.dead:
		return ErrClosed
	}
}

func (s *strand) remove(l *Leg) {
	for i, x := range s.legs {
		if x == l {
			s.legs = append(s.legs[:i], s.legs[i+1:]...)
			return
		}
	}
}

// clip keeps attacker's text short in logs.
func clip(v string) string {
	if len(v) > 128 {
		return v[:128] + "…"
	}
	return v
}
