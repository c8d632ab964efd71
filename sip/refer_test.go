package sip

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// transferring makes a UA whose calls are answered and whose REFERs go to f.
func transferring(t *testing.T, f func(*Refer)) (*UA, *peer) {
	ua, p, _ := facing(t, func(ctx context.Context, in *Invite) error {
		if f != nil {
			in.Leg.OnRefer(f)
		}
		in.Leg.Attach(&audio{name: "us"})
		if err := in.Leg.Answer(ctx); err != nil {
			return err
		}
		<-ctx.Done()
		return nil
	})
	return ua, p
}

// frag expects a NOTIFY of a REFER with this code and state, and takes it.
func (p *peer) frag(code string, state string) msgOf {
	p.t.Helper()
	m := p.expect("NOTIFY")
	ct := m.header("Content-Type")
	if body := string(m.body); !strings.HasPrefix(body, "SIP/2.0 "+code+" ") || ct != "message/sipfrag;version=2.0" {
		p.t.Errorf("NOTIFY has %q of %q, want %s", body, ct, code)
	}
	if s := m.header("Subscription-State"); !strings.HasPrefix(s, state) {
		p.t.Errorf("state %q, want %q", s, state)
	}
	p.reply(m, 200, "", "")
	return m
}

// bye hangs up as the peer.
func (p *peer) bye(contact, id, tag string, cseq int) {
	p.t.Helper()
	p.request("BYE", contact, id, id+"bye", tag, cseq, "")
	p.expect("200 BYE")
}

func TestBlindTransferReceived(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ua, p := transferring(t, func(r *Refer) {
			if r.To.User != "we ird" || r.To.Host != "10.0.0.9" || r.To.Name != "Carl" || r.To.URI != "sip:we%20ird@10.0.0.9;x=y" || r.Replaces != nil {
				t.Errorf("%+v", r.To)
			}
			if r.ReferredBy.User != "bob" || r.ReferredBy.Name != "B" {
				t.Errorf("%+v", r.ReferredBy)
			}
			if err := r.Accept(); err != nil {
				t.Error(err)
			}
			if r.Accept() == nil || r.Reject(nil) == nil {
				t.Error("answered twice")
			}
			time.Sleep(time.Second)
			for _, code := range []int{0, 180, 180, 99, 200, 486} {
				r.Notify(code)
				time.Sleep(time.Second)
			}
		})
		tag, contact := p.call("r1")
		p.request("REFER", contact, "r1", "r1a", tag, 2, "", "Refer-To: Carl <sip:we%20ird@10.0.0.9;x=y?Subject=evil&From=%3Csip:x@y%3E>", `Referred-By: "B" <sip:bob@10.0.0.2>;cid=1`)
		if m := p.expect("202 REFER"); m.header("Contact") == "" {
			t.Error("202 without Contact")
		}
		first := p.frag("100", "active;expires=300")
		if first.header("Event") != "refer" || first.header("Contact") == "" || !strings.HasPrefix(first.line, "NOTIFY sip:bob@10.0.0.2 ") {
			t.Error(first.line, first.fields)
		}
		p.frag("180", "active;expires=")
		p.frag("200", "terminated;reason=noresource")
		p.quiet(3 * time.Second) // nothing follows the last
		// The next one is told apart (RFC 3515 2.4.6).
		ref := func(cseq int) {
			p.request("REFER", contact, "r1", "r1b"+itoa(cseq), tag, cseq, "", "Refer-To: Carl <sip:we%20ird@10.0.0.9;x=y>", "Referred-By: B <sip:bob@10.0.0.2>")
		}
		ref(3)
		p.expect("202 REFER")
		if m := p.frag("100", "active"); m.header("Event") != "refer;id=3" {
			t.Error(m.header("Event"))
		}
		ref(4)
		p.expect("491 REFER")
		p.frag("180", "active")
		p.bye(contact, "r1", tag, 5)
		p.quiet(5 * time.Second)
		rest(t, ua)
	})
}

