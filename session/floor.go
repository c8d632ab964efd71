package session

import (
	"slices"
	"sync"
	"time"

	"ringflow/endpoints"
)

// floor is the call centre of one account: what its agents do, who waits, and
// which agents are reserved. It is the keeper of endpoints.Distribute's rule:
// whatever changes, the rule is asked anew before the lock is given back, so
// two callers can't be offered to one agent. It has no clock, no goroutine and
// waits for nothing; who wants to know of a change has a channel.
//
// Reservations are here and nowhere else: with the server they are gone.
type floor struct {
	account string

	mu      sync.Mutex
	agents  map[string]*agent // by user; who is not in it is logged out
	phones  map[string]*phone // by user: who telephones otherwise
	waiting []*waiter         // in the order in which they are served
	last    map[string]string // who was offered a call last, by queue
	arrived uint64
}

// agent is a user on the floor.
type agent struct {
	endpoints.Agent
	with  *waiter   // whom it is offered or talks to; nil: free
	idle  time.Time // since when it is free
	calls int       // since it logged in
}

// waiter is a caller on the floor: it waits, is offered to agents, or talks to
// one. Its members are under the floor's lock.
type waiter struct {
	rule    endpoints.Waiting
	offered []string // agents reserved for it; none: it waits
	talks   string   // the agent that it talks to; empty: none yet
	changed chan struct{}
}

func newWaiter(rule endpoints.Waiting) *waiter {
	return &waiter{rule: rule, changed: make(chan struct{}, 1)}
}

func (w *waiter) poke() {
	select {
	case w.changed <- struct{}{}:
	default:
	}
}

// joined tells how it went to join a queue.
type joined int

const (
	isIn joined = iota
	isFull
	hasNobody // no agent is logged in
)

// join puts a caller at its place, unless most wait in its queue already; place
// is the one that it has, or would have.
func (f *floor) join(w *waiter, most int) (how joined, place int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.arrived++
	w.rule.Arrived = f.arrived
	at, _ := slices.BinarySearchFunc(f.waiting, w, func(a, b *waiter) int { return endpoints.Before(a.rule, b.rule) })
	n := 0
	for i, o := range f.waiting {
		if o.rule.Queue == w.rule.Queue {
			n++
			if i < at {
				place++
			}
		}
	}
	switch place++; {
	case !f.anybody(w.rule.Members):
		return hasNobody, place
	case n >= most:
		return isFull, place
	}
	f.waiting = slices.Insert(f.waiting, at, w)
	f.distribute()
	return isIn, place
}

// anybody tells whether one of them is logged in.
func (f *floor) anybody(members []string) bool {
	return slices.ContainsFunc(members, func(id string) bool {
		a := f.agents[id]
		return a != nil && a.State != endpoints.LoggedOut
	})
}

// standing is how a waiting caller stands.
type standing struct {
	place   int
	offered []string
	nobody  bool // no agent of its queue is logged in any more
}

func (f *floor) look(w *waiter) standing {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := standing{offered: w.offered, nobody: !f.anybody(w.rule.Members)}
	for _, o := range f.waiting {
		if o.rule.Queue == w.rule.Queue {
			s.place++
		}
		if o == w {
			break
		}
	}
	return s
}

// members tells who a caller waits for now: a team may change.
func (f *floor) members(w *waiter, ids []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !slices.Equal(w.rule.Members, ids) {
		w.rule.Members = ids
		f.distribute()
	}
}

// missed ends an offer that no agent took: they take no more calls until they
// say so, and the caller waits again, at its place. Who telephones by now has
// missed nothing.
func (f *floor) missed(w *waiter, now time.Time) (changes []endpoints.Agent) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, id := range w.offered {
		a := f.agents[id]
		a.with = nil
		if a.State == endpoints.Ready && !f.telephones(id) { // else it has said something else meanwhile
			changes = append(changes, f.set(a, endpoints.NotReady, endpoints.MissedCall, now))
		}
	}
	w.offered = nil
	f.distribute()
	return changes
}

// only leaves one agent in an offer, who has answered; the others are free as
// they were before.
func (f *floor) only(w *waiter, id string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, o := range w.offered {
		if o != id {
			f.agents[o].with = nil
		}
	}
	w.offered = []string{id}
	f.distribute()
}

// released ends an offer that was picked up and then not taken: its agents are
// free as they were before, and the caller waits again, at its place.
func (f *floor) released(w *waiter) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.frees(w)
	f.distribute()
}

// frees ends an offer. The lock is held.
func (f *floor) frees(w *waiter) {
	for _, id := range w.offered {
		f.agents[id].with = nil
	}
	w.offered = nil
}

// took notes that the agent who has answered has the caller, which has left the
// queue with that. A colleague who has picked it up has it like an agent of the
// queue, if he is ready and free, and the agents who were offered it are free again.
func (f *floor) took(w *waiter, id string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	mine := slices.Contains(w.offered, id) // whatever it has been set to meanwhile
	f.frees(w)
	if a := f.agents[id]; a != nil && a.with == nil && (mine || a.State == endpoints.Ready) {
		a.with, w.talks = w, id
		a.calls++
	}
	f.leaves(w)
	f.distribute()
}

