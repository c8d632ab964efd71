package sip

import (
	msg "github.com/emiago/sipgo/sip"
)

// dismiss ends a dialog that nobody wants.
func (d *dialing) dismiss(f *fork) {
	h, ok := f.direct(d.core)
	if !ok {
		h = f.ackBy
	}
	var send func(auth [][2]string, more int)
	send = func(auth [][2]string, more int) {
		req := f.request(msg.BYE, 0)
		if auth == nil {
			auth = d.leg.preempt(req, h)
		}
		with(req, auth)
		req.SetBody(nil)
		var tx *clientTx
		tx = d.s.send(req, h, 0, func(r *response) {
			if auth, ok := d.leg.authorize(tx.req, r, h); ok && more > 0 {
				send(auth, more-1)
			}
		}, func(error) {})
	}
	send(nil, maxChallenges)
}

// giveUp ends the attempt for good: from now on nothing touches n, whatever
// still comes for the INVITE is answered as it must be. On the strand.
func (d *dialing) giveUp(err error, n Negotiator) {
	if d.over {
		return
	}
	d.over = true
	l := d.leg
	if n != nil || l.phase == early {
		l.neg = nil // the caller's, since Dial fails
	}
	switch {
	case l.phase == up:
		l.bye(nil, err)
	case l.phase == early:
		pending := d.tx != nil && d.tx.code < 200
		if pending && !d.cancelled {
			d.cancel(err)
		}
		l.finish(err, false)
		if !pending {
			d.forget()
		}
	}
	select {
	case d.result <- ErrClosed:
	default:
	}
}

// withdraw ends a call of ours that is not answered yet: its Dial returns ErrHungUp.
func (l *Leg) withdraw(s *Status) {
	for _, d := range l.s.dials {
		if d.leg == l && !d.over {
			if s != nil {
				d.cancel(s) // for its Reason
			}
			d.end(ErrHungUp)
			return
		}
	}
}

// abandon leaves an INVITE that is given up, because nothing came or its
// connection went, to itself: for 32 s more a 1xx gets CANCEL, and a 2xx ACK and
// BYE, while the call is tried elsewhere or is over.
func (d *dialing) abandon() {
	tx := d.tx
	if tx.patience >= lifetime && !tx.to.reliable() {
		return // timer B has run out: who still answers hears nothing (RFC 3261 17.1.1.2)
	}
	ghost := &Leg{core: d.core, s: d.s, phase: over, dialog: d.leg.dialog}
	ghost.trunkAt = d.leg.trunkAt
	if d.leg.out != nil {
		ghost.out = &outbound{authorize: d.leg.out.authorize, again: d.leg.out.again}
	}
	g := &dialing{core: d.core, s: d.s, leg: ghost, tx: tx, seq: d.seq, auth: d.auth, forks: d.forks, over: true, cancelled: true}
	d.tx, d.forks = nil, nil
	d.s.dials = append(d.s.dials, g)
	tx.linger(g.heard, func(error) { g.forget() })
}

// cancel withdraws the INVITE: at once if something was heard, else with the
// first 1xx (RFC 3261 9.1).
func (d *dialing) cancel(cause error) {
	if d.cancelled || d.tx == nil || d.tx.code >= 200 {
		return
	}
	d.cancelled = true
	if st, ok := asStatus(cause); ok {
		d.reason = clean(st.Cause)
	}
	if d.tx.code >= 100 {
		d.sendCancel()
	}
}

func (d *dialing) sendCancel() {
	if d.sentCancel {
		return
	}
	d.sentCancel = true
	inv := d.tx.req
	req := msg.NewRequest(msg.CANCEL, inv.Recipient)
	for _, h := range inv.Headers() {
		switch h.Name() {
		case "Via", "Route", "From", "To", "Call-ID", "Max-Forwards":
			req.AppendHeader(h)
		}
	}
	req.AppendHeader(msg.NewHeader("CSeq", itoa(int(d.seq))+" CANCEL"))
	if d.reason != "" {
		req.AppendHeader(msg.NewHeader("Reason", d.reason))
	}
	if ua := d.core.ua.UserAgent; ua != "" {
		req.AppendHeader(msg.NewHeader("User-Agent", clean(ua)))
	}
	req.SetBody(nil)
	tx := &clientTx{s: d.s, branch: d.tx.branch, req: req, to: d.tx.to, heard: func(*response) {}, failed: func(error) {}}
	tx.start(0)
	// The far end may never answer the INVITE (RFC 3261 9.1): 32 s and it is over.
	inviteTx := d.tx
	d.s.after(lifetime, func() {
		if inviteTx.code < 200 {
			inviteTx.code = 487
			inviteTx.end()
			d.forget()
		}
	})
}
