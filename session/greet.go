package session

import (
	"context"
	"errors"
	"io/fs"
	"sync"
	"time"

	"go.uber.org/zap"

	"ringflow/endpoints"
	"ringflow/sip"
)

const (
	// greetAfter is how long a phone that has come may take to subscribe: then it is
	// told by that. What comes meanwhile is told together.
	greetAfter = 2 * time.Second
	// maxGreeted phones' users wait to be told; the others see their lamp with the next change.
	maxGreeted = 10_000
	// remindEvery is between two users whose phones are known from before a restart: a
	// phone that is gone meanwhile keeps a teller of the UA busy for seconds, of which
	// there are some hundreds.
	remindEvery = 20 * time.Millisecond
)

// greeter tells phones that have come what is in their user's box. It asks the store
// for one after the other, so that all phones at once, as after a power cut, are not
// as many questions at once.
type greeter struct {
	mu      sync.Mutex
	waiting map[string]struct{} // SIP user names, lower case
	owed    map[string]struct{} // those who are told also that there is nothing
	came    chan struct{}       // capacity 1: waiting is not empty
}

// bell is the channel that tells that somebody waits.
func (g *greeter) bell() chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.came == nil {
		g.came = make(chan struct{}, 1)
	}
	return g.came
}

// PhoneCame is the UA's OnPhone: a phone of the user is to show what is in his box,
// though nothing changes there, and to get the texts that wait for it. It does not wait.
func (s *Switchboard) PhoneCame(user string) {
	s.phoneBack(user)
	g := &s.greeter
	bell := g.bell()
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.waiting == nil {
		g.waiting = map[string]struct{}{}
	}
	if len(g.waiting) >= maxGreeted {
		return
	}
	g.waiting[user] = struct{}{}
	select {
	case bell <- struct{}{}:
	default:
	}
}

// greet runs until the switchboard stops.
func (s *Switchboard) greet() {
	g := &s.greeter
	bell := g.bell()
	wait := time.NewTimer(greetAfter)
	defer wait.Stop()
	for {
		select {
		case <-bell:
		case <-s.after.Done():
			return
		}
		wait.Reset(greetAfter)
		select {
		case <-wait.C:
		case <-s.after.Done():
			return
		}
		g.mu.Lock()
		users := g.waiting
		g.waiting = nil
		g.mu.Unlock()
		for user := range users {
			if s.after.Err() != nil {
				return
			}
			s.greetUser(user)
		}
	}
}

// remind tells the phones that are known from before a restart what is in their
// user's box: what changed there when the last server died, nobody has told them. A
// lamp may be lit for nothing, so an empty box is told, too. Phones behind a
// connection are told when they are back.
func (s *Switchboard) remind() {
	pace := time.NewTimer(greetAfter)
	defer pace.Stop()
	wait := func() bool {
		select {
		case <-pace.C:
			pace.Reset(remindEvery)
			return true
		case <-s.after.Done():
			return false
		}
	}
	if !wait() {
		return
	}
	for user := range s.directory().phones {
		switch known := s.UA.Bindings(user); {
		case len(known) == 0:
		case known[0].Offline: // those that answer come first
			s.greeter.owes(user)
		case !wait():
			return
		default:
			s.tellBox(user, true)
		}
	}
}

func (g *greeter) owes(user string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.owed == nil {
		g.owed = map[string]struct{}{}
	}
	g.owed[user] = struct{}{}
}

func (s *Switchboard) greetUser(user string) {
	s.greeter.mu.Lock()
	_, owed := s.greeter.owed[user]
	delete(s.greeter.owed, user)
	s.greeter.mu.Unlock()
	s.tellBox(user, owed)
}

// tellBox tells a user's phones what is in the box, an empty one only if it must be.
func (s *Switchboard) tellBox(user string, empty bool) {
	c, ok := s.directory().phones[user]
	if !ok {
		return
	}
	ctx, cancel := context.WithTimeout(s.after, storeTime)
	defer cancel()
	b, err := s.Store.Box(ctx, c.ID)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		if s.after.Err() == nil {
			s.log().Warn("a phone that has come is not told of its voicemail box", zap.String("endpoint", c.ID), zap.Error(err))
		}
	case empty || b != endpoints.Box{}:
		s.UA.NotifyMWI(user, sip.MessageSummary{New: b.New, Old: b.Saved})
	}
}
