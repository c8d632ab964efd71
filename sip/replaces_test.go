package sip

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// taking is a UA whose INVITEs with Replaces come out of the channel, answered 200 and kept
// up; others are answered too.
func taking(t *testing.T) (*UA, *peer, chan *Invite) {
	t.Helper()
	got := make(chan *Invite, 10)
	ua, p, _ := facing(t, func(ctx context.Context, in *Invite) error {
		if in.Header("Replaces") != "" {
			t.Error("Replaces is left to the handler")
		}
		got <- in
		in.Leg.Attach(&audio{name: "us"})
		if err := in.Leg.Answer(ctx); err != nil {
			return err
		}
		<-ctx.Done()
		return nil
	})
	return ua, p, got
}

// invites sends an INVITE with more headers and returns the code of its final answer,
// acknowledged; hangs up if it is a 200.
func (p *peer) invites(id string, extra ...string) string {
	p.t.Helper()
	p.request("INVITE", "sip:alice@10.0.0.1", id, id, "", 1, "v=0 offer", extra...)
	m := p.next()
	for m.line[8] == '1' {
		m = p.next()
	}
	code := m.line[8:11]
	if code == "200" {
		p.request("ACK", m.contact(), id, id+"ack", m.tag("To"), 1, "")
		p.bye(m.contact(), id, m.tag("To"), 2)
	} else {
		p.request("ACK", "sip:alice@10.0.0.1", id, id, m.tag("To"), 1, "")
	}
	return code
}

// TestReplacesConfirmed: RFC 3891 3 for a call that is up.
func TestReplacesConfirmed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ua, p, got := taking(t)
		tag, contact := p.call("c1@host")
		first := <-got
		first.Leg.SetTag("mine")
		if id := first.Leg.Dialog(); id != (DialogID{"c1@host", tag, "c1@host"}) || id.Theirs() != (DialogID{"c1@host", "c1@host", tag}) || first.Leg.Ringing() {
			t.Errorf("%+v", id)
		}
		right := fmt.Sprintf("Replaces: c1@host;to-tag=%s;from-tag=c1@host", tag)
		for i, c := range []struct {
			want  string
			extra []string
			leg   *Leg
		}{
			{"200", []string{right}, first.Leg},
			{"200", []string{right, "Require: replaces"}, first.Leg},
			{"200", []string{fmt.Sprintf("Replaces: c1@host ; from-tag=%s ;x=y; to-tag=c1@host", tag)}, first.Leg}, // as its far end names it
			{"200", []string{"X: y"}, nil},
			{"486", []string{right + ";early-only"}, nil},
			{"400", []string{right, right}, nil},
			{"400", []string{right + ", " + right[10:]}, nil},
			{"400", []string{"Replaces: c1@host;to-tag=" + tag}, nil},
			{"400", []string{"Replaces: c1@host"}, nil},
			{"400", []string{right + ";to-tag=x"}, nil},
			{"400", []string{"Replaces: " + strings.Repeat("x", 1100) + ";to-tag=a;from-tag=b"}, nil},
			{"481", []string{"Replaces: c1@host;to-tag=" + tag + ";from-tag=other"}, nil},
			{"481", []string{"Replaces: c1@host;to-tag=" + tag + ";from-tag=" + tag}, nil},
			{"481", []string{"Replaces: other;to-tag=" + tag + ";from-tag=c1@host"}, nil},
		} {
			if code := p.invites("c1x"+itoa(i), c.extra...); code != c.want {
				t.Errorf("%v: %s, want %s", c.extra, code, c.want)
			}
			if c.want != "200" {
				if len(got) != 0 {
					t.Errorf("%v reached the handler", c.extra)
				}
				continue
			}
			in := <-got
			if in.Replaces != c.leg {
				t.Errorf("%v: %v", c.extra, in.Replaces)
			}
			if c.leg != nil && in.Replaces.Tag() != "mine" {
				t.Error(in.Replaces.Tag())
			}
		}
		p.request("OPTIONS", contact, "c1@host", "c1opt", tag, 3, "", right)
		p.expect("400 OPTIONS")
		p.request("INFO", "sip:alice@10.0.0.1", "c1i", "c1i", "", 3, "", right)
		p.expect("481 INFO")
		p.bye(contact, "c1@host", tag, 5)
		if code := p.invites("c1late", right); code != "481" && code != "603" {
			t.Error(code)
		}
		rest(t, ua)
	})
}

