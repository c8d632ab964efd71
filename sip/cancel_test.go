package sip

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestCancelRinging: 180, 200 to CANCEL and 487 carry one To tag, the Reason
// arrives, the callee's context ends.
func TestCancelRinging(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var cause error
		h := open(t, func(ctx context.Context, in *Invite) error {
			in.Leg.Ring(ctx, false)
			<-ctx.Done()
			cause = context.Cause(ctx)
			if err := in.Leg.Answer(context.Background()); !errors.Is(err, ErrRemoteCancel) {
				t.Errorf("Answer after CANCEL: %v", err)
			}
			return nil
		})
		h.serve()
		ctx, stop := context.WithCancelCause(t.Context())
		time.AfterFunc(5*time.Second, func() { stop(&Status{Cause: `SIP;cause=200;text="Call completed elsewhere"`}) })
		n := &audio{name: "alice"}
		_, err := h.dial(ctx, n)
		var st *Status
		if !errors.As(err, &st) {
			t.Error(err)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if !errors.Is(cause, ErrRemoteCancel) || !strings.Contains(cause.Error(), "elsewhere") {
			t.Error(cause)
		}
		if n.closed != 0 {
			t.Error("Dial closed the caller's negotiator")
		}
		h.close()
		want := "10.0.0.1 INVITE\n10.0.0.2 180 INVITE\n10.0.0.1 CANCEL\n10.0.0.2 200 CANCEL\n10.0.0.2 487 INVITE\n10.0.0.1 ACK"
		if h.seen() != want {
			t.Errorf("got\n%s\nwant\n%s", h.seen(), want)
		}
	})
}

// TestCancelTooEarly: nothing was heard yet, so the CANCEL waits for the 100.
func TestCancelTooEarly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, func(ctx context.Context, in *Invite) error { <-ctx.Done(); return nil })
		h.serve()
		ctx, stop := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer stop()
		if _, err := h.dial(ctx, &audio{}); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		h.close()
		sameTimes(t, "CANCEL", h.times("10.0.0.1 CANCEL"), secs(.2))
	})
}

// TestCancelMeets200: the CANCEL crosses the 200 on the wire; the call that
// nobody wants gets ACK and BYE.
func TestCancelMeets200(t *testing.T) {
	for _, ms := range []int{1000, 1001, 1050, 1099, 1100, 1101} {
		synctest.Test(t, func(t *testing.T) {
			bob := &audio{name: "bob"}
			h := open(t, func(ctx context.Context, in *Invite) error {
				in.Leg.Attach(bob)
				in.Leg.Ring(ctx, false)
				time.Sleep(time.Second)
				in.Leg.Answer(ctx)
				<-ctx.Done()
				return nil
			})
			h.net.delay = 50 * time.Millisecond
			h.serve()
			ctx, stop := context.WithTimeout(t.Context(), time.Duration(ms)*time.Millisecond)
			defer stop()
			n := &audio{name: "alice"}
			l, err := h.dial(ctx, n)
			won := err == nil // the 200 was here before the end of ctx
			if won {
				if ms < 1100 {
					t.Error("a cancelled Dial gave a leg")
				}
				l.Hangup(t.Context(), nil)
			}
			h.close()
			if bob.closed != 1 || n.closed == 1 != won {
				t.Error(bob.said(), n.said())
			}
			bye, refused := len(h.times("10.0.0.1 BYE")), len(h.times("10.0.0.2 487 INVITE"))
			if bye+refused != 1 {
				t.Errorf("%d ms: %d BYE, %d 487\n%s", ms, bye, refused, h.seen())
			}
		})
	}
}

// TestCancelAnsweredBy200 is a far end that answers after the CANCEL.
func TestCancelAnsweredBy200(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ua, p, _ := facing(t, nil)
		ctx, stop := context.WithTimeout(t.Context(), time.Second)
		defer stop()
		go ua.Dial(ctx, Dial{To: "sip:bob@10.0.0.2"}, &audio{name: "alice"})
		inv := p.expect("INVITE")
		p.reply(inv, 180, "b", "")
		can := p.expect("CANCEL")
		if can.branch() != inv.branch() || can.header("To") != inv.header("To") {
			t.Error("CANCEL is not the INVITE's")
		}
		p.reply(can, 200, "b", "")
		p.reply(inv, 200, "b", "v=0 late")
		p.expect("ACK")
		bye := p.expect("BYE")
		p.reply(bye, 200, "", "")
		p.reply(inv, 200, "b", "v=0 late") // repeated: the ACK again, no second BYE
		p.expect("ACK")
		p.quiet(5 * time.Second)
		rest(t, ua)
	})
}

// TestCancelUnanswered is a far end that forgets the INVITE after the CANCEL.
func TestCancelUnanswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ua, p, _ := facing(t, nil)
		ctx, stop := context.WithTimeout(t.Context(), time.Second)
		defer stop()
		go ua.Dial(ctx, Dial{To: "sip:bob@10.0.0.2"}, &audio{name: "alice"})
		p.reply(p.expect("INVITE"), 180, "b", "")
		p.reply(p.expect("CANCEL"), 200, "b", "")
		p.quiet(39 * time.Second)
		rest(t, ua)
	})
}

func TestStrayCancel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ua, p, _ := facing(t, nil)
		p.request("CANCEL", "sip:alice@10.0.0.1", "c1", "c1", "", 1, "")
		p.expect("481 CANCEL")
		// A stray ACK gets nothing at all.
		p.request("ACK", "sip:alice@10.0.0.1", "c2", "c2", "x", 1, "")
		p.quiet(time.Second)
		rest(t, ua)
	})
}

// TestAnswerRacesCancel answers at the moments around the CANCEL's arrival.
func TestAnswerRacesCancel(t *testing.T) {
	for i := range 20 {
		synctest.Test(t, func(t *testing.T) {
			h := open(t, func(ctx context.Context, in *Invite) error {
				in.Leg.Attach(&audio{name: "bob"})
				in.Leg.Ring(ctx, false)
				time.Sleep(time.Second)
				in.Leg.Answer(ctx)
				<-ctx.Done()
				return nil
			})
			h.serve()
			ctx, stop := context.WithTimeout(t.Context(), time.Second+time.Duration(i-10))
			defer stop()
			l, err := h.dial(ctx, &audio{name: "alice"})
			if err == nil {
				l.Hangup(t.Context(), nil)
			}
			h.close()
		})
	}
}

// TestHandlerAfterCancel: a handler that answers late changes nothing.
func TestHandlerAfterCancel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, func(ctx context.Context, in *Invite) error {
			in.Leg.Ring(ctx, false)
			time.Sleep(10 * time.Second)
			return &Status{Code: 603}
		})
		h.lose = func(from netip.AddrPort, line string) bool { return line == "ACK" }
		h.serve()
		ctx, stop := context.WithTimeout(t.Context(), time.Second)
		defer stop()
		h.dial(ctx, &audio{})
		h.close()
		if n := len(h.times("10.0.0.2 603 INVITE")); n != 0 {
			t.Errorf("603 after 487:\n%s", h.seen())
		}
		if n := len(h.times("10.0.0.2 487 INVITE")); n != 11 {
			t.Errorf("487 sent %d times", n)
		}
	})
}
