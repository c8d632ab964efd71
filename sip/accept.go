package sip

import (
	"context"
	"errors"
	"runtime"
	"time"

	"go.uber.org/zap"
)

// invite takes a first INVITE that passed every check: a leg, a transaction,
// and the goroutine that runs the call.
func (s *strand) invite(r *request, key string, who Caller) {
	c := s.core
	if c.draining.Load() {
		c.refuse(r, answer(503, "Retry-After", drainRetry))
		return
	}
	if c.ua.Handler == nil || c.stats.dialogs.Load() >= int64(or(c.ua.MaxDialogs, 10_000)) {
		c.stats.refuse(refusedOverload)
		c.refuse(r, answer(503, "Retry-After", "5"))
		return
	}
	rep := c.tooShort(r)
	var taken *replaces
	if rep == nil {
		taken, rep = r.replaces()
	}
	if rep != nil {
		c.refuse(r, rep)
		return
	}
	l := c.newLeg(s)
	tx := s.serve(r, key)
	tx.leg = l
	l.incoming, l.invited, l.offer = true, tx, r.sdp
	l.ends.Store(&legEnds{local: r.to.party(), remote: r.from.party()})
	d := &l.dialog
	d.localTag, d.remoteTag, d.remoteSeq, d.localSeq = tx.toTag, r.fromTag, r.cseq, 0
	d.localAddr, d.remoteAddr = untag(r.value("To")), untag(r.value("From"))
	d.setRoutes(r.Headers(), false)
	d.learn(r.Headers())
	d.target = r.from.uri // RFC 2543 knew INVITEs without Contact
	d.refresh(r.Headers())
	l.bind(hop{sock: r.src.sock, conn: r.src.conn, addr: r.src.addr})
	l.heardFrom = true
	l.name(d.remoteTag)
	l.timer.propose(l, r)

	in := &Invite{Leg: l, Caller: who, Source: r.src.addr, Transport: r.src.network(), Offer: r.sdp,
		To: r.to.party(), From: r.from.party(), header: map[string][]string{}, MaxForwards: 70, replaces: taken}
	uri := address{text: r.Recipient.String(), uri: r.Recipient}
	in.RequestURI = uri.party()
	if h := r.MaxForwards(); h != nil {
		in.MaxForwards = int(h.Val())
	}
	for _, h := range r.Headers() {
		if n := h.Name(); !machinery(n) {
			in.header[n] = append(in.header[n], h.Value())
		}
	}
	if !c.calls.run(func() { deepen(); l.call(in) }) {
		tx.respond(answer(503))
		l.finish(ErrClosed, false)
	}
}

// untag is a From or To value without its tag.
func untag(v string) string {
	a, err := parseAddress(v)
	if err != nil {
		return v
	}
	out := "<" + a.text + ">"
	if a.name != "" {
		out = a.name + " " + out
	}
	for _, p := range a.params {
		if p.name != "tag" {
			out += params{p}.String()
		}
	}
	return out
}

// machinery are the headers that are this package's own business: handlers do
// not see them and callers may not set them.
func machinery(name string) bool {
	switch name {
	case "Via", "From", "To", "Call-ID", "CSeq", "Contact", "Max-Forwards", "Route", "Record-Route", "Content-Length", "Content-Type",
		"Content-Encoding", "Authorization", "Proxy-Authorization", "WWW-Authenticate", "Proxy-Authenticate", "Session-Expires", "Min-SE",
		"RSeq", "RAck", "Require", "Supported", "Proxy-Require", "Allow", "Allow-Events", "Replaces", "Refer-To", "Refer-Sub", "Event",
		"Subscription-State":
		return true
	}
	return false
}

// deepen has this goroutine's stack grow once, while there is little on it to
// copy, to the size that a flow needs anyway. Growing step by step under a
// running flow costs 5 % of a call.
//
//go:noinline
func deepen() {
	var room [10 << 10]byte
	runtime.KeepAlive(&room)
}

// call is the call's goroutine: the handler's verdict ends the leg.
func (l *Leg) call(in *Invite) {
	err := in.resolve(l.ctx)
	if err == nil {
		err = l.handle(in)
	}
	var st *Status
	switch {
	case errors.As(err, &st):
	case err != nil && l.Code() == 0 && l.ctx.Err() == nil:
		l.core.log.Error("call handler failed", zap.String("callId", clip(l.callID)), zap.Error(err))
		st = &Status{Code: 500}
	case l.Code() == 0:
		st = &Status{Code: 480}
	}
	l.Hangup(context.Background(), st)
}

func (l *Leg) handle(in *Invite) (err error) {
	defer func() {
		if p := recover(); p != nil {
			l.core.stats.panics.Add(1)
			l.core.log.Error("panic in a call", zap.String("callId", clip(l.callID)), zap.Any("panic", p), zap.Stack("stack"))
			err = &Status{Code: 500}
		}
	}()
	return l.core.ua.Handler(l.ctx, in)
}