// TestReplacesEnding: a dialog whose BYE is not answered yet is over (603).
func TestReplacesEnding(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ua, p, got := taking(t)
		tag, _ := p.call("e1")
		in := <-got
		go in.Leg.Hangup(t.Context(), nil)
		bye := p.expect("BYE")
		p.request("INVITE", "sip:alice@10.0.0.1", "e1x", "e1x", "", 1, "v=0 offer", "Replaces: e1;from-tag=e1;to-tag="+tag)
		m := p.expect("603 INVITE")
		p.request("ACK", "sip:alice@10.0.0.1", "e1x", "e1x", m.tag("To"), 1, "")
		p.reply(bye, 200, "", "")
		rest(t, ua)
	})
}

// TestPickup: a phone rings; another one takes the call by the dialog that its lamp was
// told of, in either order of the tags.
func TestPickup(t *testing.T) {
	for _, swapped := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			ua, p, got := taking(t)
			type ringing struct{ who string }
			begun := make(chan *Leg, 1)
			ctx, cancel := context.WithCancelCause(t.Context())
			errs := make(chan error, 1)
			go func() {
				_, err := ua.Dial(ctx, Dial{To: "sip:bob@10.0.0.2", Tag: &ringing{"bob"}, Begun: func(l *Leg) { begun <- l }}, &audio{name: "us"})
				errs <- err
			}()
			inv := p.expect("INVITE")
			leg := <-begun
			if id := leg.Dialog(); id != (DialogID{inv.header("Call-ID"), inv.tag("From"), ""}) || !leg.Ringing() {
				t.Errorf("%+v", id)
			}
			to := func(tag string) string {
				a, b := tag, inv.tag("From") // to-tag is of who is asked: us, or the phone
				if swapped {
					a, b = b, a
				}
				return "Replaces: " + inv.header("Call-ID") + ";to-tag=" + a + ";from-tag=" + b + ";early-only"
			}
			if code := p.invites("p0", to("b1")); code != "481" {
				t.Errorf("%s: nobody rings yet", code)
			}
			p.reply(inv, 180, "b1", "")
			p.reply(inv, 180, "b2", "")
			synctest.Wait()
			if id := leg.Dialog(); id.RemoteTag != "b2" {
				t.Errorf("%+v", id)
			}
			for i, tag := range []string{"b1", "b2", "b3"} {
				code := p.invites("p1"+itoa(i), to(tag))
				if tag == "b3" {
					if code != "481" {
						t.Error(code)
					}
					continue
				}
				in := <-got
				if code != "200" || in.Replaces != leg || in.Replaces.Tag().(*ringing).who != "bob" || !in.Replaces.Ringing() {
					t.Errorf("%s %+v", code, in)
				}
			}
			cancel(&Status{Cause: `SIP;cause=200;text="Call completed elsewhere"`})
			can := p.expect("CANCEL")
			if !strings.Contains(can.header("Reason"), "elsewhere") {
				t.Error(can.fields)
			}
			p.reply(can, 200, "b2", "")
			p.reply(inv, 487, "b2", "")
			p.expect("ACK")
			if err := <-errs; err == nil {
				t.Error("no error")
			}
			if code := p.invites("p2", to("b2")); code != "481" || leg.Ringing() {
				t.Errorf("%s after the end", code)
			}
			rest(t, ua)
		})
	}
}

// TestReplacesTheirEarly: a caller whom nobody has answered yet can't be taken over (RFC 3891 3).
func TestReplacesTheirEarly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ua, p, _ := facing(t, func(ctx context.Context, in *Invite) error {
			if in.Replaces != nil {
				t.Error("taken over")
			}
			in.Leg.Ring(ctx, false)
			<-ctx.Done()
			return nil
		})
		p.request("INVITE", "sip:alice@10.0.0.1", "w1", "w1", "", 1, "v=0 offer")
		tag := p.expect("180 INVITE").tag("To")
		if code := p.invites("w2", "Replaces: w1;from-tag=w1;to-tag="+tag); code != "481" {
			t.Error(code)
		}
		// Given up while the dialog is being looked for, or after: nothing is left.
		p.request("INVITE", "sip:alice@10.0.0.1", "w3", "w3", "", 1, "v=0 offer", "Replaces: w1;from-tag=x;to-tag="+tag)
		p.request("CANCEL", "sip:alice@10.0.0.1", "w3", "w3", "", 1, "")
		for range 2 {
			p.next() // 200 CANCEL and 481 or 487
		}
		p.request("ACK", "sip:alice@10.0.0.1", "w3", "w3", "x", 1, "")
		p.request("CANCEL", "sip:alice@10.0.0.1", "w1", "w1", "", 1, "")
		p.expect("200 CANCEL")
		p.expect("487 INVITE")
		p.request("ACK", "sip:alice@10.0.0.1", "w1", "w1", tag, 1, "")
		rest(t, ua)
	})
}

