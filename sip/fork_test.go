package sip

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// TestFork: early media of two forks, both answer; the first is the call, the
// other gets ACK with its own tag and BYE. Repeated 200s get their ACK again.
func TestFork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ua, p, _ := facing(t, nil)
		n := &audio{name: "alice"}
		legs := make(chan *Leg, 1)
		var rung []int
		go func() {
			l, err := ua.Dial(t.Context(), Dial{To: "sip:bob@10.0.0.2", Progress: func(code int, early bool) {
				rung = append(rung, code)
				if early != (code == 183) {
					t.Errorf("%d early %v", code, early)
				}
			}}, n)
			if err != nil {
				t.Error(err)
			}
			legs <- l
		}()
		inv := p.expect("INVITE")
		p.reply(inv, 180, "x", "")
		p.reply(inv, 183, "y", "v=0 early y")
		for range 12 { // long ringing
			p.reply(inv, 180, "x", "")
			time.Sleep(time.Second)
		}
		p.reply(inv, 200, "y", "v=0 answer y", "Contact: <sip:y@10.0.0.2:5060>")
		ack := p.expect("ACK")
		if ack.tag("To") != "y" || ack.line != "ACK sip:y@10.0.0.2:5060 SIP/2.0" {
			t.Error(ack.line, ack.header("To"))
		}
		l := <-legs
		p.reply(inv, 200, "x", "v=0 answer x")
		ack = p.expect("ACK")
		if n, m := ack.cseq(); ack.tag("To") != "x" || n != 1 || m != "ACK" {
			t.Error(ack.header("To"), n, m)
		}
		bye := p.expect("BYE")
		if bye.tag("To") != "x" {
			t.Error(bye.header("To"))
		}
		p.reply(bye, 200, "", "")
		p.reply(inv, 200, "x", "v=0 answer x")
		if ack = p.expect("ACK"); ack.tag("To") != "x" {
			t.Error(ack.header("To"))
		}
		p.quiet(time.Second)
		if got := n.said(); got != "offer; accept v=0 early y; accept v=0 answer y" {
			t.Error(got)
		}
		if len(rung) != 14 {
			t.Error(rung)
		}
		go l.Hangup(t.Context(), nil)
		bye = p.expect("BYE")
		if bye.tag("To") != "y" {
			t.Error(bye.header("To"))
		}
		p.reply(bye, 200, "", "")
		rest(t, ua)
	})
}

// TestAnswerWithoutSDP: a 200 that agrees on nothing ends with ACK and BYE, and
// the negotiator stays the caller's.
func TestAnswerWithoutSDP(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ua, p, _ := facing(t, nil)
		n := &audio{name: "alice"}
		errs := make(chan error, 1)
		go func() {
			_, err := ua.Dial(t.Context(), Dial{To: "sip:bob@10.0.0.2"}, n)
			errs <- err
		}()
		p.reply(p.expect("INVITE"), 200, "b", "")
		p.expect("ACK")
		p.reply(p.expect("BYE"), 200, "", "")
		var st *Status
		if err := <-errs; !errors.As(err, &st) || st.Code != 488 {
			t.Error(err)
		}
		if n.closed != 0 {
			t.Error(n.said())
		}
		rest(t, ua)
	})
}
