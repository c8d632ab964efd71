package sip

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	msg "github.com/emiago/sipgo/sip"
)

// Dial says whom to call and how.
type Dial struct {
	To          string                     // Request-URI
	Binding     *Binding                   // a registered device: its source or connection, and Path
	Trunk       string                     // id of a trunk set by SetTrunks; empty: none
	From        Party                      // Host empty: ours
	PAI         *Party                     // P-Asserted-Identity; nil: none
	Headers     [][2]string                // more headers; sanitised here, our own machinery's names are refused
	MaxForwards int                        // 0: 70. Of a call that goes on: one less than it came with
	Hurry       bool                       // the caller has another way to go: 408 after 4 s in which nobody answered at all
	Progress    func(code int, early bool) // each 1xx but 100; on the strand, must not block
	Replaces    *Leg                       // take the place of this leg at its far end (RFC 3891), which must know how
	Tag         any                        // the leg's Tag from its beginning: what Invite.Replaces leads back to
	// Begun is told of the leg before its INVITE leaves, on Dial's goroutine: for its
	// Dialog and OnRefer. Until it is answered, its Hangup and the end of Dial's ctx do the same.
	Begun func(*Leg)
}

// Dial places a call and returns when it is answered and acknowledged.
//
// A refusal is a *Status. When ctx ends first, the INVITE is cancelled, and if
// context.Cause(ctx) is a *Status, its Cause is the CANCEL's Reason. n is the
// caller's until Dial succeeds; then the leg closes it.
func (ua *UA) Dial(ctx context.Context, d Dial, n Negotiator) (*Leg, error) {
	return ua.start().dial(ctx, d, n)
}

func (c *core) dial(ctx context.Context, d Dial, n Negotiator) (*Leg, error) {
	if c.closing() {
		return nil, ErrClosed
	}
	if c.stats.dialogs.Load() >= int64(or(c.ua.MaxDialogs, 10_000)) {
		return nil, &Status{Code: 503, Reason: "Too many calls"}
	}
	var uri msg.Uri
	if err := parseURI(d.To, &uri); err != nil {
		return nil, fmt.Errorf("sip: dial %q: want a SIP URI such as sip:alice@example.com", clip(d.To))
	}
	for _, h := range d.Headers {
		if !token(h[0]) || machinery(canonical(h[0])) {
			return nil, fmt.Errorf("sip: dial: header %q may not be set", clip(h[0]))
		}
	}
	for _, p := range []*Party{&d.From, d.PAI} {
		if p != nil && hostText(p.Host) != p.Host {
			return nil, fmt.Errorf("sip: dial: %q is no host for From or P-Asserted-Identity", clip(p.Host))
		}
	}
	if l := d.Replaces; l != nil && l.Dialog().RemoteTag == "" {
		return nil, errors.New("sip: dial: the leg to be replaced has no far end yet")
	}
	var out *outbound
	if d.Trunk != "" {
		var err error
		if out, err = c.access.outbound(d.Trunk); err != nil {
			return nil, err
		}
	}
	a := &dialing{core: c, d: d, uri: uri, result: make(chan error, 1)}
	err := a.run(ctx, n, out)
	if err != nil {
		return nil, err
	}
	return a.leg, nil
}

// targets is where the INVITE may go, best first: the device's own way, the
// trunk's hosts, or what the URI says.
func (d *dialing) targets(ctx context.Context, out *outbound) ([]target, error) {
	if b := d.d.Binding; b != nil {
		return []target{{Network: strings.ToUpper(b.Transport), Addr: b.Source}}, nil
	}
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	var list []target
	var err error
	if out != nil {
		list, err = d.core.access.targets(ctx, &out.URI, out.Network)
	} else {
		list, err = d.core.resolve(ctx, &d.uri)
	}
	if err != nil {
		return nil, transportError(err)
	}
	if len(list) == 0 {
		return nil, transportError(errors.New("no address for " + d.uri.Host))
	}
	return list, nil
}

