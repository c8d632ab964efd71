package session

import (
	"time"

	"ringflow/endpoints"
)

// phone is what an agent's phone does that is no queue's: calls of its own, and
// such as were dialled. Somebody else's queue that he picked up from is among them.
type phone struct {
	legs  int // that are up, ring or are being dialled
	out   int // of them: that he has begun
	since time.Time
}

// phoned notes that a leg at a user's phone has begun (by is 1), or is over (-1);
// out: he has begun it; talked: it was answered. Who telephones is offered no
// calls, and is again once the last leg is over. changed: he shows otherwise now.
func (f *floor) phoned(id string, by int, out, talked bool, now time.Time) (a endpoints.Agent, changed bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.phones == nil {
		f.phones = map[string]*phone{}
	}
	agent, was := f.agents[id], endpoints.AgentState("")
	if agent != nil {
		was = f.shown(agent).State
	}
	p := f.phones[id]
	if p == nil {
		p = &phone{since: now.UTC().Truncate(time.Microsecond)}
		f.phones[id] = p
	}
	if p.legs += by; out {
		p.out += by
	}
	if p.legs == 0 { // the two may be noted the wrong way round, so it can be less in between
		delete(f.phones, id)
	}
	if agent == nil {
		return endpoints.Agent{}, false
	}
	if talked && agent.with == nil {
		agent.idle = now
	}
	if by < 0 {
		f.distribute()
	}
	a = f.shown(agent)
	return a, a.State != was
}

// telephones tells whether a user telephones otherwise. The lock is held.
func (f *floor) telephones(id string) bool {
	p := f.phones[id]
	return p != nil && p.legs > 0
}

// free tells whether an agent can be offered a call now. The lock is held.
func (f *floor) free(a *agent) bool {
	return a.State == endpoints.Ready && a.with == nil && !f.telephones(a.EndpointID)
}

// shown is an agent as the API has it: who is Ready and telephones otherwise is
// Outgoing or Other as long as that lasts. It is never stored. The lock is held.
func (f *floor) shown(a *agent) endpoints.Agent {
	s := a.Agent
	if s.State != endpoints.Ready || a.with != nil || !f.telephones(s.EndpointID) {
		return s
	}
	p := f.phones[s.EndpointID]
	if s.State, s.Reason = endpoints.Other, endpoints.SetBySystem; p.out > 0 {
		s.State = endpoints.Outgoing
	}
	if p.since.After(s.Since) {
		s.Since = p.since
	}
	return s
}

// onPhone counts the leg as one of its user's telephone, unless a queue rings it.
func (p *party) onPhone() {
	p.mu.Lock()
	counts := p.user.Load() != nil && !p.closed && !p.queued && !p.counted
	p.counted = p.counted || counts
	p.mu.Unlock()
	if counts {
		p.phoned(1)
	}
}

// offPhone ends that.
func (p *party) offPhone() {
	p.mu.Lock()
	counts := p.counted
	p.counted = false
	p.mu.Unlock()
	if counts {
		p.phoned(-1)
	}
}

func (p *party) phoned(by int) {
	p.mu.Lock()
	out, talked := p.leg.Direction == Incoming, !p.leg.Answered.IsZero()
	p.mu.Unlock()
	u, at := p.user.Load(), time.Now()
	if a, changed := p.s.floor(u.AccountID).phoned(u.ID, by, out, talked, at); changed {
		a.Since = at.UTC().Truncate(time.Microsecond) // when it is told
		p.s.agentTold(a)
	}
}

// outlives counts the leg of an agent like any other from now on: the queue's
// conversation is over, and it may be in another one.
func (p *party) outlives() {
	p.mu.Lock()
	p.queued = false
	p.mu.Unlock()
	p.onPhone()
}

// offers tells whether a queue rings what this call rings: it waits in one, or
// runs for an agent who is called by his flow.
func (c *call) offers() bool {
	for ; c != nil; c = c.parent {
		if q := c.queue.Load(); q != nil && q.state != QueueConnected {
			return true
		}
	}
	return false
}
