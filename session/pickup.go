package session

import (
	"context"
	"strings"

	"ringflow/endpoints"
	"ringflow/flow"
	"ringflow/sip"
)

// pickup answers a call that is for the account's pickupPrefix and a user's name: who calls
// gets what rings at that user's phones. It is taken before the caller's own flow. False: it
// is a call like any other.
func (s *Switchboard) pickup(ctx context.Context, in *sip.Invite) (bool, error) {
	u := s.directory().users[in.Caller.ID]
	if u == nil || in.Caller.Kind != sip.User {
		return false, nil
	}
	settings, err := s.cache.settingsOf(ctx, u.AccountID)
	if err != nil {
		return true, s.fault("read the settings of an account", err)
	}
	name, ok := strings.CutPrefix(in.RequestURI.User, settings.PickupPrefix)
	if !ok || settings.PickupPrefix == "" || name == "" {
		return false, nil
	}
	of := s.directory().names[u.AccountID+" "+strings.ToLower(name)]
	for _, p := range s.lamps.of(of) {
		if r := p.rings.Load(); r != nil && r.c.account == u.AccountID && r.claim() {
			return true, r.pickedUp(ctx, in, userTakes(u), p)
		}
	}
	return true, &sip.Status{Code: 480, Reason: "Nothing Rings There"}
}

// taker is who takes a call over, and what it counts against.
type taker struct {
	endpoint *endpoints.Endpoint
	by       flow.Party
	free     func()
}

func userTakes(u *endpoints.Endpoint) taker {
	return taker{u, flow.Party{EndpointID: u.ID, Name: u.DisplayName, Address: u.SipUserName}, func() {}}
}

// joins answers who takes a call over, and makes a party of the call of it.
func (c *call) joins(ctx context.Context, in *sip.Invite, k taker) (*party, error) {
	p := &party{s: c.s, journal: c.journal, source: in.Source.Addr(), leg: LegRecord{
		ID: in.Leg.ID(), Direction: Incoming, EndpointID: k.endpoint.ID, From: k.by.Address, To: in.RequestURI.User, SipCallID: in.Leg.CallID(), Started: now(),
	}}
	if k.endpoint.Trunk != nil {
		p.codecs = k.endpoint.Trunk.Codecs
	}
	p.up(in.Leg)
	_, err := p.open()
	if err == nil {
		err = in.Leg.Answer(ctx)
	}
	if err != nil {
		p.close(nil, err)
		k.free()
		return nil, err
	}
	p.answered()
	return p, nil
}

// pickedUp joins who picks up with the caller; the ringing is claimed for it.
func (r *ringing) pickedUp(ctx context.Context, in *sip.Invite, k taker, of *party) error {
	c := r.c
	p, err := c.joins(ctx, in, k)
	if err != nil {
		c.journal.say("%s wanted to pick up: %s", k.by.Name, failWords(err))
		r.unclaim()
		return err
	}
	c.journal.say("%s picks up the call that rings at %s", k.by.Name, of.who())
	r.deliver(news{route: &route{name: k.by.Name, by: k.by}, party: p, answered: true, picked: true, free: k.free})
	<-in.Leg.Context().Done()
	return nil
}

// deliver hands over who picked up; false: the caller has gone meanwhile, and so has he.
func (r *ringing) deliver(n news) bool {
	r.mu.Lock()
	over := r.ended
	if !over {
		r.news <- n // claim left room for it
	}
	r.mu.Unlock()
	if over {
		n.guest().end(nil)
	}
	return !over
}

// unclaim lets the others ring on after a pick-up that failed.
func (r *ringing) unclaim() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.exhausted {
		close(r.news)
		return
	}
	r.decided = false
}
