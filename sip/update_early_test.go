package sip

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

// TestUpdateBeforeAnswer: once offer and answer have passed reliably, either side
// may make another offer by UPDATE before the call is answered (RFC 3311 5); not
// before that.
func TestUpdateBeforeAnswer(t *testing.T) {
	t.Run("they called", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := &audio{name: "alice"}
			ua, p, _ := facing(t, func(ctx context.Context, in *Invite) error {
				in.Leg.Attach(n)
				in.Leg.Ring(ctx, true)
				time.Sleep(10 * time.Second)
				in.Leg.Answer(ctx)
				<-ctx.Done()
				return nil
			})
			p.request("INVITE", "sip:alice@10.0.0.1", "u1", "u1", "", 1, "v=0 offer", "Supported: 100rel", "Allow: UPDATE")
			ring := p.expect("183 INVITE")
			tag, contact := ring.tag("To"), ring.contact()
			p.request("UPDATE", contact, "u1", "u1a", tag, 2, "v=0 too early")
			if m := p.expect("500 UPDATE"); m.header("Retry-After") == "" {
				t.Error("500 without Retry-After")
			}
			p.request("PRACK", contact, "u1", "u1b", tag, 3, "", "RAck: 1 1 INVITE")
			p.expect("200 PRACK")
			p.request("UPDATE", contact, "u1", "u1c", tag, 4, "v=0 second")
			if m := p.expect("200 UPDATE"); string(m.body) != "v=0 answer alice" || m.header("Contact") == "" {
				t.Errorf("%q %v", m.body, m.fields)
			}
			ok := p.expect("200 INVITE")
			if len(ok.body) != 0 {
				t.Errorf("the 200 answers the first offer again: %q", ok.body)
			}
			p.request("ACK", contact, "u1", "u1d", tag, 1, "")
			p.request("BYE", contact, "u1", "u1e", tag, 5, "")
			p.expect("200 BYE")
			synctest.Wait()
			if got := n.said(); got != "answer v=0 offer; answer v=0 second; close" {
				t.Error(got)
			}
			rest(t, ua)
		})
	})
	t.Run("we called", func(t *testing.T) {
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
			update := func(tag, branch string, seq int) {
				body := "v=0 theirs " + tag
				p.send(fmt.Sprintf("UPDATE %s SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.2;rport;branch=z9hG4bK%s\r\nFrom: %s;tag=%s\r\nTo: %s\r\nCall-ID: %s\r\n"+
					"CSeq: %d UPDATE\r\nContact: <sip:moved-%s@10.0.0.2>\r\nContent-Type: application/sdp\r\nContent-Length: %d\r\n\r\n%s",
					inv.contact(), branch, inv.header("To"), tag, inv.header("From"), inv.header("Call-ID"), seq, tag, len(body), body))
			}
			p.reply(inv, 183, "x", "v=0 early x")
			update("x", "1", 50) // that 183 was not reliable: our offer is still open
			p.expect("491 UPDATE")
			p.reply(inv, 183, "y", "v=0 early y", "Require: 100rel", "RSeq: 1")
			p.reply(p.expect("PRACK"), 200, "", "")
			update("y", "2", 7) // another dialog, so its own numbers
			if m := p.expect("200 UPDATE"); string(m.body) != "v=0 answer alice" {
				t.Errorf("%q", m.body)
			}
			update("y", "3", 7)
			p.expect("500 UPDATE")
			p.reply(inv, 200, "y", "v=0 early y", "Contact: <sip:y@10.0.0.2>") // what it repeats is out of date
			p.expect("ACK")
			l := <-legs
			go l.Hangup(t.Context(), nil)
			p.reply(p.expect("BYE"), 200, "", "")
			synctest.Wait()
			if got := n.said(); got != "offer; accept v=0 early x; accept v=0 early y; answer v=0 theirs y; close" {
				t.Error(got)
			}
			rest(t, ua)
		})
	})
}
