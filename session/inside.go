package session

import (
	"bytes"
	"context"
	"net/netip"
	"sync"

	"ringflow/endpoints"
	"ringflow/media"
	"ringflow/sip"
)

// inside is one end of a call that never leaves the house: from a flow to
// another endpoint's flow. It has a leg's verbs, so that neither the flow, the
// dialling nor the bridge know the difference; the sound goes from port to
// port over the loopback.
type inside struct {
	id       string
	callID   string
	incoming bool // the called end
	other    *inside
	pair     *insidePair
	ctx      context.Context
	cancel   context.CancelCauseFunc
	media    sip.Negotiator
}

// insidePair is what both ends share.
type insidePair struct {
	mu       sync.Mutex
	progress func(code int, early bool)
	joined   bool // the answer of the called end has been accepted
	code     int  // final code; 0: none yet
	answered chan struct{}
	localise func(sdp []byte) []byte
}

// newInside makes both ends of a call inside. n is the calling end's audio. Both
// may outlive the call that made them, as a leg of SIP does: ctx is all calls'.
func newInside(ctx context.Context, n sip.Negotiator, e *media.Engine, progress func(int, bool)) (calling, called *inside) {
	p := &insidePair{progress: progress, answered: make(chan struct{}), localise: localise(e)}
	callID := endpoints.NewID() + "@inside"
	calling = &inside{id: endpoints.NewID(), callID: callID, pair: p, media: n}
	called = &inside{id: endpoints.NewID(), callID: callID, pair: p, incoming: true}
	calling.other, called.other = called, calling
	calling.ctx, calling.cancel = context.WithCancelCause(ctx)
	called.ctx, called.cancel = context.WithCancelCause(ctx)
	return calling, called
}

func (d *inside) ID() string                  { return d.id }
func (d *inside) CallID() string              { return d.callID }
func (d *inside) Incoming() bool              { return d.incoming }
func (d *inside) Context() context.Context    { return d.ctx }
func (d *inside) Attach(n sip.Negotiator)     { d.media = n }
func (d *inside) OnInfo(func(string, []byte)) {}
func (d *inside) Code() int                   { d.pair.mu.Lock(); defer d.pair.mu.Unlock(); return d.pair.code }
func (d *inside) Ring(_ context.Context, early bool) error {
	if early {
		if err := d.join(); err != nil {
			return err
		}
	}
	code := 180
	if early {
		code = 183
	}
	d.pair.progress(code, early)
	return nil
}

// Answer connects the called end to the calling end.
func (d *inside) Answer(context.Context) error {
	if err := context.Cause(d.ctx); err != nil {
		return err
	}
	if err := d.join(); err != nil {
		return err
	}
	p := d.pair
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.code == 0 {
		p.code = 200
		close(p.answered)
	}
	return nil
}

// join takes the calling end's offer to the called end, and the answer back.
func (d *inside) join() error {
	p := d.pair
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.joined {
		return nil
	}
	offer, err := d.other.media.Offer()
	if err != nil {
		return err
	}
	answer, err := d.media.Answer(p.localise(offer))
	if err != nil {
		return err
	}
	if err := d.other.media.Accept(p.localise(answer)); err != nil {
		return err
	}
	p.joined = true
	return nil
}

// Hangup ends both ends, each with its own cause.
func (d *inside) Hangup(_ context.Context, s *sip.Status) error {
	p := d.pair
	p.mu.Lock()
	was := p.code
	if was == 0 {
		p.code = 487
		if d.incoming && s != nil && s.Code >= 300 {
			p.code = s.Code
		} else if d.incoming {
			p.code = 480
		}
	}
	code := p.code
	p.mu.Unlock()
	d.cancel(sip.ErrHungUp)
	switch {
	case was == 200:
		d.other.cancel(sip.ErrRemoteBye)
	case d.incoming && s != nil:
		d.other.cancel(&sip.Status{Code: code, Reason: s.Reason})
	case d.incoming:
		d.other.cancel(&sip.Status{Code: code})
	default:
		d.other.cancel(sip.ErrRemoteCancel)
	}
	return nil
}

// wait returns when the called end has answered, or why it didn't. The ring
// ends with ctx.
func (d *inside) wait(ctx context.Context) error {
	select {
	case <-d.pair.answered:
		return nil
	case <-d.ctx.Done():
	case <-ctx.Done():
		d.Hangup(ctx, nil) //nolint:errcheck // an inside hang-up can't fail
		select {
		case <-d.pair.answered: // it answered in the same moment
		default:
		}
		return context.Cause(ctx)
	}
	return context.Cause(d.ctx)
}

// localise replaces the advertised address in an SDP by the one our sockets
// are bound to: a router need not send our own packets back to us.
func localise(e *media.Engine) func([]byte) []byte {
	listen := e.Listen
	if !listen.IsValid() {
		listen = netip.AddrFrom4([4]byte{127, 0, 0, 1})
	}
	if listen.IsUnspecified() {
		listen = netip.AddrFrom4([4]byte{127, 0, 0, 1})
		if e.Listen.Is6() && !e.Listen.Is4In6() {
			listen = netip.IPv6Loopback()
		}
	}
	advertised := e.Advertise
	if !advertised.IsValid() {
		advertised = e.Listen
	}
	if !advertised.IsValid() || advertised == listen {
		return func(sdp []byte) []byte { return sdp }
	}
	family := func(a netip.Addr) string {
		if a.Is4() {
			return "IP4 "
		}
		return "IP6 "
	}
	from, to := []byte(family(advertised)+advertised.String()+"\r\n"), []byte(family(listen)+listen.String()+"\r\n")
	return func(sdp []byte) []byte { return bytes.ReplaceAll(sdp, from, to) }
}