// run places the INVITE at one target after the other until one of them gives
// an answer that is its own (RFC 3263 4.3). It runs on the caller's goroutine.
func (d *dialing) run(ctx context.Context, n Negotiator, out *outbound) error {
	c := d.core
	callID := randomHex(16) + "@" + or(c.ua.Advertise, "ringflow")
	prepare := func(s *strand) {
		l := c.newLeg(s)
		l.out, l.neg = out, n
		l.ends.Store(&legEnds{local: d.d.From}) // whole once it is known where the INVITE goes
		l.localTag = newTag()
		l.name("")
		if d.d.Tag != nil {
			l.SetTag(d.d.Tag)
		}
		d.leg, d.s = l, s
		s.dials = append(s.dials, d)
	}
	ready := make(chan struct{})
	if !c.deliver(callID, func() { prepare(c.strands.get(c, callID)); close(ready) }) {
		if out != nil && out.done != nil {
			out.done()
		}
		return ErrClosed
	}
	select {
	case <-ready:
	case <-c.dead:
		return ErrClosed
	}
	if d.d.Begun != nil {
		d.d.Begun(d.leg)
	}
	list, err := d.targets(ctx, out)
	list = c.resting.order(list)
	for i, t := range list {
		if err = context.Cause(ctx); err != nil {
			break
		}
		var h hop
		if h, err = c.connect(ctx, t); err == nil {
			size := 1000 // with a usual SDP
			for _, x := range d.d.Headers {
				size += len(x[0]) + len(x[1]) + 4
			}
			if d.d.Binding == nil {
				h = c.roomy(ctx, h, size)
			}
			err = d.attempt(ctx, h, d.d.Hurry || i+1 < len(list))
		}
		if ctx.Err() == nil && !errors.Is(err, ErrHungUp) {
			c.resting.heard(t, err)
		}
		if err == nil {
			return nil
		}
		if ctx.Err() != nil || !moveOn(err) {
			break
		}
	}
	if out != nil && out.heard != nil && errors.Is(err, ErrTransport) {
		out.heard(0, err)
	}
	// Whatever went wrong, nothing of the strand touches n after this.
	d.s.do(context.Background(), func() { d.giveUp(err, n) })
	return err
}

// moveOn tells whether another target may do better: this one is not there,
// or says that it cannot now.
func moveOn(err error) bool {
	if errors.Is(err, ErrClosed) {
		return false
	}
	if st, ok := asStatus(err); ok {
		return st.Code == 503 || noAnswer(st)
	}
	return errors.Is(err, ErrTransport)
}

// noAnswer tells a 408 of our own timer from one of the far end.
func noAnswer(st *Status) bool {
	return st.Code == 408 && strings.HasPrefix(st.Reason, "No answer from ")
}

// attempt sends the INVITE by h and waits for its end.
func (d *dialing) attempt(ctx context.Context, h hop, more bool) error {
	patience := lifetime
	switch {
	case more:
		patience = 4 * time.Second // with others to try, four INVITEs unheard are enough
	case d.d.Trunk != "":
		patience = 8 * time.Second // a carrier that says nothing to five is not there, and a caller waits in silence
	}
	var err error
	if e := d.s.do(ctx, func() { err = d.invite(h, patience) }); e != nil {
		return e
	}
	if err != nil {
		return err
	}
	select {
	case err := <-d.result:
		return err
	case <-ctx.Done():
		cause := context.Cause(ctx)
		d.s.do(context.Background(), func() { d.cancel(cause) })
		return cause
	case <-d.core.dead:
		return ErrClosed
	}
}

// requestURI is what the far end knows itself by: a device its Contact.
func (d *dialing) requestURI() msg.Uri {
	u := d.uri
	if b := d.d.Binding; b != nil && b.Contact != "" {
		var c msg.Uri
		// Not as an address: what follows a ";" is the URI's own, and phones look for it.
		if err := parseURI(b.Contact, &c); err == nil {
			c.Headers = nil // never copied into our request (RFC 3261 19.1.5)
			return c
		}
	}
	u.Headers = nil
	return u
}

// hostFor is the host of our From: the party's, the trunk's, or our own.
func (d *dialing) from(h hop) Party {
	p := d.d.From
	if p.Host == "" && p.URI == "" {
		host, port := h.self(d.core)
		if a, err := netip.ParseAddr(host); err == nil && a.Is6() {
			host = "[" + host + "]"
		}
		if port != 5060 {
			host += ":" + itoa(port)
		}
		p.Host = host
	}
	return p
}
