package sip

// reinvited takes a re-INVITE of theirs. What it cannot agree leaves all as it
// was (RFC 3261 14.2).
func (l *Leg) reinvited(tx *serverTx, r *request) {
	tx.leg = l
	switch {
	case l.phase == early:
		tx.respond(answer(500, "Retry-After", "2"))
		return
	case l.sent200 != nil:
		tx.respond(answer(491))
		return
	case l.ours != nil && l.ours.open:
		tx.respond(answer(491))
		return
	}
	if rep := l.core.tooShort(r); rep != nil {
		tx.respond(rep)
		return
	}
	if l.neg == nil {
		tx.respond(answer(488))
		return
	}
	var sdp []byte
	var err error
	if len(r.sdp) > 0 {
		sdp, err = l.neg.Answer(r.sdp)
	} else {
		sdp, err = l.neg.Offer()
	}
	if err != nil {
		tx.respond(statusOf(err, 488).reply())
		return
	}
	l.refresh(r.Headers())
	l.timer.propose(l, r)
	rep := &reply{code: 200, contentType: sdpType, body: sdp}
	rep.headers = append(rep.headers, [2]string{"Contact", l.contact(l.way)}, [2]string{"Allow", allow}, [2]string{"Supported", extensions})
	rep.headers = append(rep.headers, l.timer.headers()...)
	offered := len(r.sdp) == 0
	seq, back := r.cseq, r.back
	bytes := l.core.encode(r, rep, tx.toTag)
	tx.respond(rep)
	l.timer.start(l)
	l.sent200 = l.retransmit(seq, back, bytes, offered, func(err error) {
		if err == nil {
			return
		}
		if offered && l.neg != nil {
			l.neg.Rollback()
		}
		l.bye(nil, err)
	})
}

// updated takes an UPDATE (RFC 3311): a session refresh, a new target, an offer.
// f is its early dialog, in a call of ours that is not answered yet.
func (l *Leg) updated(tx *serverTx, r *request, f *fork) {
	rep := answer(200, "Contact", l.contact(l.way), "Allow", allow, "Supported", extensions)
	if no := l.core.tooShort(r); no != nil {
		tx.respond(no)
		return
	}
	if len(r.sdp) > 0 {
		switch {
		case l.phase == early && !l.incoming && (f == nil || !f.agreed):
			tx.respond(answer(491)) // our offer is still open
			return
		case l.neg == nil || l.phase == early && l.incoming && !l.agreed:
			tx.respond(answer(500, "Retry-After", "2"))
			return
		case l.sent200 != nil || l.ours != nil && l.ours.open:
			tx.respond(answer(491))
			return
		}
		sdp, err := l.neg.Answer(r.sdp)
		if err != nil {
			tx.respond(statusOf(err, 488).reply())
			return
		}
		rep.contentType, rep.body = sdpType, sdp
		if l.updates = l.phase == early && f == nil; f != nil {
			f.stands = true
		}
	}
	if f != nil {
		f.refresh(r.Headers())
	} else {
		l.refresh(r.Headers())
	}
	if l.phase == up || l.phase == await {
		l.timer.propose(l, r)
		rep.headers = append(rep.headers, l.timer.headers()...)
		if l.phase == up {
			l.timer.start(l)
		}
	}
	tx.respond(rep)
}
