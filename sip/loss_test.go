package sip

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"
)

func sameTimes(t *testing.T, what string, got, want []time.Duration) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s at %v, want %v", what, got, want)
	}
}

func secs(v ...float64) (out []time.Duration) {
	for _, s := range v {
		out = append(out, time.Duration(s*float64(time.Second)))
	}
	return out
}

var (
	doubling = secs(0, .5, 1.5, 3.5, 7.5, 15.5, 31.5)
	capped   = secs(0, .5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5)
)

func since(base time.Duration, d []time.Duration) (out []time.Duration) {
	for _, x := range d {
		out = append(out, x-base)
	}
	return out
}

func TestINVITEUnheard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, picksUp(&audio{}))
		h.lose = func(from netip.AddrPort, line string) bool { return true }
		h.serve()
		n := &audio{name: "alice"}
		_, err := h.dial(t.Context(), n)
		var st *Status
		if !errors.As(err, &st) || st.Code != 408 {
			t.Error(err)
		}
		sameTimes(t, "INVITE", h.times("10.0.0.1 INVITE"), doubling)
		if n.closed != 0 {
			t.Error("Dial closed the caller's negotiator")
		}
		h.close()
	})
}

// TestOneLost loses the first of each message of a call: it must go on.
func TestOneLost(t *testing.T) {
	for _, what := range []string{"10.0.0.1 INVITE", "10.0.0.2 180 INVITE", "10.0.0.2 200 INVITE", "10.0.0.1 ACK", "10.0.0.1 BYE", "10.0.0.2 200 BYE"} {
		t.Run(what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				answered := make(chan error, 1)
				h := open(t, func(ctx context.Context, in *Invite) error {
					in.Leg.Attach(&audio{name: "bob"})
					in.Leg.Ring(ctx, false)
					time.Sleep(time.Second)
					answered <- in.Leg.Answer(ctx)
					<-ctx.Done()
					return nil
				})
				lost := false
				h.lose = func(from netip.AddrPort, line string) bool {
					if !lost && from.Addr().String()+" "+line == what {
						lost = true
						return true
					}
					return false
				}
				h.serve()
				l, err := h.dial(t.Context(), &audio{name: "alice"})
				if err != nil {
					t.Fatal(err)
				}
				if err := <-answered; err != nil {
					t.Error(err)
				}
				time.Sleep(10 * time.Second)
				l.Hangup(t.Context(), nil)
				time.Sleep(10 * time.Second)
				synctest.Wait()
				if !lost {
					t.Errorf("%s was never sent:\n%s", what, h.seen())
				}
				h.close()
				if n := len(h.times("10.0.0.2 BYE")); n != 0 {
					t.Errorf("the callee sent BYE:\n%s", h.seen())
				}
			})
		})
	}
}

func TestNoACK(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var leg *Leg
		bob := &audio{name: "bob"}
		h := open(t, func(ctx context.Context, in *Invite) error {
			leg = in.Leg
			in.Leg.Attach(bob)
			err := in.Leg.Answer(ctx)
			if !errors.Is(err, ErrNoACK) {
				t.Errorf("Answer: %v", err)
			}
			return err
		})
		h.lose = func(from netip.AddrPort, line string) bool { return line == "ACK" }
		h.serve()
		l, err := h.dial(t.Context(), &audio{name: "alice"})
		if err != nil {
			t.Fatal(err)
		}
		<-l.Context().Done()
		if !errors.Is(context.Cause(l.Context()), ErrRemoteBye) {
			t.Error(context.Cause(l.Context()))
		}
		synctest.Wait()
		if !errors.Is(context.Cause(leg.Context()), ErrNoACK) || bob.closed != 1 {
			t.Error(context.Cause(leg.Context()), bob.said())
		}
		sameTimes(t, "200", h.times("10.0.0.2 200 INVITE"), capped)
		sameTimes(t, "BYE", h.times("10.0.0.2 BYE"), secs(32))
		h.close()
	})
}