// TestReferRefused: what can't be done is said, and leaves the call alone.
func TestReferRefused(t *testing.T) {
	for _, c := range []struct{ name, want, extra string }{
		{"none", "400", "X: y"},
		{"two", "400", "Refer-To: <sip:a@b>\r\nr: <sip:c@d>"},
		{"a list", "400", "Refer-To: <sip:a@b>, <sip:c@d>"},
		{"no address", "400", "Refer-To: <sip:>"},
		{"everywhere", "400", "Refer-To: *"},
		{"too long", "400", "Refer-To: <sip:a@b;x=" + strings.Repeat("x", 2048) + ">"},
		{"another scheme", "416", "Refer-To: <http://example.com/>"},
		{"mail", "416", "Refer-To: <mailto:a@b>"},
		{"bad replaces", "400", "Refer-To: <sip:a@b?Replaces=x>"},
		{"two replaces", "400", "Refer-To: <sip:a@b?Replaces=x%3Bto-tag%3D1%3Bfrom-tag%3D2&Replaces=y%3Bto-tag%3D1%3Bfrom-tag%3D2>"},
		{"replaces nothing", "603", "Refer-To: <sip:a@b?Replaces=x%3Bto-tag%3D1%3Bfrom-tag%3D2>"},
		{"replaces its own way", "400", "Refer-To: <sip:a@b>\r\nReplaces: x;to-tag=1;from-tag=2"},
		{"an extension", "420", "Refer-To: <sip:a@b>\r\nRequire: multiple-refer"},
		{"left alone", "603", "Refer-To: <sip:leave@b>"},
		{"panic", "603", "Refer-To: <sip:panic@b>"},
		{"busy", "486", "Refer-To: <sip:busy@b>"},
		{"undecided", "500", "Refer-To: <sip:undecided@b>"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ua, p := transferring(t, func(r *Refer) {
					switch r.To.User {
					case "leave":
					case "panic":
						panic("a handler's fault")
					case "busy":
						if err := r.Reject(&Status{Code: 486}); err != nil {
							t.Error(err)
						}
						r.Notify(200)
					case "undecided":
						time.Sleep(30 * time.Second)
						if r.Accept() == nil {
							t.Error("accepted too late")
						}
					default:
						t.Errorf("asked for %+v", r.To)
					}
				})
				tag, contact := p.call("r2")
				p.request("REFER", contact, "r2", "r2a", tag, 2, "", c.extra)
				p.expect(c.want + " REFER")
				p.quiet(30 * time.Second)
				p.request("OPTIONS", contact, "r2", "r2b", tag, 3, "") // the call is still there
				p.expect("200 OPTIONS")
				p.bye(contact, "r2", tag, 4)
				time.Sleep(80 * time.Second)
				if s := ua.Stats(); s.Strands != 0 || s.Dialogs != 0 || s.Panics != 0 && c.name != "panic" {
					t.Errorf("left: %+v", s)
				}
				ua.Close()
			})
		})
	}
}

func TestReferWithoutHandler(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ua, p := transferring(t, nil)
		p.request("REFER", "sip:alice@10.0.0.1", "r3x", "r3x", "", 1, "", "Refer-To: <sip:a@b>")
		p.expect("403 REFER") // out of any dialog
		tag, contact := p.call("r3")
		p.request("REFER", contact, "r3", "r3a", tag, 2, "", "Refer-To: <sip:a@b>")
		p.expect("603 REFER")
		p.bye(contact, "r3", tag, 3)
		rest(t, ua)
	})
}

// TestReferAndGone: the transferor hangs up before his REFER is answered, or right
// after: he is answered, told no more, and his transfer may go on.
func TestReferAndGone(t *testing.T) {
	for _, before := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			gone, done := make(chan struct{}), make(chan struct{})
			ua, p := transferring(t, func(r *Refer) {
				defer close(done)
				if before {
					<-gone
				}
				if err := r.Accept(); err != nil {
					t.Error(err)
				}
				<-gone
				r.Notify(180)
				r.Notify(200)
				if r.Context().Err() != nil {
					t.Error("the transfer ended with the transferor")
				}
			})
			tag, contact := p.call("r4")
			p.request("REFER", contact, "r4", "r4a", tag, 2, "", "Refer-To: <tel:+4930123;x=y>")
			if !before {
				p.expect("202 REFER")
				p.frag("100", "active")
			}
			p.bye(contact, "r4", tag, 3)
			close(gone)
			if before {
				p.expect("202 REFER")
			}
			<-done
			p.quiet(5 * time.Second)
			rest(t, ua)
		})
	}
}

// TestReferQuiet: who wants no NOTIFYs gets none (RFC 4488).
func TestReferQuiet(t *testing.T) {
	for _, extra := range []string{"Refer-Sub: false", "Require: norefersub"} {
		synctest.Test(t, func(t *testing.T) {
			ua, p := transferring(t, func(r *Refer) {
				if !r.Quiet {
					t.Error("not quiet")
				}
				r.Accept()
				r.Notify(180)
				r.Notify(200)
			})
			tag, contact := p.call("r5")
			for cseq := 2; cseq < 4; cseq++ { // again at once: the first one is over
				p.request("REFER", contact, "r5", "r5"+itoa(cseq), tag, cseq, "", "Refer-To: <sip:a@b>", extra)
				if m := p.expect("202 REFER"); m.header("Refer-Sub") != "false" {
					t.Error(m.fields)
				}
				p.quiet(time.Second)
			}
			p.bye(contact, "r5", tag, 9)
			rest(t, ua)
		})
	}
}
