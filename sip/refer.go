package sip

import (
	"context"
	"errors"
	"time"

	"go.uber.org/zap"
)

// Refer is a REFER of the far end: it asks us to call somebody in its place (RFC 3515).
// Its methods may be called from any goroutine but a strand's, Notify from anywhere.
type Refer struct {
	Leg *Leg  // of the transferor
	To  Party // whom to call
	// Replaces is whose place the call is to take (RFC 3891), mostly the transferor's other
	// leg; nil: nobody's. To says then no more than where it is, often our own Contact. With
	// Code 0 that leg is not answered yet: he wants to leave the call to ring without him.
	Replaces   *Leg
	ReferredBy Party // as the transferor says (RFC 3892), proved by nothing; zero: it says nothing
	Quiet      bool  // they want no NOTIFYs (RFC 4488)

	wanted *replaces
	event  string // of its NOTIFYs

	// All below belongs to the leg's strand.
	tx       *serverTx
	patience *time.Timer
	expires  time.Time
	expiry   *time.Timer
	answered bool // the REFER is
	ended    bool // no NOTIFY goes out any more
	left     bool // the handler has returned
	busy     bool // a NOTIFY is on its way
	told     int  // code of the last NOTIFY
	next     int  // code of the next one
	timedOut bool
}

const (
	referPatience = 20 * time.Second // for the handler's verdict: the REFER itself waits 32 s for its answer
	referExpires  = 5 * time.Minute  // of the subscription that a REFER makes
)

var errReferOver = errors.New("sip: the REFER is answered already")

// OnRefer sets who hears of REFER requests. f has a goroutine of its own, one at a time
// for the leg: while it runs, or NOTIFYs are still due, a further REFER gets 491. A REFER
// that f leaves unanswered is declined. Without f all are.
func (l *Leg) OnRefer(f func(*Refer)) { l.onRefer.Store(&f) }

// Context ends when the UA is closed. It does not end with the leg: a transferor who hangs
// up as soon as he has his 202 still wants his transfer.
func (r *Refer) Context() context.Context { return r.Leg.core.life }

// referred takes a REFER on the leg's strand.
func (l *Leg) referred(tx *serverTx, r *request) {
	f := l.onRefer.Load()
	switch {
	case l.refer != nil:
		tx.respond(answer(491))
		return
	case f == nil || l.phase == early:
		tx.respond(answer(603))
		return
	}
	ref, no := readRefer(r)
	if no != nil {
		tx.respond(no)
		return
	}
	l.refresh(r.Headers())
	ref.Leg, ref.tx, ref.event = l, tx, "refer"
	if l.refers { // the second and later ones are told apart (RFC 3515 2.4.6)
		ref.event += ";id=" + itoa(int(r.cseq))
	}
	l.refers, l.refer = true, ref
	ref.patience = l.s.after(referPatience, func() { ref.reject(&Status{Code: 500, Reason: "No Decision"}) })
	if !l.core.calls.run(func() { ref.run(*f) }) {
		ref.reject(&Status{Code: 503})
		ref.leave()
	}
}

// run is the REFER's goroutine.
func (r *Refer) run(f func(*Refer)) {
	l := r.Leg
	defer func() {
		if p := recover(); p != nil {
			l.core.stats.panics.Add(1)
			l.core.log.Error("panic in a transfer", zap.String("callId", clip(l.callID)), zap.Any("panic", p), zap.Stack("stack"))
		}
		l.s.do(context.Background(), r.leave)
	}()
	if r.wanted != nil {
		found, no := l.core.replaced(l.core.life, *r.wanted, true)
		if no != nil {
			// Not its 481: here that would end the transferor's own dialog (RFC 5057 5.1).
			r.Reject(&Status{Code: 603, Reason: "The Call To Be Replaced Is Not Here"})
			return
		}
		r.Replaces = found
	}
	f(r)
}

// Accept answers 202 and begins to tell how it goes: 100 now, then what Notify says. A
// transferor who has hung up meanwhile is told nothing, and no error.
func (r *Refer) Accept() error {
	return r.do(func() error {
		if r.answered {
			return errReferOver
		}
		l := r.Leg
		r.answered = true
		r.patience.Stop()
		rep := answer(202, "Contact", l.contact(r.tx.from), "Allow", allow, "Supported", extensions)
		if r.Quiet {
			rep.headers = append(rep.headers, [2]string{"Refer-Sub", "false"})
		}
		r.tx.respond(rep)
		if r.Quiet || l.phase == over {
			r.end()
			return nil
		}
		r.expires = time.Now().Add(referExpires)
		r.expiry = l.s.after(referExpires, r.expire)
		r.tell(100)
		return nil
	})
}

// Reject refuses the REFER; nil is 603.
func (r *Refer) Reject(s *Status) error {
	return r.do(func() error {
		if r.answered {
			return errReferOver
		}
		r.reject(s)
		return nil
	})
}

func (r *Refer) reject(s *Status) {
	if r.answered {
		return
	}
	if s == nil {
		s = &Status{Code: 603}
	}
	r.answered = true
	r.patience.Stop()
	r.tx.respond(s.reply())
	r.end()
}

// do runs f on the strand, which is still there as long as the REFER is unanswered
// or the leg lives.
func (r *Refer) do(f func() error) error {
	err := errReferOver
	if e := r.Leg.s.do(context.Background(), func() { err = f() }); e != nil {
		return e
	}
	return err
}

// end is the end of the NOTIFYs.
func (r *Refer) end() {
	if !r.ended && r.answered {
		r.ended = true
		if r.expiry != nil {
			r.expiry.Stop()
		}
	}
	r.release()
}

// leave is the end of the handler.
func (r *Refer) leave() {
	r.reject(nil)
	r.left = true
	r.release()
}

// release lets the next REFER in.
func (r *Refer) release() {
	if r.ended && r.left && r.Leg.refer == r {
		r.Leg.refer = nil
	}
}

// readRefer understands a REFER.
func readRefer(r *request) (*Refer, *reply) {
	list := r.list("Refer-To")
	if len(list) != 1 {
		return nil, &reply{code: 400, reason: "One Refer-To Wanted"} // RFC 3515 2.4.2
	}
	to, wanted, no := parseReferTo(list[0])
	if no != nil {
		return nil, no
	}
	ref := &Refer{To: to, wanted: wanted, Quiet: isFalse(r.value("Refer-Sub")) || has(r.Headers(), "Require", "norefersub")}
	if v := r.value("Referred-By"); v != "" && len(v) <= maxReferTo {
		if a, err := parseAddress(v); err == nil && !a.uri.Wildcard {
			ref.ReferredBy = a.party()
		}
	}
	return ref, nil
}