// TestReplacesInRefer: the transferor's other call is found, whatever its order of coming.
func TestReplacesInRefer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		legs := make(chan *Leg, 2)
		refers := make(chan *Refer, 1)
		ua, p, _ := facing(t, func(ctx context.Context, in *Invite) error {
			in.Leg.OnRefer(func(r *Refer) { refers <- r; r.Accept(); r.Notify(200) })
			return picksUpTo(&audio{name: "us"}, legs)(ctx, in)
		})
		tag1, contact1 := p.call("x1")
		one := <-legs
		tag2, contact2 := p.call("x2@h")
		two := <-legs
		p.request("REFER", contact1, "x1", "x1a", tag1, 2, "", "Refer-To: <sip:alice@10.0.0.1?Replaces=x2@h%3bfrom-tag%3dx2%40h%3bto-tag%3D"+tag2+"&Require=replaces>")
		p.expect("202 REFER")
		r := <-refers
		if r.Leg != one || r.Replaces != two || r.To.URI != "sip:alice@10.0.0.1" {
			t.Errorf("%+v", r)
		}
		p.frag("100", "active")
		p.frag("200", "terminated")
		p.bye(contact1, "x1", tag1, 5)
		p.bye(contact2, "x2@h", tag2, 5)
		rest(t, ua)
	})
}

// TestReferBeforeTheAnswer: the transferor's other call still waits for our answer: it is found,
// though an INVITE may not take its place.
func TestReferBeforeTheAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		refers := make(chan *Refer, 1)
		waits := make(chan *Leg, 1)
		ua, p, _ := facing(t, func(ctx context.Context, in *Invite) error {
			if in.RequestURI.User == "carl" {
				in.Leg.Ring(ctx, false)
				waits <- in.Leg
				<-ctx.Done()
				return nil
			}
			in.Leg.OnRefer(func(r *Refer) { refers <- r; r.Reject(nil) })
			return picksUp(&audio{name: "us"})(ctx, in)
		})
		tag, contact := p.call("b1")
		p.request("INVITE", "sip:carl@10.0.0.1", "b2", "b2", "", 1, "v=0 offer")
		ringing := p.expect("180 INVITE").tag("To")
		p.request("REFER", contact, "b1", "b1a", tag, 2, "", "Refer-To: <sip:carl@10.0.0.1?Replaces=b2%3Bto-tag%3D"+ringing+"%3Bfrom-tag%3Db2>")
		p.expect("603 REFER")
		if r, l := <-refers, <-waits; r.Replaces != l || l.Code() != 0 || l.Ringing() {
			t.Errorf("%+v", r)
		}
		if code := p.invites("b3", "Replaces: b2;from-tag=b2;to-tag="+ringing); code != "481" {
			t.Error(code)
		}
		p.request("CANCEL", "sip:carl@10.0.0.1", "b2", "b2", "", 1, "")
		p.expect("200 CANCEL")
		p.expect("487 INVITE")
		p.request("ACK", "sip:carl@10.0.0.1", "b2", "b2", ringing, 1, "")
		p.bye(contact, "b1", tag, 5)
		rest(t, ua)
	})
}

// TestDialReplaces: we take a place at a far end.
func TestDialReplaces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ua, p, got := taking(t)
		tag, contact := p.call("d1")
		in := <-got
		errs := make(chan error, 1)
		go func() {
			_, err := ua.Dial(t.Context(), Dial{To: "sip:bob@10.0.0.2", Replaces: in.Leg}, &audio{name: "us"})
			errs <- err
		}()
		inv := p.expect("INVITE")
		if inv.header("Replaces") != "d1;to-tag=d1;from-tag="+tag || inv.header("Require") != "replaces" {
			t.Error(inv.fields)
		}
		p.reply(inv, 420, "z", "", "Unsupported: replaces")
		p.expect("ACK")
		if err := <-errs; statusOf(err, 0).Code != 420 {
			t.Error(err)
		}
		p.bye(contact, "d1", tag, 5)
		if _, err := ua.Dial(t.Context(), Dial{To: "sip:b@c", Headers: [][2]string{{"replaces", "x"}}}, &audio{}); err == nil {
			t.Error("Replaces may be set as any header")
		}
		time.Sleep(time.Second)
		rest(t, ua)
	})
}
