package session

import (
	"context"
	"errors"

	"go.uber.org/zap"

	"ringflow/endpoints"
	"ringflow/flow"
	"ringflow/sip"
)

var (
	errNoSuchCall  = &sip.Status{Code: 481}
	errNotAllowed  = &sip.Status{Code: 403, Reason: "Not Allowed To Take That Call"}
	errTrunkIsFull = &sip.Status{Code: 503}
)

// replace answers an INVITE with Replaces (RFC 3891): who calls wants the place of a leg
// that we have with somebody else. No flow runs for it. A call that rings is picked up; in
// one that is up, who calls is seated in the place of that leg, which is hung up.
func (s *Switchboard) replace(ctx context.Context, in *sip.Invite) error {
	q, _ := in.Replaces.Tag().(*party)
	if q == nil {
		return errNoSuchCall
	}
	k, err := s.taker(ctx, in)
	if err != nil {
		return err
	}
	if in.Replaces.Ringing() {
		r := q.rings.Load()
		switch {
		case r != nil && r.c.account != k.endpoint.AccountID:
			err = errNotAllowed
		case r == nil || !r.claim():
			err = errNoSuchCall
		default:
			return r.pickedUp(ctx, in, k, q)
		}
		k.free()
		return err
	}
	t := q.sits(ctx)
	switch {
	case t == nil:
		err = errNoSuchCall
	case t.l.call.account != k.endpoint.AccountID || !t.l.call.settings.Transfers():
		err = errNotAllowed
	default:
		return t.takenOver(ctx, in, k, q)
	}
	k.free()
	return err
}

// taker is who calls, if he may take calls over at all: a user, or a trunk that may transfer.
func (s *Switchboard) taker(ctx context.Context, in *sip.Invite) (taker, error) {
	e, err := s.cache.endpoint(ctx, in.Caller.ID)
	if err != nil {
		return taker{}, s.fault("read who takes a call over", err)
	}
	if in.Caller.Kind == sip.User && e.Kind == endpoints.User {
		return userTakes(e), nil
	}
	settings, err := s.cache.settingsOf(ctx, e.AccountID)
	if err != nil {
		return taker{}, s.fault("read the settings of an account", err)
	}
	if e.Kind != endpoints.SipTrunk || !e.Trunk.AllowTransfers || !settings.Transfers() {
		s.log().Info("an INVITE with Replaces is refused: the trunk may not transfer (allowTransfers)", zap.String("trunk", e.DisplayName), zap.String("callId", in.Leg.CallID()))
		return taker{}, errNotAllowed
	}
	free, ok := s.trunks.take(e.ID, e.Trunk.MaxCalls)
	if !ok {
		return taker{}, errTrunkIsFull
	}
	by := s.numberParty(in, settings.DefaultCountry)
	if by.Name == "" {
		by.Name = by.Address
	}
	return taker{e, flow.Party{Name: by.Name, Address: by.Address}, free}, nil
}

// takenOver seats who calls in the place of q.
func (t *talk) takenOver(ctx context.Context, in *sip.Invite, k taker, q *party) error {
	c := t.l.call
	if err := t.do(ctx, func() error { _, err := t.place(q); return err }); err != nil {
		k.free()
		return errNoSuchCall
	}
	p, err := c.joins(ctx, in, k)
	if err != nil {
		c.journal.say("%s wanted to take the place of %s: %s", k.by.Name, q.who(), failWords(err))
		return err
	}
	g := &guest{party: p, name: k.by.Name, by: k.by, free: k.free}
	var old *guest
	err = t.do(ctx, func() error {
		side, err := t.place(q)
		if err == nil && side == nearSeat && !t.replaced && !t.l.loose() {
			err = errTalkOver
		}
		if err == nil {
			old = t.seat(side, g)
		}
		return err
	})
	if err != nil { // it ended while who calls was answered
		c.journal.say("%s was too late to take the place of %s: %s", k.by.Name, q.who(), err)
		g.bye(nil)
		return nil
	}
	c.journal.say("%s takes the place of %s", k.by.Name, q.who())
	if old != nil {
		old.bye(nil)
	}
	<-in.Leg.Context().Done()
	return nil
}

var errMoving = errors.New("a transfer is under way")

// place is the seat of p, if it can be another's.
func (t *talk) place(p *party) (side int, err error) {
	side, here := t.side(p)
	switch {
	case !here:
		return 0, errTalkOver
	case t.move != nil:
		return 0, errMoving
	}
	return side, nil
}
