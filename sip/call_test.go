package sip

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestCall(t *testing.T) {
	for _, who := range []string{"caller", "callee"} {
		t.Run(who+" hangs up", func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				bob := &audio{name: "bob"}
				var leg *Leg
				h := open(t, func(ctx context.Context, in *Invite) error {
					leg = in.Leg
					in.Leg.Attach(bob)
					if in.From.User != "alice" || in.From.Name != `Al "x"` || in.RequestURI.User != "bob" || string(in.Offer) != "v=0 offer alice 1" {
						t.Errorf("invite %+v", in)
					}
					if err := in.Leg.Ring(ctx, false); err != nil {
						t.Error(err)
					}
					time.Sleep(10 * time.Second)
					if err := in.Leg.Answer(ctx); err != nil {
						t.Error(err)
					}
					if who == "caller" {
						<-ctx.Done()
						if !errors.Is(context.Cause(ctx), ErrRemoteBye) {
							t.Error(context.Cause(ctx))
						}
						return nil
					}
					time.Sleep(time.Minute)
					return nil
				})
				h.serve()
				alice := &audio{name: "alice"}
				l, err := h.dial(t.Context(), alice)
				if err != nil {
					t.Fatal(err, h.seen())
				}
				if l.Code() != 200 || l.Incoming() || l.Remote().User != "bob" {
					t.Errorf("leg %+v", l)
				}
				if who == "caller" {
					time.Sleep(time.Minute)
					if err := l.Hangup(t.Context(), nil); err != nil {
						t.Error(err)
					}
					if !errors.Is(context.Cause(l.Context()), ErrHungUp) {
						t.Error(context.Cause(l.Context()))
					}
				} else {
					<-l.Context().Done()
					if !errors.Is(context.Cause(l.Context()), ErrRemoteBye) {
						t.Error(context.Cause(l.Context()))
					}
				}
				synctest.Wait()
				if got := alice.said(); got != "offer; accept v=0 answer bob; close" {
					t.Error(got)
				}
				if got := bob.said(); got != "answer v=0 offer alice 1; close" {
					t.Error(got)
				}
				if leg.Code() != 200 {
					t.Error(leg.Code())
				}
				h.close()
			})
		})
	}
}