// TestHangupBeforeACK: the callee may not say BYE before the ACK.
func TestHangupBeforeACK(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, func(ctx context.Context, in *Invite) error {
			in.Leg.Attach(&audio{name: "bob"})
			go in.Leg.Answer(ctx)
			time.Sleep(time.Second)
			return nil
		})
		n := 0
		h.lose = func(from netip.AddrPort, line string) bool {
			if line == "ACK" {
				n++
				return n < 4
			}
			return false
		}
		h.serve()
		l, err := h.dial(t.Context(), &audio{name: "alice"})
		if err != nil {
			t.Fatal(err)
		}
		<-l.Context().Done()
		sameTimes(t, "BYE", h.times("10.0.0.2 BYE"), secs(3.5))
		h.close()
	})
}

func TestBYEUnheard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, func(ctx context.Context, in *Invite) error {
			in.Leg.Attach(&audio{name: "bob"})
			in.Leg.Answer(ctx)
			time.Sleep(time.Minute)
			return nil
		})
		h.lose = func(from netip.AddrPort, line string) bool { return from.String() == addrA && line == "BYE" }
		h.serve()
		l, err := h.dial(t.Context(), &audio{name: "alice"})
		if err != nil {
			t.Fatal(err)
		}
		l.Hangup(t.Context(), nil)
		time.Sleep(40 * time.Second)
		sameTimes(t, "BYE", h.times("10.0.0.1 BYE"), capped)
		time.Sleep(time.Minute)
		h.close()
	})
}

func TestRefusalUnacknowledged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, func(ctx context.Context, in *Invite) error {
			time.Sleep(200 * time.Millisecond) // just when the 100 is due
			return &Status{Code: 486, Cause: "Q.850;cause=17", RetryAfter: 7 * time.Second}
		})
		h.lose = func(from netip.AddrPort, line string) bool { return line == "ACK" }
		h.serve()
		_, err := h.dial(t.Context(), &audio{name: "alice"})
		var st *Status
		if !errors.As(err, &st) || st.Code != 486 || st.Cause != "Q.850;cause=17" || st.RetryAfter != 7*time.Second {
			t.Errorf("%+v", st)
		}
		time.Sleep(40 * time.Second)
		got := h.times("10.0.0.2 486 INVITE")
		sameTimes(t, "486", since(got[0], got), capped)
		if n := len(h.times("10.0.0.1 ACK")); n != len(got) {
			t.Errorf("%d ACKs to %d refusals", n, len(got))
		}
		if trying := h.times("10.0.0.2 100 INVITE"); len(trying) > 1 {
			t.Errorf("100 sent %d times", len(trying))
		}
		h.close()
	})
}

func TestTryingAfter200ms(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, func(ctx context.Context, in *Invite) error {
			time.Sleep(2 * time.Second)
			return &Status{Code: 404}
		})
		h.serve()
		h.dial(t.Context(), &audio{name: "alice"})
		sameTimes(t, "100", h.times("10.0.0.2 100 INVITE"), secs(.2))
		sameTimes(t, "INVITE", h.times("10.0.0.1 INVITE"), secs(0))
		h.close()
	})
}

// TestLossy is a bad network: one in four datagrams is lost, by a fixed pattern
// a run. Every call must end on both sides.
func TestLossy(t *testing.T) {
	for seed := range 40 {
		synctest.Test(t, func(t *testing.T) {
			h := open(t, func(ctx context.Context, in *Invite) error {
				in.Leg.Attach(&audio{name: "bob"})
				in.Leg.Ring(ctx, seed%2 == 0)
				time.Sleep(time.Duration(seed) * 300 * time.Millisecond)
				if err := in.Leg.Answer(ctx); err != nil {
					return err
				}
				time.Sleep(time.Duration(seed%7) * time.Second)
				if seed%3 == 0 {
					in.Leg.Reinvite(ctx)
				}
				<-ctx.Done()
				return nil
			})
			x := uint32(seed*2654435761 + 1)
			h.lose = func(from netip.AddrPort, line string) bool {
				x ^= x << 13
				x ^= x >> 17
				x ^= x << 5
				return x%4 == 0
			}
			h.serve()
			l, err := h.dial(t.Context(), &audio{name: "alice"})
			if err != nil {
				t.Errorf("seed %d: %v", seed, err)
			} else {
				time.Sleep(20 * time.Second)
				l.Hangup(t.Context(), nil)
			}
			h.close()
		})
	}
}
