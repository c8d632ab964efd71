package sip

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// tells sends a NOTIFY of a REFER with a sipfrag body.
func (p *peer) tells(id, contact, tag string, cseq int, event, state, frag string) {
	p.send(fmt.Sprintf("NOTIFY %s SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bK%sn%d;rport\r\nFrom: <sip:bob@10.0.0.2>;tag=%s\r\n"+
		"To: <sip:alice@10.0.0.1>;tag=%s\r\nCall-ID: %s\r\nCSeq: %d NOTIFY\r\nMax-Forwards: 70\r\nContact: <sip:bob@10.0.0.2>\r\nEvent: %s\r\n"+
		"Subscription-State: %s\r\nContent-Type: message/sipfrag;version=2.0\r\nContent-Length: %d\r\n\r\n%s",
		contact, id, cseq, id, tag, id, cseq, event, state, len(frag), frag))
}

// TestReferSent: what becomes of a REFER of ours, by all that a far end may do.
func TestReferSent(t *testing.T) {
	type far struct {
		p                *peer
		id, contact, tag string
		ref              msgOf
		cseq             int
	}
	// tell sends a NOTIFY and expects its answer.
	tell := func(f *far, want, event, state, frag string) {
		f.p.t.Helper()
		f.cseq++
		f.p.tells(f.id, f.contact, f.tag, f.cseq, event, state, frag)
		f.p.expect(want + " NOTIFY")
	}
	for _, c := range []struct {
		name string
		want int // code of the *Status; 0: nil; -1: another error
		do   func(f *far)
	}{
		{"answered", 0, func(f *far) {
			f.p.reply(f.ref, 202, "", "")
			tell(f, "200", "refer", "active;expires=60", "SIP/2.0 100 Trying\r\n")
			tell(f, "200", "refer", "active", "SIP/2.0 180 Ringing\r\nX: y\r\n")
			tell(f, "489", "dialog", "active", "SIP/2.0 486 Busy\r\n")
			tell(f, "481", "refer;id=0", "active", "SIP/2.0 486 Busy\r\n") // of an older one
			n, _ := f.ref.cseq()
			tell(f, "200", "refer;id="+itoa(int(n)), "terminated;reason=noresource", "SIP/2.0 200 OK")
			tell(f, "481", "refer", "terminated", "SIP/2.0 200 OK")
		}},
		{"busy", 486, func(f *far) {
			f.p.reply(f.ref, 200, "", "")
			tell(f, "200", "refer", "terminated;reason=noresource", "sip/2.0 486 Busy Here\r\n")
		}},
		{"told before the 202", 0, func(f *far) {
			tell(f, "200", "refer", "terminated", "SIP/2.0 200 OK\r\n")
			f.p.reply(f.ref, 202, "", "")
		}},
		{"refused", 603, func(f *far) { f.p.reply(f.ref, 603, "", "") }},
		{"unknown", 405, func(f *far) { f.p.reply(f.ref, 405, "", "") }},
		{"no news wanted", 0, func(f *far) { f.p.reply(f.ref, 202, "", "", "Refer-Sub: false") }},
		{"hangs up", 0, func(f *far) {
			f.p.reply(f.ref, 202, "", "")
			tell(f, "200", "refer", "active", "SIP/2.0 100 Trying\r\n")
			f.p.bye(f.contact, f.id, f.tag, 90)
		}},
		{"hangs up instead", -1, func(f *far) { f.p.bye(f.contact, f.id, f.tag, 90) }},
		{"tells no outcome", 408, func(f *far) {
			f.p.reply(f.ref, 202, "", "")
			tell(f, "200", "refer", "terminated;reason=giveup", "SIP/2.0 100 Trying\r\n")
		}},
		{"tells rubbish", 408, func(f *far) {
			f.p.reply(f.ref, 202, "", "")
			tell(f, "200", "refer", "active", "HTTP/1.0 200 OK\r\n")
			tell(f, "200", "refer", "active", "SIP/2.0 2000 OK\r\n")
			tell(f, "200", "refer", "terminated", "")
		}},
		{"tells nothing", 408, func(f *far) {
			f.p.reply(f.ref, 202, "", "")
			f.p.quiet(lifetime + time.Second)
			tell(f, "481", "refer", "active", "SIP/2.0 180 Ringing\r\n")
		}},
		{"no answer", 408, func(f *far) {
			for range 10 {
				f.p.expect("REFER")
			}
			f.p.quiet(10 * time.Second)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				legs := make(chan *Leg, 1)
				ua, p, _ := facing(t, picksUpTo(&audio{name: "us"}, legs))
				f := &far{p: p, id: "o1", cseq: 1}
				f.tag, f.contact = p.call("o1")
				leg := <-legs
				errs := make(chan error, 1)
				go func() { errs <- leg.Refer(t.Context(), "sip:+1 23@x", nil) }()
				if err := <-errs; err == nil {
					t.Error("referred to nothing")
				}
				go func() { errs <- leg.Refer(t.Context(), "sip:carl@10.0.0.9;x=y", nil) }()
				f.ref = p.expect("REFER")
				if f.ref.header("Refer-To") != "<sip:carl@10.0.0.9;x=y>" || f.ref.header("Referred-By") != "<sip:alice@10.0.0.1>" || f.ref.header("Contact") == "" {
					t.Error(f.ref.fields)
				}
				if err := leg.Refer(t.Context(), "sip:carl@10.0.0.9", nil); statusOf(err, 0).Code != 491 {
					t.Errorf("a second one: %v", err)
				}
				c.do(f)
				var err error
				select {
				case err = <-errs:
				case <-time.After(time.Second):
					t.Fatal("Refer does not return")
				}
				var st *Status
				switch errors.As(err, &st); {
				case c.want == 0 && err != nil, c.want > 0 && (st == nil || st.Code != c.want), c.want < 0 && !errors.Is(err, ErrRemoteBye):
					t.Error(err)
				}
				if leg.Context().Err() == nil {
					p.bye(f.contact, f.id, f.tag, 99)
				}
				rest(t, ua)
			})
		})
	}
}

