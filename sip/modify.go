package sip

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	msg "github.com/emiago/sipgo/sip"
)

// modify is a re-INVITE of ours under way (RFC 3261 14).
type modify struct {
	l     *Leg
	open  bool // our offer is on its way, so one of theirs is glare
	tries int
	done  func(error)
	ended bool
}

func (m *modify) finish(err error) {
	if !m.ended {
		m.ended = true
		m.done(err)
	}
}

// Reinvite makes a new offer, for a hold or another codec, and returns when it
// is agreed. A *Status says that it was refused: then all is as it was.
func (l *Leg) Reinvite(ctx context.Context) error {
	return l.await(ctx, func(done func(error)) error {
		if l.ours != nil {
			return &Status{Code: 491, Reason: "A re-INVITE is under way"}
		}
		l.modify(done)
		return nil
	})
}

// modify starts a re-INVITE, now or when the way is clear.
func (l *Leg) modify(done func(error)) {
	m := &modify{l: l, done: done}
	l.ours = m
	m.try()
}

const maxGlare = 6

// wait is the back-off after glare: who made the Call-ID waits longer
// (RFC 3261 14.1), in steps of 10 ms.
func (m *modify) wait() time.Duration {
	if m.l.incoming {
		return time.Duration(rand.IntN(200)+1) * 10 * time.Millisecond
	}
	return 2100*time.Millisecond + time.Duration(rand.IntN(190))*10*time.Millisecond
}

func (m *modify) later(d time.Duration, err error) {
	if m.tries++; m.tries >= maxGlare {
		m.end(err)
		return
	}
	m.l.s.after(d, func() {
		if m.l.ours == m && m.l.phase == up {
			m.try()
		}
	})
}

func (m *modify) end(err error) {
	if m.l.ours == m {
		m.l.ours = nil
	}
	m.finish(err)
}

func (m *modify) try() {
	l := m.l
	if l.sent200 != nil {
		m.later(m.wait(), &Status{Code: 491})
		return
	}
	if l.neg == nil {
		m.end(errors.New("sip: no media attached to the leg"))
		return
	}
	offer, err := l.neg.Offer()
	if err != nil {
		m.end(err)
		return
	}
	l.timer.uas = false
	headers := append([][2]string{{"Allow", allow}, {"Supported", extensions}}, l.timer.headers()...)
	m.open = true
	l.invite(headers, offer, func(r *response, err error) {
		m.open = false
		if l.ours != m || l.phase != up {
			return
		}
		switch {
		case err != nil:
			l.neg.Rollback()
			if st, ok := asStatus(err); ok && st.Code == 408 {
				m.end(err)
				l.bye(nil, err) // RFC 3261 14.1: no answer at all ends the dialog
				return
			}
			m.end(err)
		case r.StatusCode == 491:
			l.neg.Rollback()
			m.later(m.wait(), &Status{Code: 491})
		case r.StatusCode == 422 && l.timer.raise(r.Headers()):
			l.neg.Rollback()
			m.later(0, statusFrom(r))
		case r.StatusCode >= 300:
			l.neg.Rollback()
			st := statusFrom(r)
			m.end(st)
			if st.Code == 481 || st.Code == 408 {
				l.bye(nil, st)
			}
		default:
			l.refresh(r.Headers())
			l.timer.agreed(l, r.Headers())
			if len(r.sdp) == 0 {
				err = &Status{Code: 488, Reason: "The answer has no SDP"}
			} else {
				err = l.neg.Accept(r.sdp)
			}
			if err != nil {
				l.neg.Rollback()
			}
			m.end(err)
		}
	})
}

// invite sends a re-INVITE and acknowledges its 2xx, and each repetition of it.
func (l *Leg) invite(headers [][2]string, offer []byte, done func(*response, error)) {
	l.inviteAgain(headers, offer, done, nil, maxChallenges)
}

func (l *Leg) inviteAgain(headers [][2]string, offer []byte, done func(*response, error), auth [][2]string, more int) {
	req := l.request(msg.INVITE, 0)
	seq := l.localSeq
	with(req, headers)
	req.AppendHeader(msg.NewHeader("Content-Type", sdpType))
	req.SetBody(offer)
	l.via(req, func(h hop) {
		req.AppendHeader(msg.NewHeader("Contact", l.contact(h)))
		if h.conn != nil {
			l.bind(h)
		}
		if auth == nil {
			auth = l.preempt(req, h)
		}
		with(req, auth)
		var tx *clientTx
		var ack []byte
		var ackBy hop
		tx = l.s.send(req, h, 0, func(r *response) {
			switch code := r.StatusCode; {
			case code < 200:
				return
			case code >= 300:
				if auth, ok := l.authorize(tx.req, r, h); ok && more > 0 {
					l.inviteAgain(headers, offer, done, auth, more-1)
					return
				}
			case ack != nil:
				ackBy.send(ack)
				return
			default:
				l.refresh(r.Headers())
				ack, ackBy = l.sendACK(&l.dialog, seq, auth, tx.to)
			}
			done(r, nil)
		}, func(err error) { done(nil, err) })
	}, func(err error) { done(nil, err) })
}

// sendACK acknowledges a 2xx within d and returns what was sent, to be sent
// again for each repetition. fallback is the INVITE's own way.
func (l *Leg) sendACK(d *dialog, seq uint32, auth [][2]string, fallback hop) ([]byte, hop) {
	req := d.request(msg.ACK, seq)
	with(req, auth)
	req.SetBody(nil)
	h, ok := d.direct(l.core)
	if !ok {
		h = fallback
	}
	l.core.finalize(req, h, newBranch())
	b := []byte(req.String())
	h.send(b)
	return b, h
}

func asStatus(err error) (*Status, bool) {
	var s *Status
	ok := errors.As(err, &s)
	return s, ok
}

// statusFrom is a refusal of the far end as an error.
func statusFrom(r *response) *Status {
	s := &Status{Code: r.StatusCode, Reason: clean(r.Reason), Cause: clean(headerValue(r.Headers(), "Reason"))}
	if s.Reason == ReasonPhrase(s.Code) {
		s.Reason = ""
	}
	if s.Code < 400 {
		s.Reason = or(s.Reason, ReasonPhrase(s.Code))
		if a, ok := contactOf(r.Headers()); ok {
			s.Reason += " to " + clip(clean(a.text))
		}
		s.Reason += ", which is not followed"
	}
	if n := seconds(headerValue(r.Headers(), "Retry-After")); n > 0 {
		s.RetryAfter = time.Duration(n) * time.Second
	}
	return s
}
