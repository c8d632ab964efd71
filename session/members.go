package session

import (
	"slices"
	"sync"
	"time"

	"ringflow/endpoints"
)

// MemberRole is the API's SessionMemberRoles.
type MemberRole string

const (
	RoleNone     MemberRole = "None"
	RoleCaller   MemberRole = "Caller"   // on the line of the flow
	RoleAgent    MemberRole = "Agent"    // who was dialled, or has the call from a queue
	RoleTransfer MemberRole = "Transfer" // who was added to a conference
)

// Member is who is in a live session just now, or is rung for it.
type Member struct {
	CallSid    string // of the leg's record: Legs has it under this id
	SipCallID  string
	Role       MemberRole
	State      CallState // Ringing, Connected or Hold
	EndpointID string    // the user or the trunk
	Name       string
	Number     string
	Muted      bool
	Since      time.Time
}

// presence is who of a session is there beside the party on the line: who talks
// with it, and who is rung. It is for readers; the owners are elsewhere.
type presence struct {
	mu      sync.Mutex
	ringing []*rung
	talking []*guest // near, far, and more in a conference; empty: nobody talks
}

// rung is one leg that rings.
type rung struct {
	party   *party
	name    string
	role    MemberRole
	decline func() // has the whole destination ring no more
}

// rings notes a leg that is being rung, until the function that it returns is called.
func (p *presence) rings(r *rung) (over func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ringing = append(p.ringing, r)
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.ringing = slices.DeleteFunc(p.ringing, func(o *rung) bool { return o == r })
	}
}

// talks notes who talk: who is on the line, who was dialled, whoever else; nobody any more.
func (p *presence) talks(guests ...*guest) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.talking = guests
}

// rungAt are the legs that ring at one user.
func (p *presence) rungAt(user string) []*rung {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []*rung
	for _, r := range p.ringing {
		if r.party.leg.EndpointID == user {
			out = append(out, r)
		}
	}
	return out
}

// members are who is in the session of rec now: who is on the line first.
func (c *call) members(rec *Record) []Member {
	c.presence.mu.Lock()
	defer c.presence.mu.Unlock()
	var out []Member
	for i, g := range c.presence.talking {
		role := RoleTransfer
		switch i {
		case nearSeat:
			role = RoleCaller
		case farSeat:
			role = RoleAgent
		}
		out = append(out, g.member(role, g.by.Name, g.by.Address))
	}
	if p := c.near.Load(); p != nil && len(out) == 0 {
		name, number := rec.FromName, rec.FromAddress
		if rec.Direction == Outgoing {
			name, number = "", rec.ToAddress
		}
		out = append(out, p.member(RoleCaller, name, number))
	}
	for _, r := range c.presence.ringing {
		out = append(out, r.party.member(r.role, r.name, r.party.leg.To))
	}
	return out
}

func (p *party) member(role MemberRole, name, number string) Member {
	p.mu.Lock()
	leg := p.leg
	p.mu.Unlock()
	if name == "" {
		name = number
	}
	m := Member{CallSid: leg.ID, SipCallID: leg.SipCallID, Role: role, State: Connected, EndpointID: leg.EndpointID, Name: name, Number: number, Since: leg.Answered, Muted: p.muted.Load()}
	switch {
	case leg.Answered.IsZero():
		m.State, m.Since = Ringing, leg.Started
	case p.held.Load() || p.onHold():
		m.State = Hold
	}
	return m
}

// has tells whether a user takes part in the session now: calls, talks, or is rung.
func (c *call) has(u *endpoints.Endpoint) bool {
	return slices.ContainsFunc(c.snapshot().Members, func(m Member) bool { return m.EndpointID == u.ID })
}
