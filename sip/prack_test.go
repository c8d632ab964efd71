package sip

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// TestPRACKBetweenUs: both ends know 100rel: early media is acknowledged.
func TestPRACKBetweenUs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, func(ctx context.Context, in *Invite) error {
			in.Leg.Attach(&audio{name: "bob"})
			if err := in.Leg.Ring(ctx, true); err != nil {
				t.Error(err)
			}
			time.Sleep(3 * time.Second)
			if err := in.Leg.Answer(ctx); err != nil {
				t.Error(err)
			}
			<-ctx.Done()
			return nil
		})
		h.serve()
		n := &audio{name: "alice"}
		l, err := h.dial(t.Context(), n)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		l.Hangup(t.Context(), nil)
		h.close()
		want := "10.0.0.1 INVITE\n10.0.0.2 183 INVITE\n10.0.0.1 PRACK\n10.0.0.2 200 PRACK\n10.0.0.2 200 INVITE\n10.0.0.1 ACK\n10.0.0.1 BYE\n10.0.0.2 200 BYE"
		if h.seen() != want {
			t.Errorf("got\n%s\nwant\n%s", h.seen(), want)
		}
		if got := n.said(); got != "offer; accept v=0 answer bob; accept v=0 answer bob; close" {
			t.Error(got)
		}
	})
}

// TestPRACKAsked: the caller requires it; 180 and 200 wait for their PRACKs,
// a wrong RAck is 481, and the ACK has the INVITE's CSeq.
func TestPRACKAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ua, p, _ := facing(t, func(ctx context.Context, in *Invite) error {
			in.Leg.Attach(&audio{name: "alice"})
			in.Leg.Ring(ctx, false)
			if err := in.Leg.Answer(ctx); err != nil {
				t.Error(err)
			}
			<-ctx.Done()
			return nil
		})
		p.request("INVITE", "sip:alice@10.0.0.1", "p1", "p1", "", 1, "v=0 offer", "Require: 100rel")
		ring := p.expect("180 INVITE")
		if ring.header("RSeq") != "1" || ring.header("Require") != "100rel" {
			t.Error(ring.fields)
		}
		p.expect("180 INVITE") // repeated, and no 200 yet
		tag, contact := ring.tag("To"), ring.contact()
		p.request("PRACK", contact, "p1", "p1b", tag, 2, "", "RAck: 7 1 INVITE")
		p.expect("481 PRACK")
		p.request("PRACK", contact, "p1", "p1c", tag, 3, "", "RAck: 1 1 INVITE")
		p.expect("200 PRACK")
		p.expect("200 INVITE")
		p.request("ACK", contact, "p1", "p1d", tag, 1, "")
		p.quiet(5 * time.Second)
		p.request("BYE", contact, "p1", "p1e", tag, 4, "")
		p.expect("200 BYE")
		rest(t, ua)
	})
}

func TestPRACKNever(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ua, p, _ := facing(t, func(ctx context.Context, in *Invite) error {
			in.Leg.Ring(ctx, false)
			<-ctx.Done()
			return nil
		})
		p.request("INVITE", "sip:alice@10.0.0.1", "p1", "p1", "", 1, "v=0 offer", "Require: 100rel")
		m := p.next()
		for ; m.what() == "180 INVITE"; m = p.next() {
		}
		if m.what() != "504 INVITE" {
			t.Error(m.what())
		}
		p.request("ACK", "sip:alice@10.0.0.1", "p1", "p1", m.tag("To"), 1, "")
		rest(t, ua)
	})
}

// TestPRACKOut: reliable answers of theirs get a PRACK each, once and in order.
func TestPRACKOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ua, p, _ := facing(t, nil)
		n := &audio{name: "alice"}
		legs := make(chan *Leg, 1)
		go func() {
			l, err := ua.Dial(t.Context(), Dial{To: "sip:bob@10.0.0.2"}, n)
			if err != nil {
				t.Error(err)
			}
			legs <- l
		}()
		inv := p.expect("INVITE")
		p.reply(inv, 183, "b", "v=0 early", "Require: 100rel", "RSeq: 71")
		pr := p.expect("PRACK")
		if pr.header("RAck") != "71 1 INVITE" || pr.tag("To") != "b" {
			t.Error(pr.fields)
		}
		if n, _ := pr.cseq(); n != 2 {
			t.Error("CSeq", n)
		}
		p.reply(pr, 200, "", "")
		p.reply(inv, 183, "b", "v=0 early", "Require: 100rel", "RSeq: 71") // repeated
		p.reply(inv, 180, "b", "", "Require: 100rel", "RSeq: 73")          // one was lost
		p.quiet(100 * time.Millisecond)
		p.reply(inv, 180, "b", "", "Require: 100rel", "RSeq: 72")
		pr = p.expect("PRACK")
		if pr.header("RAck") != "72 1 INVITE" {
			t.Error(pr.header("RAck"))
		}
		p.reply(pr, 200, "", "")
		p.reply(inv, 200, "b", "") // the answer stood in the 183
		ack := p.expect("ACK")
		if n, _ := ack.cseq(); n != 1 {
			t.Error("ACK's CSeq", n)
		}
		l := <-legs
		go l.Hangup(t.Context(), nil)
		bye := p.expect("BYE")
		if n, _ := bye.cseq(); n != 4 {
			t.Error("BYE's CSeq", n)
		}
		p.reply(bye, 200, "", "")
		synctest.Wait()
		if got := n.said(); got != "offer; accept v=0 early; close" {
			t.Error(got)
		}
		rest(t, ua)
	})
}