// leave ends what the caller has on the floor, whatever that is: its place, an
// offer, a talk. After a talk the agent has so much time for the work that is
// left of it.
func (f *floor) leave(w *waiter, wrapUp time.Duration, now time.Time) (changes []endpoints.Agent) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.frees(w)
	if a := f.agents[w.talks]; a != nil && a.with == w {
		a.with, a.idle = nil, now
		if a.State == endpoints.Ready && wrapUp > 0 {
			a.Until = now.Add(wrapUp)
			changes = append(changes, f.set(a, endpoints.WrapUp, endpoints.SetBySystem, now))
		}
	}
	w.talks = ""
	f.leaves(w)
	f.distribute()
	return changes
}

// leaves takes a caller off the list; those behind it move up. The lock is held.
func (f *floor) leaves(w *waiter) {
	if i := slices.Index(f.waiting, w); i >= 0 {
		f.waiting = slices.Delete(f.waiting, i, i+1)
	}
}

// state sets what an agent does.
func (f *floor) state(id string, s endpoints.AgentState, why endpoints.AgentReason, now time.Time) endpoints.Agent {
	f.mu.Lock()
	defer f.mu.Unlock()
	a := f.agents[id]
	if a == nil {
		a = &agent{Agent: endpoints.Agent{AccountID: f.account, EndpointID: id, State: endpoints.LoggedOut}}
		f.agents[id] = a
	}
	change := f.set(a, s, why, now)
	f.distribute()
	return change
}

// set changes an agent. The lock is held; distribute is called next.
func (f *floor) set(a *agent, s endpoints.AgentState, why endpoints.AgentReason, now time.Time) endpoints.Agent {
	now = now.UTC().Truncate(time.Microsecond) // as it is kept
	if !now.After(a.Since) {
		now = a.Since.Add(time.Microsecond)
	}
	if a.State == endpoints.LoggedOut && s != endpoints.LoggedOut {
		a.calls = 0
	}
	if s == endpoints.Ready && a.State != endpoints.Ready {
		a.idle = now
	}
	if s != endpoints.WrapUp {
		a.Until = time.Time{}
	}
	if s == endpoints.LoggedOut { // for some it may have been the last one
		for _, w := range f.waiting {
			w.poke()
		}
	}
	a.State, a.Reason, a.Since = s, why, now
	return a.Agent
}

// tick does what time does: work that is left ends, and who has taken no calls for
// so long (0: for ever) is logged out.
func (f *floor) tick(now time.Time, logoff time.Duration) (changes []endpoints.Agent) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, a := range f.agents {
		switch {
		case a.State == endpoints.WrapUp && !now.Before(a.Until):
			changes = append(changes, f.set(a, endpoints.Ready, endpoints.SetBySystem, now))
		case a.State == endpoints.NotReady && logoff > 0 && now.Sub(a.Since) >= logoff:
			changes = append(changes, f.set(a, endpoints.LoggedOut, endpoints.SetBySystem, now))
		}
	}
	if len(changes) > 0 {
		f.distribute()
	}
	return changes
}

// distribute asks the rule who is offered to whom now. The lock is held.
func (f *floor) distribute() {
	idle := map[string]endpoints.Idle{}
	for id, a := range f.agents {
		if f.free(a) {
			idle[id] = endpoints.Idle{Since: a.idle, Calls: a.calls}
		}
	}
	if len(idle) == 0 {
		return
	}
	var callers []*waiter
	var rules []endpoints.Waiting
	for _, w := range f.waiting {
		if len(w.offered) == 0 {
			callers, rules = append(callers, w), append(rules, w.rule)
		}
	}
	for _, o := range endpoints.Distribute(rules, idle, f.last) {
		w := callers[o.Caller]
		w.offered = o.Agents
		for _, id := range o.Agents {
			f.agents[id].with = w
		}
		f.last[w.rule.Queue] = o.Agents[len(o.Agents)-1]
		w.poke()
	}
}

// agent is what a user does; false: it has never been set.
func (f *floor) agent(id string) (endpoints.Agent, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	a := f.agents[id]
	if a == nil {
		return endpoints.Agent{}, false
	}
	return f.shown(a), true
}

// count tells how many of a queue's agents could be offered a call now, and how
// many callers wait in it.
func (f *floor) count(queue string, members []string) (ready, waiting int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, id := range members {
		if a := f.agents[id]; a != nil && f.free(a) {
			ready++
		}
	}
	for _, w := range f.waiting {
		if w.rule.Queue == queue {
			waiting++
		}
	}
	return ready, waiting
}

// ticks tells whether time does anything to somebody here, and whether the
// account's time for logging off is asked for.
func (f *floor) ticks() (any, logoff bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, a := range f.agents {
		any = any || a.State == endpoints.WrapUp || a.State == endpoints.NotReady
		logoff = logoff || a.State == endpoints.NotReady
	}
	return any, logoff
}
