package sip

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// pair is a call that is up between the two UAs of a house.
func pair(t *testing.T, a, b *audio, prepare func(*house)) (h *house, la, lb *Leg) {
	t.Helper()
	legs := make(chan *Leg, 1)
	h = open(t, func(ctx context.Context, in *Invite) error {
		in.Leg.Attach(b)
		if err := in.Leg.Answer(ctx); err != nil {
			return err
		}
		legs <- in.Leg
		<-ctx.Done()
		return nil
	})
	if prepare != nil {
		prepare(h)
	}
	h.serve()
	la, err := h.dial(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	return h, la, <-legs
}

func TestReinviteBothWays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := &audio{name: "alice"}, &audio{name: "bob"}
		h, la, lb := pair(t, a, b, nil)
		for _, l := range []*Leg{la, lb, lb, la} {
			if err := l.Reinvite(t.Context()); err != nil {
				t.Error(err)
			}
		}
		want := "offer; accept v=0 answer bob; offer; accept v=0 answer bob; answer v=0 offer bob 1; answer v=0 offer bob 2; offer; accept v=0 answer bob"
		if got := a.said(); got != want {
			t.Error(got)
		}
		// One that is refused leaves all as it was.
		b.refuse = true
		var st *Status
		if err := la.Reinvite(t.Context()); !errors.As(err, &st) || st.Code != 488 {
			t.Error(err)
		}
		if got := a.said(); !strings.HasSuffix(got, "offer; rollback") {
			t.Error(got)
		}
		if la.Context().Err() != nil || lb.Context().Err() != nil {
			t.Error("a refused re-INVITE ended the call")
		}
		la.Hangup(t.Context(), nil)
		h.close()
	})
}

// TestGlare: both re-INVITE in the same moment, both are agreed in the end.
func TestGlare(t *testing.T) {
	for range 10 {
		synctest.Test(t, func(t *testing.T) {
			h, la, lb := pair(t, &audio{name: "alice"}, &audio{name: "bob"}, func(h *house) { h.net.delay = 20 * time.Millisecond })
			errs := make(chan error, 2)
			for _, l := range []*Leg{la, lb} {
				go func() { errs <- l.Reinvite(t.Context()) }()
			}
			if err := errors.Join(<-errs, <-errs); err != nil {
				t.Error(err, h.seen())
			}
			if len(h.times("10.0.0.1 491 INVITE"))+len(h.times("10.0.0.2 491 INVITE")) < 2 {
				t.Errorf("no glare:\n%s", h.seen())
			}
			lb.Hangup(t.Context(), nil)
			h.close()
		})
	}
}

// TestReinvite2xxLost: the 2xx of a re-INVITE is repeated until its own ACK.
func TestReinvite2xxLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ua, p, _ := facing(t, picksUp(&audio{name: "alice"}))
		tag, contact := p.call("r1")
		p.request("INVITE", contact, "r1", "r1b", tag, 2, "v=0 offer two")
		for range 3 {
			p.expect("200 INVITE")
		}
		// Before that ACK a further one is refused, and a BYE is not.
		p.request("INVITE", contact, "r1", "r1c", tag, 3, "v=0 offer three")
		p.expect("491 INVITE")
		p.request("ACK", contact, "r1", "r1c", tag, 3, "")
		p.request("ACK", contact, "r1", "r1d", tag, 2, "")
		p.quiet(10 * time.Second)
		p.request("BYE", contact, "r1", "r1e", tag, 4, "")
		p.expect("200 BYE")
		rest(t, ua)
	})
}

// TestReinvite2xxUnacknowledged ends the call after 32 s.
func TestReinvite2xxUnacknowledged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ua, p, _ := facing(t, picksUp(&audio{name: "alice"}))
		tag, contact := p.call("r1")
		p.request("INVITE", contact, "r1", "r1b", tag, 2, "v=0 offer two")
		m := p.next()
		for ; m.what() == "200 INVITE"; m = p.next() {
		}
		if m.what() != "BYE" {
			t.Fatal(m.what())
		}
		p.reply(m, 200, "", "")
		rest(t, ua)
	})
}

// TestOfferless: their INVITE and re-INVITE bring no offer: ours goes in the
// 200, theirs comes with the ACK.
func TestOfferless(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := &audio{name: "alice"}
		ua, p, _ := facing(t, picksUp(n))
		p.request("INVITE", "sip:alice@10.0.0.1", "o1", "o1", "", 1, "")
		ok := p.expect("200 INVITE")
		if string(ok.body) != "v=0 offer alice 1" {
			t.Errorf("%s", ok.body)
		}
		tag, contact := ok.tag("To"), ok.contact()
		p.request("ACK", contact, "o1", "o1a", tag, 1, "v=0 answer peer")
		p.request("INVITE", contact, "o1", "o1b", tag, 2, "")
		ok = p.expect("200 INVITE")
		if string(ok.body) != "v=0 offer alice 2" {
			t.Errorf("%s", ok.body)
		}
		p.request("ACK", contact, "o1", "o1c", tag, 2, "v=0 answer two")
		time.Sleep(time.Second)
		p.request("BYE", contact, "o1", "o1d", tag, 3, "")
		p.expect("200 BYE")
		synctest.Wait()
		if got := n.said(); got != "offer; accept v=0 answer peer; offer; accept v=0 answer two; close" {
			t.Error(got)
		}
		rest(t, ua)
	})
}

