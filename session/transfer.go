package session

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"ringflow/endpoints"
	"ringflow/flow"
	"ringflow/media"
	"ringflow/sip"
)

// What a phone does with the call that it is in: REFER, blind and attended. The flow and
// the rights of its user decide. What it asks for runs on the REFER's goroutine, which
// owns the new party until it sits in the talk.

// byeTime is how long who has transferred a call may take to hang up himself, before we do.
const byeTime = 2 * time.Second

// move is a blind transfer that is under way. The talk's goroutine's.
type move struct {
	by     int // seat of the transferor
	cancel context.CancelCauseFunc
	stop   func() // of the ringing that the other one hears; nil: it hears the new party already
}

func (m *move) quiet() {
	if m.stop != nil {
		m.stop()
		m.stop = nil
	}
}

// end stops the transfer: why is told to the transferor.
func (m *move) end(why error) {
	m.quiet()
	m.cancel(why)
}

var (
	errNobody  = &sip.Status{Code: 603, Reason: "Nobody To Transfer"}
	errNoRight = &sip.Status{Code: 603, Reason: "Transfers Are Not Allowed"}
	errBusy    = &sip.Status{Code: 491, Reason: "A Transfer Is Under Way"}
)

// refer is a REFER from the party's phone; see sip.Leg.OnRefer.
func (p *party) refer(r *sip.Refer) {
	t := p.sits(r.Context())
	if t == nil {
		p.journal.say("%s asks for a transfer while nobody is there to be transferred: refused", p.who())
		r.Reject(errNobody) //nolint:errcheck // the REFER is answered or gone
		return
	}
	c := t.l.call
	x := &transfer{r: r, p: p, t: t, c: c, by: p.who()}
	if err := x.run(r.Context()); err != nil {
		c.journal.say("%s's transfer to %.64q fails: %s", x.by, r.To.User, failWords(err))
		code := sip.Status{Code: 503}
		if s := new(sip.Status); errors.As(err, &s) {
			code = *s
		}
		r.Reject(&code) //nolint:errcheck // unless it was accepted
		r.Notify(code.Code)
	}
}

// sits finds the talk of a party. Of one that has just answered it begins a moment later.
func (p *party) sits(ctx context.Context) *talk {
	for range 25 {
		if t := p.talk.Load(); t != nil {
			return t
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(20 * time.Millisecond):
		}
	}
	return nil
}

// transfer is what one REFER asks for.
type transfer struct {
	r  *sip.Refer
	p  *party // the transferor
	t  *talk
	c  *call
	by string // as the log names the transferor
}

func (x *transfer) run(ctx context.Context) error {
	e, err := x.c.s.cache.endpoint(ctx, x.p.leg.EndpointID)
	switch {
	case err != nil:
		return fmt.Errorf("%w: %w", errNoRight, err)
	case e.AccountID != x.c.account, e.Kind == endpoints.User && !x.c.settings.Transfers():
		return errNoRight
	case e.Kind == endpoints.SipTrunk && (!e.Trunk.AllowTransfers || !x.c.settings.Transfers()):
		return fmt.Errorf("%w: trunk %s", errNoRight, e.DisplayName)
	case e.Kind != endpoints.User && e.Kind != endpoints.SipTrunk:
		return errNoRight
	}
	x.by = e.DisplayName
	if x.r.Replaces != nil {
		return x.attended(ctx, e)
	}
	return x.blind(ctx, e)
}

// attended joins the two whom the transferor talks with, and ends both of his legs.
func (x *transfer) attended(ctx context.Context, e *endpoints.Endpoint) error {
	q, _ := x.r.Replaces.Tag().(*party)
	if q == nil || q.leg.EndpointID != e.ID {
		return &sip.Status{Code: 603, Reason: "That Call Is Another's"}
	}
	from := q.sits(ctx)
	if from == nil || from == x.t {
		return &sip.Status{Code: 603, Reason: "Nobody Is In That Call"}
	}
	if err := x.r.Accept(); err != nil {
		return nil //nolint:nilerr // nobody waits for it any more
	}
	var g *guest
	err := from.do(ctx, func() error {
		side, here := from.side(q)
		if !here || from.move != nil || len(from.more) > 0 {
			return errBusy
		}
		if g = from.give(1 - side); g == nil {
			return errTalkOver
		}
		return nil
	})
	if err != nil {
		return overWords(err)
	}
	from.l.journal.say("Transferred by %s: %s goes on in session %s", x.by, g.name, x.c.id)
	old, err := x.seat(ctx, g)
	if err != nil {
		g.bye(nil)
		return overWords(err)
	}
	x.c.journal.say("Transferred by %s to %s, who comes from session %s", x.by, g.name, from.l.call.id)
	x.done(ctx, old)
	q.hangup(sip.ErrHungUp, nil)
	return nil
}

// seat puts g in the transferor's place.
func (x *transfer) seat(ctx context.Context, g *guest) (old *guest, err error) {
	err = x.t.do(ctx, func() error {
		side, here := x.t.side(x.p)
		if !here || x.t.move != nil {
			return errBusy
		}
		if old = x.t.seat(side, g); old == nil {
			return errTalkOver
		}
		return nil
	})
	return old, err
}

// done tells the transferor that all is well, and ends his leg when he doesn't.
func (x *transfer) done(ctx context.Context, old *guest) {
	x.r.Notify(200)
	wait := time.NewTimer(byeTime)
	defer wait.Stop()
	select {
	case <-old.dialog.Context().Done():
	case <-wait.C:
	case <-ctx.Done():
	case <-x.c.s.ctx.Done():
	}
	old.bye(nil)
}

