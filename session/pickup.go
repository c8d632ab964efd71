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
			return true, r.pickedUp(ctx, in, u, p)
		}
	}
	return true, &sip.Status{Code: 480, Reason: "Nothing Rings There"}
}

// pickedUp joins who picks up with the caller; the ringing is claimed for it.
func (r *ringing) pickedUp(ctx context.Context, in *sip.Invite, u *endpoints.Endpoint, of *party) error {
	c := r.c
	p := &party{s: c.s, journal: c.journal, source: in.Source.Addr(), leg: LegRecord{
		ID: in.Leg.ID(), Direction: Incoming, EndpointID: u.ID, From: u.SipUserName, To: in.RequestURI.User, SipCallID: in.Leg.CallID(), Started: now(),
	}}
	p.up(in.Leg)
	_, err := p.open()
	if err == nil {
		err = in.Leg.Answer(ctx)
	}
	if err != nil {
		c.journal.say("%s wanted to pick up: %s", u.DisplayName, failWords(err))
		p.close(nil, err)
		r.unclaim()
		return err
	}
	p.answered()
	c.journal.say("%s picks up the call that rings at %s", u.DisplayName, of.who())
	by := flow.Party{EndpointID: u.ID, Name: u.DisplayName, Address: u.SipUserName}
	r.deliver(news{route: &route{name: u.DisplayName, by: by}, party: p, answered: true, free: func() {}})
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
