package sip

import (
	msg "github.com/emiago/sipgo/sip"
)

// inDialog takes a request with a To tag.
func (s *strand) inDialog(r *request) {
	c := s.core
	if sub := s.subscription(r); sub != nil {
		sub.request(r)
		return
	}
	l := s.leg(r)
	// No BYE before the answer from who was called (RFC 3261 15).
	tooEarly := l != nil && l.phase == early && !l.incoming && r.Method == msg.BYE
	if l == nil || tooEarly || l.phase == over && r.Method != msg.BYE {
		if !c.access.answers(r.src) {
			return
		}
		if !known(r.Method) {
			c.refuse(r, answer(405, "Allow", allow))
			return
		}
		c.refuse(r, answer(481))
		return
	}
	if !known(r.Method) || r.Method == msg.REGISTER {
		c.refuse(r, answer(405, "Allow", allow))
		return
	}
	if rep := s.check(r); rep != nil {
		c.refuse(r, rep)
		return
	}
	f, last := s.earlyFork(l, r.fromTag), &l.remoteSeq
	if f != nil {
		last = &f.remoteSeq
	}
	// RFC 3261 12.2.2. Equal numbers are other than retransmissions here.
	if r.cseq <= *last {
		c.refuse(r, answer(500, "Retry-After", "1"))
		return
	}
	*last = r.cseq
	l.heard(r)
	l.learn(r.Headers())
	tx := s.serve(r, serverKey(r, string(r.Method)))
	switch r.Method {
	case msg.BYE:
		l.byed(tx, r)
	case msg.INVITE:
		l.reinvited(tx, r)
	case msg.UPDATE:
		l.updated(tx, r, f)
	case msg.PRACK:
		l.pracked(tx, r)
	case msg.INFO:
		tx.respond(answer(200))
		if f := l.onInfo.Load(); f != nil {
			(*f)(r.value("Content-Type"), r.Body())
		}
	case msg.REFER:
		l.referred(tx, r)
	case msg.NOTIFY:
		l.notified(tx, r)
	case msg.SUBSCRIBE:
		l.resubscribed(tx, r)
	case msg.OPTIONS:
		tx.respond(capabilities())
	}
}

// byed is the far end's goodbye. An INVITE of theirs that is still open ends
// with it (RFC 3261 15.1.2).
func (l *Leg) byed(tx *serverTx, r *request) {
	tx.respond(answer(200))
	if l.phase == over {
		return
	}
	if l.invited != nil {
		l.code.Store(487)
		l.invited.respond(answer(487))
	}
	l.endInvites()
	l.finish(remoteBye(r), false)
}

// endInvites answers re-INVITEs of theirs that are still open.
func (l *Leg) endInvites() {
	for _, tx := range l.s.srv {
		if tx.leg == l && tx.code < 200 {
			tx.respond(answer(487))
		}
	}
}

// remoteBye is ErrRemoteBye; a Reason header is told with it.
func remoteBye(r *request) error {
	if why := r.value("Reason"); why != "" {
		return &byeReason{clean(why)}
	}
	return ErrRemoteBye
}

type byeReason struct{ reason string }

func (e *byeReason) Error() string { return ErrRemoteBye.Error() + " (" + e.reason + ")" }
func (e *byeReason) Unwrap() error { return ErrRemoteBye }

// cancel takes a CANCEL: it is answered at once, and the INVITE with 487 if it
// is still open (RFC 3261 9.2). Both carry the tag of the 180.
func (s *strand) cancel(r *request) {
	tx := s.srv[serverKey(r, "INVITE")]
	if tx == nil {
		if s.core.access.answers(r.src) {
			s.core.refuse(r, answer(481))
		}
		return
	}
	r.back.send(s.core.encode(r, answer(200), tx.toTag))
	if tx.code >= 200 || tx.leg == nil {
		return
	}
	if l := tx.leg; l.invited == tx {
		l.code.Store(487)
		tx.respond(answer(487))
		l.finish(remoteCancel(r), false)
		return
	}
	tx.respond(answer(487)) // a re-INVITE: the call goes on
}

func remoteCancel(r *request) error {
	if why := r.value("Reason"); why != "" {
		return &cancelReason{clean(why)}
	}
	return ErrRemoteCancel
}

type cancelReason struct{ reason string }

func (e *cancelReason) Error() string { return ErrRemoteCancel.Error() + " (" + e.reason + ")" }
func (e *cancelReason) Unwrap() error { return ErrRemoteCancel }