// overWords is an error of a talk that is over, as a status.
func overWords(err error) error {
	if errors.Is(err, errTalkOver) {
		return &sip.Status{Code: 480, Reason: "The Other Call Is Over"}
	}
	return err
}

// blind runs the target as if the transferor had dialled it, with who is transferred on the
// line; that one hears it ring.
func (x *transfer) blind(ctx context.Context, e *endpoints.Endpoint) error {
	own, err := x.destined(ctx, e)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var moved *guest
	if err := x.t.do(ctx, func() (err error) { moved, err = x.t.begin(x.p, cancel); return err }); err != nil {
		return overWords(err)
	}
	if err := x.r.Accept(); err != nil {
		x.t.do(ctx, x.t.reunite) //nolint:errcheck // they talk on, or have gone
		return nil
	}
	x.c.journal.say("%s transfers %s to %.64q", x.by, moved.name, own.destination)
	g, err := x.place(ctx, own, moved)
	if err == nil {
		var old *guest
		err = x.t.do(ctx, func() error {
			side := x.t.move.by
			x.t.move.quiet()
			x.t.move = nil
			old = x.t.seat(side, g)
			return nil
		})
		if err == nil {
			x.c.journal.say("Transferred by %s to %s", x.by, g.name)
			x.done(ctx, old)
			return nil
		}
		g.end(nil)
	}
	if ctx.Err() != nil {
		err = &sip.Status{Code: 487}
	}
	x.t.do(ctx, x.t.reunite) //nolint:errcheck // they talk on, or have gone
	return err
}

// begin parts the two for a transfer by p. It returns who is transferred.
func (t *talk) begin(p *party, cancel context.CancelCauseFunc) (*guest, error) {
	side, here := t.side(p)
	switch {
	case !here:
		return nil, errTalkOver
	case t.move != nil, len(t.more) > 0:
		return nil, errBusy
	case side == nearSeat && !t.replaced && !t.l.loose():
		return nil, errTalkOver
	}
	t.separate()
	other := t.seats[1-side]
	t.move = &move{by: side, cancel: cancel}
	t.move.stop = t.play(other.party, media.Ringback(t.l.call.settings.DefaultCountry))
	return other, nil
}

// play plays to one of the two until stopped.
func (t *talk) play(p *party, s media.Source) (stop func()) {
	ctx, cancel := context.WithCancel(t.ctx)
	over := make(chan struct{})
	go func() {
		defer close(over)
		p.audio.Play(ctx, s) //nolint:errcheck // until it is stopped
	}()
	return func() { cancel(); <-over }
}

// reunite gives the two back to each other: the transfer has failed. Of a transferor who
// has hung up meanwhile the talk hears next.
func (t *talk) reunite() error {
	m := t.move
	if m == nil {
		return nil
	}
	m.quiet()
	t.move = nil
	t.l.journal.say("The transfer has failed: %s and %s are together again", t.seats[0].name, t.seats[1].name)
	t.meet()
	return nil
}

// destined is the session that a transfer leads to.
func (x *transfer) destined(ctx context.Context, e *endpoints.Endpoint) (spec, error) {
	c, to := x.c, x.r.To.User
	if to == "" {
		return spec{}, &sip.Status{Code: 404}
	}
	own := spec{
		parent: c, hops: max(c.hops-1, min(c.hops, 1)), direction: Incoming, endpoint: e, caller: e, settings: c.settings, account: c.account,
		from: flow.Party{EndpointID: e.ID, Name: e.DisplayName, Address: e.SipUserName}, to: to, destination: to,
	}
	e164, err := c.s.cache.parse(to, c.settings.DefaultCountry)
	if err == nil {
		own.to = e164
	}
	if e.Kind == endpoints.SipTrunk { // it reaches our numbers, as by a call, and nobody else
		if err != nil {
			return spec{}, &sip.Status{Code: 404}
		}
		if own.endpoint, err = c.s.cache.number(ctx, e164); err != nil || own.endpoint.AccountID != c.account {
			return spec{}, &sip.Status{Code: 404}
		}
		own.caller, own.from = nil, flow.Party{Address: x.p.who()}
	}
	c.s.runs(ctx, &own, own.endpoint)
	return own, nil
}

// place starts that session and waits until it answers. Who is transferred hears the
// sound that comes before.
func (x *transfer) place(ctx context.Context, own spec, moved *guest) (*guest, error) {
	c := x.c
	p := c.newParty(try{name: own.destination, to: own.to})
	progress := func(code int, early bool) {
		x.r.Notify(code)
		if early {
			x.t.do(ctx, func() error { //nolint:errcheck // it is over then
				if x.t.move != nil {
					x.t.move.quiet()
					x.t.end()
					x.t.connect(moved.party, p)
				}
				return nil
			})
		}
	}
	own.shown = &sip.Party{Name: moved.by.Name, User: moved.by.Address}
	d, err := c.placeInside(ctx, own, p, progress)
	if err != nil {
		p.close(nil, err)
		return nil, err
	}
	p.up(d)
	p.answered()
	g := &guest{party: p, name: fmt.Sprintf("%.64s", own.destination), by: flow.Party{Address: own.to}}
	dir := c.s.directory()
	if u := dir.users[dir.names[c.account+" "+strings.ToLower(own.destination)]]; u != nil {
		g.by.Name = u.DisplayName
	}
	return g, nil
}