// media gives our SDP for the first INVITE: made once, then repeated, so that
// 183 and 200 agree (RFC 3261 13.2.1).
func (l *Leg) media() ([]byte, error) {
	if l.sdp != nil {
		return l.sdp, nil
	}
	if l.neg == nil {
		return nil, errors.New("sip: no media attached to the leg")
	}
	var err error
	if len(l.offer) > 0 {
		l.sdp, err = l.neg.Answer(l.offer)
	} else {
		l.sdp, err = l.neg.Offer()
	}
	return l.sdp, err
}

// Ring sends 180, or 183 with our SDP when early. A caller that asked for
// reliable provisional responses gets one (RFC 3262).
func (l *Leg) Ring(ctx context.Context, early bool) error {
	return l.run(ctx, func() error { return l.ring(early) })
}

func (l *Leg) ring(withMedia bool) error {
	if l.phase != early || l.invited == nil {
		if l.phase == over {
			return l.cause()
		}
		return errors.New("sip: nothing to ring for: the call is answered")
	}
	rep := answer(180)
	if withMedia && (len(l.offer) > 0 || l.canPRACK()) {
		sdp, err := l.media()
		if err != nil {
			return err
		}
		rep = &reply{code: 183, contentType: sdpType, body: sdp}
	}
	rep.headers = append(rep.headers, [2]string{"Contact", l.contact(l.way)}, [2]string{"Allow", allow}, [2]string{"Supported", extensions})
	l.progress(*rep)
	return nil
}

// ringEvery is how often ringing is told again: a proxy gives up a call of which it
// hears nothing for three minutes (RFC 3261 13.3.1.1, 16.6 timer C).
const ringEvery = time.Minute

// progress sends a provisional answer, reliably where that is asked for, and again
// each minute.
func (l *Leg) progress(rep reply) {
	once := rep
	once.headers = rep.headers[:len(rep.headers):len(rep.headers)]
	if l.mustPRACK() || rep.code == 183 && l.canPRACK() {
		l.ringReliably(&once)
		rep.body = nil // after its PRACK, SDP would be a new offer (RFC 3262 5)
	} else {
		l.invited.respond(&once)
	}
	if l.ringing != nil {
		l.ringing.Stop()
	}
	l.ringing = l.s.after(ringEvery, func() {
		if l.phase == early && l.invited != nil {
			l.progress(rep)
		}
	})
}

// Answer sends 200 and returns when its ACK is here, or the leg died.
func (l *Leg) Answer(ctx context.Context) error {
	if err := l.run(ctx, l.accept); err != nil {
		return err
	}
	select {
	case <-l.acked:
		return nil
	case <-l.ctx.Done():
		return l.cause()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// accept sends the 200 of the first INVITE. A second one changes nothing.
func (l *Leg) accept() error {
	switch l.phase {
	case over:
		return l.cause()
	case await, up:
		return nil
	}
	if l.invited == nil {
		return errors.New("sip: an outgoing call is answered by the far end")
	}
	if l.rel != nil {
		// SDP in an unacknowledged reliable answer comes first (RFC 3262 5).
		l.rel.then = func() {
			if err := l.accept(); err != nil {
				l.reject(statusOf(err, 500), err)
			}
		}
		return nil
	}
	sdp, err := l.media()
	if err != nil {
		return err
	}
	rep := &reply{code: 200, contentType: sdpType, body: sdp}
	if l.updates {
		rep.body = nil // what the UPDATE agreed stands
	}
	rep.headers = append(rep.headers, [2]string{"Contact", l.contact(l.way)}, [2]string{"Allow", allow}, [2]string{"Supported", extensions})
	rep.headers = append(rep.headers, l.timer.headers()...)
	tx := l.invited
	seq, back := tx.cseq, tx.req.back
	bytes := l.core.encode(tx.req, rep, tx.toTag)
	tx.respond(rep)
	l.invited = nil
	if l.ringing != nil {
		l.ringing.Stop()
	}
	l.code.Store(200)
	l.phase = await
	l.sent200 = l.retransmit(seq, back, bytes, len(l.offer) == 0, func(err error) {
		if err != nil {
			l.bye(nil, err)
			return
		}
		l.offer = nil
		l.phase = up
		l.timer.start(l)
		close(l.acked)
		if l.byeDue != nil {
			l.bye(l.byeDue, ErrHungUp)
		}
	})
	return nil
}

// leg finds the dialog of a request: To tag is ours, From tag theirs.
func (s *strand) leg(r *request) *Leg {
	for _, l := range s.legs {
		if l.localTag == r.toTag && (l.remoteTag == r.fromTag || l.remoteTag == "") {
			return l
		}
	}
	return nil
}

// heard notes where a request of the far end came from.
func (l *Leg) heard(r *request) {
	l.bind(r.src)
	l.heardFrom = true
}