// TestReferGivenUp: who does not wait any longer gets his context's cause, and late news
// is of nothing.
func TestReferGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		legs := make(chan *Leg, 1)
		ua, p, _ := facing(t, picksUpTo(&audio{name: "us"}, legs))
		tag, contact := p.call("g1")
		leg := <-legs
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		errs := make(chan error, 1)
		go func() { errs <- leg.Refer(ctx, "tel:+4930123", nil) }()
		ref := p.expect("REFER")
		if ref.header("Refer-To") != "<tel:+4930123>" {
			t.Error(ref.header("Refer-To"))
		}
		p.reply(ref, 202, "", "")
		p.quiet(11 * time.Second)
		if err := <-errs; !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		p.tells("g1", contact, tag, 2, "refer", "active", "SIP/2.0 200 OK\r\n")
		p.expect("481 NOTIFY")
		p.bye(contact, "g1", tag, 9)
		if err := leg.Refer(t.Context(), "sip:a@b", nil); !errors.Is(err, ErrRemoteBye) {
			t.Error(err)
		}
		rest(t, ua)
	})
}

// TestAttendedTransferSent: the REFER names the far end of the other leg and its dialog as
// that one sees it.
func TestAttendedTransferSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		legs := make(chan *Leg, 2)
		ua, p, _ := facing(t, picksUpTo(&audio{name: "us"}, legs))
		tag1, contact1 := p.call("t1@x")
		one := <-legs
		tag2, contact2 := p.call("t2@x")
		two := <-legs
		errs := make(chan error, 1)
		go func() { errs <- one.Refer(t.Context(), "", two) }()
		ref := p.expect("REFER")
		if want := "<sip:bob@10.0.0.2?Replaces=t2%40x%3Bto-tag%3Dt2%40x%3Bfrom-tag%3D" + tag2 + ">"; ref.header("Refer-To") != want {
			t.Errorf("%s\nwant %s", ref.header("Refer-To"), want)
		}
		to, wanted, no := parseReferTo(ref.header("Refer-To"))
		if no != nil || to.User != "bob" || wanted == nil || *wanted != (replaces{callID: "t2@x", toTag: "t2@x", fromTag: tag2}) {
			t.Errorf("%+v %+v %+v", to, wanted, no)
		}
		p.reply(ref, 202, "", "")
		p.bye(contact1, "t1@x", tag1, 9)
		if err := <-errs; err != nil {
			t.Error(err)
		}
		if err := two.Refer(t.Context(), strings.Repeat("x", 9), one); err == nil {
			t.Error("referred to a word")
		}
		p.bye(contact2, "t2@x", tag2, 9)
		rest(t, ua)
	})
}

// TestTransferBetweenUs: both halves agree: one UA refers, the other one is referred, over a
// network that loses every second message of each kind.
func TestTransferBetweenUs(t *testing.T) {
	for _, outcome := range []int{200, 486} {
		synctest.Test(t, func(t *testing.T) {
			h := open(t, func(ctx context.Context, in *Invite) error {
				in.Leg.OnRefer(func(r *Refer) {
					if r.To.User != "carl d" || r.ReferredBy.User != "alice" {
						t.Errorf("%+v %+v", r.To, r.ReferredBy)
					}
					if err := r.Accept(); err != nil {
						t.Error(err)
					}
					for _, code := range []int{180, 183, outcome} {
						time.Sleep(3 * time.Second)
						r.Notify(code)
					}
				})
				return picksUp(&audio{name: "bob"})(ctx, in)
			})
			h.serve()
			l, err := h.dial(t.Context(), &audio{name: "alice"})
			if err != nil {
				t.Fatal(err)
			}
			sent := map[string]int{}
			h.lose = func(from netip.AddrPort, line string) bool {
				k := from.String() + line
				sent[k]++
				return sent[k]%2 == 1
			}
			for range 2 {
				start := time.Now()
				err = l.Refer(t.Context(), "sip:carl%20d@10.0.0.9", nil)
				if code := statusOf(err, 200).Code; code != outcome || (err == nil) != (outcome == 200) {
					t.Errorf("%v\n%s", err, h.seen())
				}
				if d := time.Since(start); d < 9*time.Second || d > 40*time.Second {
					t.Errorf("took %s", d)
				}
				time.Sleep(5 * time.Second)
			}
			l.Hangup(t.Context(), nil)
			h.close()
		})
	}
}
