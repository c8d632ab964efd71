package session

import (
	"context"
	"fmt"

	"ringflow/endpoints"
	"ringflow/flow"
	"ringflow/sip"
)

// deviceRoutes are all devices of a user, in the order of their bindings: those
// that have fallen silent come last. All ring at once (see attempt).
func (c *call) deviceRoutes(u *endpoints.Endpoint, d flow.Dialling) ([]*route, error) {
	bindings := c.s.UA.Bindings(u.SipUserName)
	by := flow.Party{EndpointID: u.ID, Name: u.DisplayName, Address: u.SipUserName}
	var routes []*route
	for _, b := range bindings {
		name := u.DisplayName
		if len(bindings) > 1 {
			name = fmt.Sprintf("%s at %s", u.DisplayName, b.Source)
		}
		routes = append(routes, &route{name: name, by: by, offline: b.Offline, tries: []try{{
			name: name, to: u.SipUserName, endpointID: u.ID, source: b.Source.Addr(), place: c.placeDevice(b, d),
		}}})
	}
	if len(routes) == 0 {
		return nil, fmt.Errorf("%s has %w", u.DisplayName, errNoDevice)
	}
	return routes, nil
}

// placeDevice rings one device. A user of ours sees the caller's real number and name.
func (c *call) placeDevice(b sip.Binding, d flow.Dialling) func(context.Context, *party, func(int, bool)) (dialog, error) {
	from := c.shownInside()
	return func(ctx context.Context, p *party, progress func(int, bool)) (dialog, error) {
		a, err := p.open()
		if err != nil {
			return nil, err
		}
		heard := func(code int, early bool) {
			p.flicker()
			progress(code, early)
		}
		return asDialog(c.s.UA.Dial(ctx, sip.Dial{
			To: b.Contact, Binding: &b, From: from, MaxForwards: c.hops, Headers: d.Headers, Progress: heard, Tag: p, Begun: p.begun,
		}, a))
	}
}

// shownInside is how the caller shows to our own users: as it is, whatever the
// node wants the outside world to see.
func (c *call) shownInside() sip.Party {
	if c.shown != nil {
		return *c.shown
	}
	p := sip.Party{Name: c.session.FromName, User: c.session.FromAddress}
	if p.User == "" {
		p.User = "anonymous"
	}
	return p
}

// asDialog keeps a nil leg from becoming a dialog that is not nil.
func asDialog(l *sip.Leg, err error) (dialog, error) {
	if err != nil {
		return nil, err
	}
	return l, nil
}
