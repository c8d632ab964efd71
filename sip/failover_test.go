package sip

import (
	"testing"
	"testing/synctest"
	"time"
)

// TestDeadTargetLast: a host of a trunk that kept silent, or that asked for time, is
// tried last for as long; then it has its old place again.
func TestDeadTargetLast(t *testing.T) {
	for _, how := range []string{"silence", "503 with Retry-After", "503"} {
		t.Run(how, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ua, a, b := carriers(t, true)
				call := func(first, second *peer) {
					t.Helper()
					errs := make(chan error, 1)
					go func() {
						_, err := ua.Dial(t.Context(), Dial{To: "sip:+4930@carrier.example", Trunk: "t"}, &audio{name: "alice"})
						errs <- err
					}()
					if first != nil {
						inv := first.expect("INVITE")
						switch how {
						case "503":
							first.reply(inv, 503, "x", "")
							first.expect("ACK")
						case "503 with Retry-After":
							first.reply(inv, 503, "x", "", "Retry-After: 25")
							first.expect("ACK")
						}
					}
					second.reply(second.expect("INVITE"), 486, "y", "")
					second.expect("ACK")
					if err := <-errs; statusOf(err, 0).Code != 486 {
						t.Error(err)
					}
					if first == nil && len(a.c.in) > 0 {
						t.Error("the one that rests was tried first")
					}
					drainPeer(a)
				}
				call(a, b)
				if how == "503" {
					call(a, b) // it only refused that one call
				} else {
					call(nil, b)
					drainPeer(b)
					time.Sleep(31 * time.Second)
					call(a, b)
				}
				rest(t, ua)
			})
		})
	}
}
