package sip

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
)

// TestHangupWhileRinging: a call of ours that is not answered can be hung up by its leg: CANCEL
// with the reason, and Dial returns; also before anything was heard or sent.
func TestHangupWhileRinging(t *testing.T) {
	for _, c := range []string{"rings", "silent", "not sent", "plain"} {
		t.Run(c, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ua, p, _ := facing(t, nil)
				why := &Status{Code: 503, Cause: `SIP;cause=200;text="Call completed elsewhere"`}
				begun, errs := make(chan *Leg, 1), make(chan error, 1)
				n := &audio{name: "us"}
				go func() {
					_, err := ua.Dial(t.Context(), Dial{To: "sip:bob@10.0.0.2", From: Party{Name: "Alice", User: "alice"}, Begun: func(l *Leg) {
						if p := l.Local(); p.User != "alice" || p.Name != "Alice" {
							t.Errorf("before its INVITE the leg is %+v's", p)
						}
						if c == "not sent" {
							l.Hangup(t.Context(), why)
						}
						begun <- l
					}}, n)
					errs <- err
				}()
				inv := p.expect("INVITE")
				leg := <-begun
				switch c {
				case "rings":
					p.reply(inv, 180, "b", "")
					synctest.Wait()
					leg.Hangup(t.Context(), why)
				case "plain":
					p.reply(inv, 180, "b", "")
					synctest.Wait()
					leg.Hangup(t.Context(), nil)
				case "silent":
					leg.Hangup(t.Context(), why)
				}
				if err := <-errs; !errors.Is(err, ErrHungUp) {
					t.Error(err)
				}
				if c == "silent" || c == "not sent" {
					p.reply(inv, 180, "b", "") // a CANCEL waits for a 1xx
				}
				can := p.expect("CANCEL")
				if has := strings.Contains(can.header("Reason"), "elsewhere"); has != (c == "rings" || c == "silent") {
					t.Error(can.fields)
				}
				p.reply(can, 200, "b", "")
				p.reply(inv, 487, "b", "")
				p.expect("ACK")
				if leg.Context().Err() == nil || leg.Ringing() || leg.Hangup(t.Context(), nil) != nil {
					t.Error("the leg is not over")
				}
				if said := n.said(); said != "offer" {
					t.Error(said) // Dial failed: it is the caller's
				}
				rest(t, ua)
			})
		})
	}
}
