package sip

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// TestACKWithTheBranchOfTheINVITE: a broken peer sends the ACK to our 200 as if
// it belonged to the INVITE's transaction.
func TestACKWithTheBranchOfTheINVITE(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		legs := make(chan *Leg, 1)
		ua, p, _ := facing(t, nil)
		ua.Handler = picksUpTo(&audio{name: "alice"}, legs)
		p.request("INVITE", "sip:alice@10.0.0.1", "b1", "b1", "", 1, "v=0")
		ok := p.expect("200 INVITE")
		p.request("ACK", ok.contact(), "b1", "b1", ok.tag("To"), 1, "")
		l := <-legs
		p.quiet(10 * time.Second)
		go l.Hangup(t.Context(), nil)
		p.reply(p.expect("BYE"), 200, "", "")
		rest(t, ua)
	})
}

// TestPRACKThenNoMedia: the 200 waited for the PRACK, and then cannot be made.
func TestPRACKThenNoMedia(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ua, p, _ := facing(t, func(ctx context.Context, in *Invite) error {
			in.Leg.Attach(&audio{name: "alice", refuse: true})
			in.Leg.Ring(ctx, false)
			err := in.Leg.Answer(ctx)
			if statusOf(err, 0).Code != 488 {
				t.Error(err)
			}
			return err
		})
		p.request("INVITE", "sip:alice@10.0.0.1", "p1", "p1", "", 1, "v=0", "Require: 100rel")
		ring := p.expect("180 INVITE")
		p.request("PRACK", ring.contact(), "p1", "p1b", ring.tag("To"), 2, "", "RAck: 1 1 INVITE")
		// The two leave in one go; which order they arrive in is nobody's business.
		a, b := p.next(), p.next()
		if got := a.what() + " " + b.what(); got != "200 PRACK 488 INVITE" {
			t.Error(got)
		}
		p.request("ACK", "sip:alice@10.0.0.1", "p1", "p1", ring.tag("To"), 1, "")
		rest(t, ua)
	})
}

// TestByeBeforeAnswer: a callee may not say BYE before it answered.
func TestByeBeforeAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ua, p, _ := facing(t, nil)
		errs := make(chan error, 1)
		go func() {
			_, err := ua.Dial(t.Context(), Dial{To: "sip:bob@10.0.0.2"}, &audio{})
			errs <- err
		}()
		inv := p.expect("INVITE")
		p.reply(inv, 180, "b", "")
		from := inv.header("From")
		p.send("BYE sip:x@10.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.2;branch=z9hG4bKbye\r\nFrom: " + inv.header("To") + ";tag=b\r\nTo: " + from +
			"\r\nCall-ID: " + inv.header("Call-ID") + "\r\nCSeq: 1 BYE\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n")
		p.expect("481 BYE")
		p.reply(inv, 603, "b", "")
		p.expect("ACK")
		if err := <-errs; statusOf(err, 0).Code != 603 {
			t.Error(err)
		}
		rest(t, ua)
	})
}

// TestByeWhileRinging: the caller says BYE instead of CANCEL.
func TestByeWhileRinging(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		causes := make(chan error, 1)
		ua, p, _ := facing(t, func(ctx context.Context, in *Invite) error {
			in.Leg.Ring(ctx, false)
			<-ctx.Done()
			causes <- context.Cause(ctx)
			return nil
		})
		p.request("INVITE", "sip:alice@10.0.0.1", "w1", "w1", "", 1, "v=0")
		ring := p.expect("180 INVITE")
		p.request("BYE", ring.contact(), "w1", "w1b", ring.tag("To"), 2, "")
		p.expect("200 BYE")
		p.expect("487 INVITE")
		p.request("ACK", "sip:alice@10.0.0.1", "w1", "w1", ring.tag("To"), 1, "")
		if err := <-causes; !errors.Is(err, ErrRemoteBye) {
			t.Error(err)
		}
		rest(t, ua)
	})
}

// TestByesCross: both hang up in the same moment, both get 200.
func TestByesCross(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, la, lb := pair(t, &audio{name: "alice"}, &audio{name: "bob"}, func(h *house) { h.net.delay = 20 * time.Millisecond })
		time.Sleep(time.Second)
		for _, l := range []*Leg{la, lb} {
			go l.Hangup(t.Context(), nil)
		}
		h.close()
		if len(h.times("10.0.0.1 200 BYE")) != 1 || len(h.times("10.0.0.2 200 BYE")) != 1 {
			t.Error(h.seen())
		}
	})
}