// TestUpdate: with an offer, without, and while ours is under way.
func TestUpdate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := &audio{name: "alice"}
		legs := make(chan *Leg, 1)
		ua, p, _ := facing(t, func(ctx context.Context, in *Invite) error {
			in.Leg.Attach(n)
			in.Leg.Answer(ctx)
			legs <- in.Leg
			<-ctx.Done()
			return nil
		})
		tag, contact := p.call("u1")
		l := <-legs
		p.request("UPDATE", contact, "u1", "u1b", tag, 2, "v=0 offer update", "Contact: <sip:bob2@10.0.0.2>")
		if m := p.expect("200 UPDATE"); string(m.body) != "v=0 answer alice" {
			t.Errorf("%s", m.body)
		}
		p.request("UPDATE", contact, "u1", "u1c", tag, 3, "")
		if m := p.expect("200 UPDATE"); len(m.body) != 0 {
			t.Errorf("%s", m.body)
		}
		go l.Reinvite(t.Context())
		inv := p.expect("INVITE")
		if !strings.HasPrefix(inv.line, "INVITE sip:bob@10.0.0.2 ") {
			t.Error(inv.line)
		}
		p.request("UPDATE", contact, "u1", "u1d", tag, 4, "v=0 offer update")
		p.expect("491 UPDATE")
		p.reply(inv, 200, "", "v=0 answer peer", "Contact: <sip:bob3@10.0.0.2>")
		p.expect("ACK")
		go l.Hangup(t.Context(), nil)
		bye := p.expect("BYE")
		if !strings.HasPrefix(bye.line, "BYE sip:bob3@10.0.0.2 ") {
			t.Error("target refresh forgotten:", bye.line)
		}
		p.reply(bye, 481, "", "")
		rest(t, ua)
	})
}

// TestInDialogRules: order, unknown methods and dialogs, extensions, bodies.
func TestInDialogRules(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		infos := make(chan string, 4)
		ua, p, _ := facing(t, func(ctx context.Context, in *Invite) error {
			in.Leg.OnInfo(func(ct string, body []byte) { infos <- ct + " " + string(body) })
			in.Leg.Attach(&audio{name: "alice"})
			in.Leg.Answer(ctx)
			<-ctx.Done()
			return nil
		})
		tag, contact := p.call("d1")
		p.request("INFO", contact, "d1", "d1b", tag, 10, "Signal=5")
		p.expect("200 INFO")
		if got := <-infos; got != "application/sdp Signal=5" {
			t.Error(got)
		}
		p.request("INFO", contact, "d1", "d1b", tag, 10, "Signal=5") // repeated
		p.expect("200 INFO")
		p.request("INFO", contact, "d1", "d1c", tag, 9, "Signal=6") // too late
		p.expect("500 INFO")
		if len(infos) != 0 {
			t.Error(<-infos)
		}
		p.request("OPTIONS", contact, "d1", "d1d", tag, 11, "")
		p.expect("200 OPTIONS")
		p.request("PUBLISH", contact, "d1", "d1e", tag, 12, "")
		if m := p.expect("405 PUBLISH"); !strings.Contains(m.header("Allow"), "INVITE") {
			t.Error(m.header("Allow"))
		}
		p.request("INVITE", contact, "d1", "d1f", tag, 13, "v=0 x", "Require: nonsense")
		if m := p.expect("420 INVITE"); m.header("Unsupported") != "nonsense" {
			t.Error(m.header("Unsupported"))
		}
		p.request("INFO", contact, "d1", "d1g", "othertag", 14, "")
		p.expect("481 INFO")
		p.request("BYE", contact, "d1", "d1h", tag, 15, "", `Reason: Q.850;cause=16;text="Normal"`)
		p.expect("200 BYE")
		p.request("BYE", contact, "d1", "d1i", tag, 16, "")
		p.expect("481 BYE")
		rest(t, ua)
	})
}

// TestInfoOut sends INFO and gets a refusal.
func TestInfoOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, la, lb := pair(t, &audio{name: "alice"}, &audio{name: "bob"}, nil)
		got := make(chan string, 1)
		lb.OnInfo(func(ct string, body []byte) { got <- ct + " " + string(body) })
		if err := la.Info(t.Context(), "application/dtmf-relay", []byte("Signal=1")); err != nil {
			t.Error(err)
		}
		if s := <-got; s != "application/dtmf-relay Signal=1" {
			t.Error(s)
		}
		lb.Hangup(t.Context(), nil)
		time.Sleep(time.Second)
		if err := la.Info(t.Context(), "a/b", nil); !errors.Is(err, ErrRemoteBye) {
			t.Error(err)
		}
		h.close()
	})
}
