package sip

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestSessionTimers: 35 minutes of a call with both refreshers, by UPDATE and
// by re-INVITE.
func TestSessionTimers(t *testing.T) {
	for _, refresher := range []string{"caller", "callee", "re-INVITE"} {
		t.Run(refresher, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h, la, lb := pair(t, &audio{name: "alice"}, &audio{name: "bob"}, func(h *house) {
					h.b.SessionExpires = 10 * time.Minute
				})
				post := func(l *Leg, f func()) { l.s.do(t.Context(), f) }
				switch refresher {
				case "callee":
					// The caller gives the task away with its next refresh.
					post(la, func() { la.timer.we = false })
					post(lb, func() { lb.timer.we = true; lb.timer.start(lb) })
				case "re-INVITE":
					post(la, func() { delete(la.peerAllows, "UPDATE") })
				}
				time.Sleep(35 * time.Minute)
				if la.Context().Err() != nil || lb.Context().Err() != nil {
					t.Fatal(context.Cause(la.Context()), context.Cause(lb.Context()), h.seen())
				}
				from := map[string]string{"caller": "10.0.0.1 UPDATE", "callee": "10.0.0.2 UPDATE", "re-INVITE": "10.0.0.1 INVITE"}[refresher]
				if n := len(h.times(from)); n < 6 || n > 8 {
					t.Errorf("%d times %s:\n%s", n, from, h.seen())
				}
				la.Hangup(t.Context(), nil)
				h.close()
			})
		})
	}
}

// TestSessionExpires: a far end that fell silent is found on both sides.
func TestSessionExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cut := false
		h, la, lb := pair(t, &audio{name: "alice"}, &audio{name: "bob"}, func(h *house) {
			h.lose = func(netip.AddrPort, string) bool { return cut }
		})
		time.Sleep(time.Minute)
		h.mu.Lock()
		cut = true
		h.mu.Unlock()
		time.Sleep(31 * time.Minute)
		synctest.Wait()
		for _, l := range []*Leg{la, lb} {
			if !errors.Is(context.Cause(l.Context()), ErrSessionExpired) {
				t.Error(context.Cause(l.Context()))
			}
		}
		h.close()
	})
}

// TestMinSE: the first INVITE asks for too little, is told so, and asks again.
func TestMinSE(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, la, _ := pair(t, &audio{name: "alice"}, &audio{name: "bob"}, func(h *house) {
			h.a.SessionExpires = 2 * time.Minute
			h.b.MinSE = 5 * time.Minute
		})
		if n := len(h.times("10.0.0.2 422 INVITE")); n != 1 {
			t.Errorf("%d times 422", n)
		}
		time.Sleep(20 * time.Minute)
		if n := len(h.times("10.0.0.1 UPDATE")); n != 7 && n != 8 {
			t.Errorf("%d refreshes in 20 minutes of 2.5", n)
		}
		if la.Context().Err() != nil {
			t.Error(context.Cause(la.Context()))
		}
		la.Hangup(t.Context(), nil)
		h.close()
	})
}

// TestSessionTimerWords are the headers of what a far end asks for.
func TestSessionTimerWords(t *testing.T) {
	for _, c := range []struct{ ask, supported, want string }{
		{"", "", "1800;refresher=uas"},
		{"", "timer", "1800;refresher=uas"},
		{"Session-Expires: 600", "timer", "600;refresher=uac"},
		{"x: 600;refresher=uas", "timer", "600;refresher=uas"},
		{"Session-Expires: 600;Refresher=uac", "timer", "600;refresher=uac"},
		{"Session-Expires: 7200", "timer", "1800;refresher=uac"},
		{"Session-Expires: 600\r\nMin-SE: 400", "timer", "600;refresher=uac"},
		{"Session-Expires: 30", "", "90;refresher=uas"},                  // cannot be told 422
		{"Session-Expires: 600; refresher=uac", "", "600;refresher=uac"}, // it says that it will
	} {
		synctest.Test(t, func(t *testing.T) {
			ua, p, _ := facing(t, picksUp(&audio{name: "alice"}))
			extra := []string{"Allow: INVITE, BYE, UPDATE"}
			if c.ask != "" {
				extra = append(extra, c.ask)
			}
			if c.supported != "" {
				extra = append(extra, "k: "+c.supported)
			}
			p.request("INVITE", "sip:alice@10.0.0.1", "s1", "s1", "", 1, "v=0 offer", extra...)
			ok := p.expect("200 INVITE")
			if got := ok.header("Session-Expires"); got != c.want {
				t.Errorf("%q: got %q, want %q", c.ask, got, c.want)
			}
			if req := ok.header("Require"); (req == "timer") != strings.HasSuffix(c.want, "uac") {
				t.Errorf("%q: Require %q", c.ask, req)
			}
			tag, contact := ok.tag("To"), ok.contact()
			p.request("ACK", contact, "s1", "s1a", tag, 1, "")
			p.request("BYE", contact, "s1", "s1b", tag, 2, "")
			p.expect("200 BYE")
			rest(t, ua)
		})
	}
	synctest.Test(t, func(t *testing.T) {
		ua, p, _ := facing(t, picksUp(&audio{name: "alice"}))
		p.request("INVITE", "sip:alice@10.0.0.1", "s1", "s1", "", 1, "v=0 offer", "Session-Expires: 30", "Supported: timer")
		if m := p.expect("422 INVITE"); m.header("Min-SE") != "90" {
			t.Error(m.header("Min-SE"))
		}
		rest(t, ua)
	})
}
