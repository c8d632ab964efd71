package session

import (
	"context"
	"fmt"
	"time"

	"ringflow/endpoints"
	"ringflow/flow"
	"ringflow/sip"
)

// maxDepth is how many sessions may be inside of each other: numbers that
// forward to each other must not fill the house.
const maxDepth = 20

// maxKin is how many sessions inside one call from outside may lead to, all in
// all: numbers that each ring two others could else be a million at that depth.
const maxKin = 500

// childRoute leads to an endpoint whose own flow answers: a number that this
// server owns, or a user in mode Flow. It never leaves the house.
func (c *call) childRoute(e *endpoints.Endpoint, d flow.Dialling) *route {
	address := e.Number
	if address == "" {
		address = e.SipUserName
	}
	by := flow.Party{EndpointID: e.ID, Name: e.DisplayName, Address: address}
	name := e.DisplayName
	if e.Number != "" && e.Number != e.DisplayName {
		name = e.DisplayName + " (" + e.Number + ")"
	}
	return &route{name: name, by: by, tries: []try{{
		name: name, to: address, endpointID: e.ID,
		place: func(ctx context.Context, p *party, progress func(int, bool)) (dialog, error) {
			return c.placeChild(ctx, e, d, p, progress)
		},
	}}}
}

// placeChild starts the child session and waits until its flow answers.
func (c *call) placeChild(ctx context.Context, e *endpoints.Endpoint, d flow.Dialling, p *party, progress func(int, bool)) (dialog, error) {
	settings, err := c.s.cache.settingsOf(ctx, e.AccountID)
	if err != nil {
		return nil, err
	}
	shown := c.shownInside()
	if e.AccountID != c.account { // to another account we are the outside world
		number, err := c.callerID(ctx, d.CallerID)
		if err != nil {
			return nil, words(err)
		}
		shown = sip.Party{Name: d.CallerName, User: number}
	}
	own := spec{
		parent: c, hops: max(c.hops-1, min(c.hops, 1)), direction: Incoming, endpoint: e, settings: settings, account: e.AccountID,
		from: flow.Party{Name: shown.Name, Address: shown.User}, to: p.leg.To, destination: p.leg.To,
		header: headerMap(d.Headers), forwardedFrom: c.session.ForwardedFrom, caller: c.caller,
	}
	c.s.runs(ctx, &own, e)
	return c.placeInside(ctx, own, p, progress)
}

// placeInside starts a session whose caller is p, and waits until its flow answers.
func (c *call) placeInside(ctx context.Context, own spec, p *party, progress func(int, bool)) (dialog, error) {
	if c.depth+1 >= maxDepth {
		return nil, &sip.Status{Code: 482, Reason: "Too many sessions inside of each other"}
	}
	if c.kin.Add(1) > maxKin {
		return nil, &sip.Status{Code: 482, Reason: fmt.Sprintf("%d sessions inside because of one call", maxKin)}
	}
	if err := c.s.admit(true); err != nil {
		return nil, full(jitter())
	}
	a, err := p.open()
	if err != nil {
		c.s.discharge()
		return nil, err
	}
	calling, called := newInside(c.s.ctx, a, c.s.Media, progress)
	own.sipCallID = called.callID
	child := c.s.newCall(ctx, own)
	c.journal.say("%s runs inside as session %s", own.endpoint.DisplayName, child.id)
	c.s.wg.Go(func() { child.runInside(called, own.unrunnable) })
	if err := calling.wait(ctx); err != nil {
		return nil, err
	}
	return calling, nil
}

// runInside is the child's life: that of an incoming call, without a leg of SIP.
func (c *call) runInside(d *inside, why error) {
	l := &line{call: c, party: &party{s: c.s, journal: c.journal, leg: LegRecord{
		ID: d.id, Direction: Incoming, From: c.session.FromAddress, To: c.session.ToAddress, SipCallID: d.callID, Started: c.session.Started,
	}}}
	l.up(d)
	c.s.open(c)
	var res flow.Result
	defer func() { c.finish(l, res) }()
	c.journal.say("Call from inside, from %s to %s; session %s dialled it", partyWords(flow.Party{Name: c.session.FromName, Address: c.session.FromAddress}),
		c.session.ToAddress, c.parent.id)
	if why != nil {
		c.journal.say("Refused with 480: %s", why)
		l.status = refusal("Unavailable")
		return
	}
	l.ring(c.ctx)
	res = c.run(l)
}

func headerMap(h [][2]string) map[string]string {
	if len(h) == 0 {
		return nil
	}
	m := make(map[string]string, len(h))
	for _, kv := range h {
		m[kv[0]] = kv[1]
	}
	return m
}

func now() time.Time { return time.Now().UTC() }
