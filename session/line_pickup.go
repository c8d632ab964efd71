package session

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"ringflow/endpoints"
	"ringflow/flow"
)

var _ flow.Picker = (*line)(nil)

// Pickup joins the party with a call that rings at somebody else, until one of the
// two hangs up. The party is only lent to that call: it comes back to this flow.
func (l *line) Pickup(ctx context.Context, p flow.Pickup) (flow.PickupResult, error) {
	users, err := l.call.ringable(ctx, p.Of)
	if errors.Is(err, flow.ErrNoBox) {
		p.Log("%.64q is neither a user nor a team of the account", p.Of)
		return flow.PickupResult{}, nil
	} else if err != nil {
		return flow.PickupResult{}, err
	}
	r, at := l.call.claimRinging(users)
	if r == nil {
		return flow.PickupResult{}, context.Cause(ctx)
	}
	if err := l.Answer(ctx); err != nil {
		r.unclaim()
		return flow.PickupResult{}, err
	}
	l.DropDigits()
	caller, by := r.c.who().Name, l.call.who()
	if u := l.call.caller; u != nil && l.call.session.Direction == string(Incoming) {
		by.EndpointID = u.ID
	}
	p.Picks(caller, at.DisplayName)
	r.c.journal.say("%s picks up the call that rings at %s", by.Name, at.DisplayName)
	g, back := l.lend()
	began := time.Now()
	if !r.deliver(news{route: &route{name: by.Name, by: by}, party: l.party, answered: true, picked: true, free: func() {}, back: g.back}) {
		p.Log("%s hung up in that moment", caller)
		return flow.PickupResult{}, nil
	}
	l.journal.say("Connected with %s", caller)
	res := flow.PickupResult{Found: true, Ended: flow.Far}
	err = l.awaitBack(ctx, back)
	res.Talked = time.Since(began)
	switch {
	case err == nil:
		l.journal.say("%s hung up after %s", caller, seconds(res.Talked))
	case errors.Is(err, flow.ErrHungUp):
		res.Ended = flow.Near
	default:
		res.Ended = flow.Nobody
	}
	return res, err
}

// ringable are the users of whom a flow speaks: one, or the members of a team.
// flow.ErrNoBox where nobody of the account is meant.
func (c *call) ringable(ctx context.Context, of string) ([]*endpoints.Endpoint, error) {
	e, err := c.boxOwner(ctx, of)
	if err != nil {
		return nil, err
	}
	if e.Kind == endpoints.Team && e.Team != nil {
		return c.s.members(ctx, e)
	}
	return []*endpoints.Endpoint{e}, nil
}

// claimRinging takes the call that has rung longest at one of the users; nil: nothing rings
// there. A session inside of another one can't take what that one rings.
func (c *call) claimRinging(users []*endpoints.Endpoint) (*ringing, *endpoints.Endpoint) {
	type leg struct {
		*party
		at *endpoints.Endpoint
	}
	var all []leg
	for _, u := range users {
		for _, p := range c.s.lamps.of(u.ID) {
			all = append(all, leg{p, u})
		}
	}
	slices.SortStableFunc(all, func(a, b leg) int { return cmp.Compare(a.leg.Started.UnixNano(), b.leg.Started.UnixNano()) })
	for _, p := range all {
		if r := p.rings.Load(); r != nil && r.c.account == c.account && !c.inside(r.c) && r.claim() {
			return r, p.at
		}
	}
	return nil, nil
}

// inside tells whether c is o, or runs inside of it.
func (c *call) inside(o *call) bool {
	for ; c != nil; c = c.parent {
		if c == o {
			return true
		}
	}
	return false
}
