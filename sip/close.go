package sip

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	msg "github.com/emiago/sipgo/sip"
)

// Hangup ends the leg by CANCEL, BYE or a final response, whichever it is time
// for. nil is a plain hangup. It returns when the request is on its way; a leg
// that is over stays so.
func (l *Leg) Hangup(ctx context.Context, s *Status) error {
	if l.ctx.Err() != nil { // most calls: the far end did
		return nil
	}
	if err := l.s.do(ctx, func() { l.hangup(s, ErrHungUp) }); err != nil && l.ctx.Err() == nil {
		return err
	}
	return nil
}

// hangup is Hangup on the strand; cause is what the leg's context says.
func (l *Leg) hangup(s *Status, cause error) {
	switch l.phase {
	case early:
		if l.invited != nil {
			l.reject(s, cause)
		} else {
			l.withdraw(s)
		}
	case await:
		// No BYE before the ACK (RFC 3261 15): it triggers it, or its absence does.
		if l.byeDue == nil {
			l.byeDue = &Status{}
			if s != nil {
				l.byeDue = s
			}
		}
	case up:
		l.bye(s, cause)
	}
}

// reject answers the first INVITE for good.
func (l *Leg) reject(s *Status, cause error) {
	if s == nil {
		s = &Status{Code: 480}
	}
	rep := s.reply()
	l.code.Store(int32(rep.code))
	l.invited.respond(rep)
	if cause == ErrHungUp {
		cause = s
	}
	l.finish(cause, false)
}

// bye ends an answered leg. Its answer does not matter: 481 and silence mean
// the same.
func (l *Leg) bye(s *Status, cause error) {
	if l.phase == over {
		return
	}
	var headers [][2]string
	if s != nil {
		if c := clean(s.Cause); c != "" {
			headers = append(headers, [2]string{"Reason", c})
		}
	}
	if l.out != nil {
		// The trunk's hooks outlive the count, for a challenge to the BYE.
		out := *l.out
		done := l.out.done
		out.done = nil
		l.out = &out
		if done != nil {
			defer done()
		}
	}
	l.finish(cause, true)
	l.ask(msg.BYE, headers, "", nil, func(*response, error) { l.drop() })
}

// endAll is Close's farewell to all of a strand, without waiting for answers.
func (s *strand) endAll() {
	for _, l := range append([]*Leg(nil), s.legs...) {
		switch l.phase {
		case early:
			if l.invited != nil {
				l.reject(&Status{Code: 503, RetryAfter: t4}, ErrClosed)
			}
		case await, up:
			l.bye(&Status{Cause: `SIP;cause=503;text="Shutting down"`}, ErrClosed)
		}
	}
	for _, d := range s.dials {
		d.giveUp(ErrClosed, nil)
	}
	for _, sub := range append([]*subscription(nil), s.subs...) {
		sub.farewell()
	}
}

// farewellTime is how long Close waits for answers to its BYEs and CANCELs: long
// enough for one of them to be lost.
const farewellTime = time.Second

// farewell waits until what endAll sent has been answered: a BYE may be lost or
// challenged, a CANCEL may have to wait for a 1xx, and the 487 that it brings is
// to be acknowledged.
func (c *core) farewell() {
	limit := time.NewTimer(farewellTime)
	defer limit.Stop()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for left := stillLeaving(c.strands.all()); len(left) > 0; left = stillLeaving(left) {
		select {
		case <-tick.C:
		case <-limit.C:
			return
		}
	}
}

// stillLeaving are those of the strands that wait for an answer.
func stillLeaving(all []*strand) []*strand {
	waits := make([]atomic.Bool, len(all))
	var asked sync.WaitGroup
	for i, s := range all {
		asked.Add(1)
		if !s.post(func() { defer asked.Done(); waits[i].Store(s.leaving()) }) {
			asked.Done()
		}
	}
	asked.Wait()
	var left []*strand
	for i, s := range all {
		if waits[i].Load() {
			left = append(left, s)
		}
	}
	return left
}

// leaving tells whether a farewell of the strand is unanswered.
func (s *strand) leaving() bool {
	for _, tx := range s.cli {
		if tx.code >= 200 || tx.req == nil {
			continue
		}
		switch tx.req.Method {
		case msg.BYE, msg.CANCEL, msg.NOTIFY:
			return true
		case msg.INVITE: // withdrawn, heard of or still being sent
			if tx.code >= 100 || tx.resend != nil {
				return true
			}
		}
	}
	return false
}
