package sip

import (
	"net/netip"
	"testing"
	"testing/synctest"
	"time"
)

// Who is told of phones that come hears of no refresh.
func TestOnPhone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		came := make(chan string, 100)
		a, w := newTestAccess(&UA{OnPhone: func(user string) { came <- user }})
		w.answers(answering(200))
		a.start()
		defer a.stop()
		elsewhere := netip.MustParseAddrPort("198.51.100.9:5070")
		for _, step := range []struct {
			name    string
			src     netip.AddrPort
			callID  string
			cseq    string
			contact string
			want    int
		}{
			{"first", aliceHome, "c1", "1", "<sip:a@10.0.0.1:5070>", 1},
			{"refreshed", aliceHome, "c1", "2", "<sip:a@10.0.0.1:5070>", 0},
			{"fetched", aliceHome, "c1", "3", "none", 0},
			{"refused", aliceHome, "c1", "2", "<sip:a@10.0.0.1:5070>", 0},
			{"started again", aliceHome, "c2", "1", "<sip:a@10.0.0.1:5070>", 1},
			{"moved", elsewhere, "c2", "2", "<sip:a@10.0.0.1:5070>", 1},
			{"another phone", aliceHome, "c3", "1", "<sip:b@10.0.0.1:5070>", 1},
			{"gone", aliceHome, "c3", "2", "<sip:b@10.0.0.1:5070>;expires=0", 0},
			{"back", aliceHome, "c3", "3", "<sip:b@10.0.0.1:5070>", 1},
		} {
			registers(t, a, step.src, "Call-ID: "+step.callID, "CSeq: "+step.cseq+" REGISTER", "Contact: "+step.contact, "Expires: 900")
			if n := len(came); n != step.want {
				t.Errorf("%s: told %d times, want %d", step.name, n, step.want)
			}
			for len(came) > 0 {
				if user := <-came; user != "alice" {
					t.Errorf("%s: told of %s", step.name, user)
				}
			}
		}
		w.answers(nil) // silence, until both are offline
		time.Sleep(4 * time.Minute)
		if n := len(came); n != 0 {
			t.Errorf("told %d times of phones that went", n)
		}
		w.answers(answering(200))
		time.Sleep(time.Minute)
		synctest.Wait()
		if n := len(came); n != 2 {
			t.Errorf("told %d times of two that answer again", n)
		}
	})
}