// TestOverload: while too much waits, what is new is refused and what is up goes on.
func TestOverload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ua, p, _ := facing(t, picksUp(&audio{name: "alice"}))
		tag, contact := p.call("o1")
		synctest.Wait()
		ua.core.strands.queued.Add(softQueue + 1)
		p.request("INVITE", "sip:alice@10.0.0.1", "o2", "o2", "", 1, "v=0")
		if m := p.expect("503 INVITE"); m.header("Retry-After") == "" {
			t.Error("503 without Retry-After")
		}
		p.request("BYE", contact, "o1", "o1b", tag, 2, "")
		p.expect("200 BYE")
		ua.core.strands.queued.Add(hardQueue)
		p.request("INVITE", "sip:alice@10.0.0.1", "o3", "o3", "", 1, "v=0")
		p.quiet(time.Second)
		ua.core.strands.queued.Add(-hardQueue - softQueue - 1)
		rest(t, ua)
	})
}

// TestLoop: we never send to our own socket.
func TestLoop(t *testing.T) {
	n := &audio{name: "bob"}
	ua := &UA{Directory: trusting{}, Handler: picksUp(n)}
	t.Cleanup(func() { ua.Close() })
	addr, err := ua.Listen(t.Context(), "udp://127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ua.Dial(t.Context(), Dial{To: "sip:bob@" + addr.String()}, &audio{}); !errors.Is(err, ErrTransport) {
		t.Error(err)
	}
	if s := ua.Stats(); s.Panics != 0 || s.Strands != 0 {
		t.Errorf("%+v", s)
	}
}

// TestWildcard: bound to every address, we name one that the far end can reach.
func TestWildcard(t *testing.T) {
	for _, advertise := range []string{"", "sip.example.net"} {
		contacts := make(chan string, 1)
		ub := &UA{Directory: trusting{}, Handler: func(ctx context.Context, in *Invite) error {
			contacts <- in.Leg.target.Host + " " + in.From.Host
			return &Status{Code: 486}
		}}
		ua := &UA{Directory: trusting{}, Advertise: advertise}
		t.Cleanup(func() { ua.Close(); ub.Close() })
		if _, err := ua.Listen(t.Context(), "udp://0.0.0.0:0"); err != nil {
			t.Fatal(err)
		}
		addr, err := ub.Listen(t.Context(), "udp://127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ua.Dial(t.Context(), Dial{To: "sip:bob@" + addr.String(), From: Party{User: "alice"}}, &audio{}); statusOf(err, 0).Code != 486 {
			t.Error(err)
		}
		want := "127.0.0.1 127.0.0.1"
		if advertise != "" {
			want = advertise + " " + advertise
		}
		if got := <-contacts; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// TestReinviteMeetsBye: one end re-INVITEs while the other hangs up, at each moment
// of the crossing: both ends are over, once, and nothing of it stays.
func TestReinviteMeetsBye(t *testing.T) {
	for ms := 0; ms <= 70; ms += 5 {
		synctest.Test(t, func(t *testing.T) {
			a, b := &audio{name: "alice"}, &audio{name: "bob"}
			h, la, lb := pair(t, a, b, func(h *house) { h.net.delay = 20 * time.Millisecond })
			time.Sleep(time.Second)
			first, second := la, lb
			if ms%10 != 0 {
				first, second = lb, la
			}
			errs := make(chan error, 1)
			go func() { errs <- first.Reinvite(t.Context()) }()
			time.Sleep(time.Duration(ms) * time.Millisecond)
			second.Hangup(t.Context(), nil)
			if err := <-errs; ms < 20 && err == nil {
				t.Errorf("after %d ms: agreed with who had hung up", ms)
			}
			<-la.Context().Done()
			<-lb.Context().Done()
			h.close()
			if a.closed != 1 || b.closed != 1 {
				t.Errorf("after %d ms: %d and %d times closed", ms, a.closed, b.closed)
			}
			// Who hears 481 before the BYE says BYE too (RFC 3261 12.2.1.2).
			if one, two := len(h.times("10.0.0.1 BYE")), len(h.times("10.0.0.2 BYE")); one > 1 || two > 1 || one+two == 0 {
				t.Errorf("after %d ms: %d and %d BYEs\n%s", ms, one, two, h.seen())
			}
		})
	}
}
