package sip

import (
	"fmt"
	"time"
)

// accepted is a 2xx to an INVITE of theirs until its ACK (RFC 3261 13.3.1.4).
// Every INVITE of a dialog has its own.
type accepted struct {
	seq     uint32
	offered bool // our 2xx made the offer, so the ACK brings the answer
	bytes   []byte
	back    hop
	gap     time.Duration
	resend  *time.Timer
	expiry  *time.Timer
	done    func(error)
}

// retransmit repeats a 2xx, on streams too, until the ACK came or 32 s passed;
// done hears which.
func (l *Leg) retransmit(seq uint32, back hop, bytes []byte, offered bool, done func(error)) *accepted {
	a := &accepted{seq: seq, offered: offered, bytes: bytes, back: back, gap: t1, done: done}
	var again func()
	again = func() {
		if a.bytes == nil {
			return
		}
		l.core.stats.retransmitted.Add(1)
		a.back.send(a.bytes)
		a.gap = min(2*a.gap, t2)
		a.resend = l.s.after(a.gap, again)
	}
	a.resend = l.s.after(a.gap, again)
	a.expiry = l.s.after(lifetime, func() {
		if a.bytes == nil {
			return
		}
		a.stop()
		if l.sent200 == a {
			l.sent200 = nil
		}
		done(ErrNoACK)
	})
	return a
}

func (a *accepted) stop() {
	a.bytes = nil
	a.resend.Stop()
	a.expiry.Stop()
}

// ack takes an ACK that is not a refusal's: by tags, never by branch, and by
// the INVITE's own CSeq, since a PRACK may have raised it since.
func (s *strand) ack(r *request) {
	l := s.leg(r)
	if l == nil || l.sent200 == nil || l.sent200.seq != r.cseq {
		return
	}
	a := l.sent200
	a.stop()
	l.sent200 = nil
	l.heard(r)
	if a.offered && l.neg != nil {
		if rep := r.checkBody(); rep != nil || len(r.sdp) == 0 {
			a.done(fmt.Errorf("the ACK to our offer brought no answer: %w", &Status{Code: 488}))
			return
		}
		if err := l.neg.Accept(r.sdp); err != nil {
			a.done(err)
			return
		}
	}
	a.done(nil)
}
