package session_test

import (
	"context"
	"testing"
	"time"

	"ringflow/endpoints"
	"ringflow/flow"
	"ringflow/media"
	"ringflow/sip"
)

// To the account's own users the caller's real number and name always show;
// what the node says of them is for the outside world.
func TestOwnUsersSeeTheCaller(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		alice := h.user("alice")
		shown := map[string]any{"CallerId": did, "CallerName": "The office"}
		h.number(did, dial("ring", shown, nil, user(alice.ID)))
		h.number("+18005550101", dial("ring", shown, nil, outside))
		phone := h.phone("alice", "10.0.0.11")
		phone.on(refuses(486, 0))
		far := newPeer(t, h, "10.0.0.3")
		far.on(refuses(486, 0))
		h.put(&endpoints.Endpoint{Kind: endpoints.SipTrunk, DisplayName: "Far", Trunk: &endpoints.Trunk{Host: "10.0.0.3", Port: 5060, Transport: "udp", Prefixes: []string{"+1415"}}})
		for _, number := range []string{did, "+18005550101"} {
			if _, err := h.carrier.call(t.Context(), toNumber(number)); status(t, err) != 486 {
				t.Errorf("%s: %v", number, err)
			}
		}
		if in := phone.called(); len(in) != 1 || in[0].From.Name != "Carla" || in[0].From.User != "+14155550199" {
			t.Errorf("Alice sees %+v", in[0].From)
		}
		if in := far.called(); len(in) != 1 || in[0].From.Name != "The office" || in[0].From.User != did {
			t.Errorf("the outside world sees %+v", in[0].From)
		}
	})
}

// A number of ours never leaves the house, not even by a trunk that the flow names.
func TestOwnNumberByATrunk(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.number("+18005550101", say("hello", "You reached us", ""))
		h.number(did, node{id: "ring", typ: "DialNode", in: map[string]any{"Destinations": []map[string]any{
			{"Destination": ref{flow.SipTrunkType, h.trunk.ID}, "Number": "8005550101"}}}})
		c := h.carrier.mustCall(toNumber(did))
		c.over(t, 5*time.Second)
		if c.ear.hears(pitch("You reached us")) < 700*time.Millisecond {
			t.Error("the caller does not hear the number's flow")
		}
		if n := len(h.carrier.called()); n != 0 {
			t.Errorf("%d calls left the house", n)
		}
	})
}

// Numbers that each ring two others fill the house no more than those that ring one.
func TestNumbersThatForwardToMany(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.number(did, dial("on", map[string]any{"Strategy": "Sequential"}, nil, did, did, did))
		if _, err := h.carrier.call(t.Context(), toNumber(did)); status(t, err) != 480 {
			t.Errorf("got %v", err)
		}
		if n := len(h.records()); n > 501 {
			t.Errorf("%d sessions came of one call", n)
		}
		if live := h.Live(nil); len(live) != 0 {
			t.Errorf("%d sessions still live", len(live))
		}
		if _, err := h.carrier.call(t.Context(), toNumber(did)); status(t, err) != 480 {
			t.Errorf("the next call: %v", err)
		}
	})
}

// Who is not answered yet hears the node's own ringback too, as early media.
func TestOwnRingbackBeforeTheAnswer(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		alice := h.user("alice")
		h.number(did, dial("ring", map[string]any{"TimeoutInSeconds": 6, "Ringback": ref{flow.AudioFileType, h.audio(700)}}, nil, user(alice.ID)))
		phone := h.phone("alice", "10.0.0.11")
		phone.on(refuses(486, time.Hour))
		e, early, err := h.carrier.listens(t, toNumber(did))
		if status(t, err) != 480 {
			t.Errorf("got %v", err)
		}
		if !early || e.hears(700) < 4*time.Second {
			t.Errorf("183 with sound: %v; heard the ringback for %s", early, e.hears(700))
		}
		phone.on(picksUp(&ear{}, 2*time.Second, 1000, 0))
		c := h.carrier.mustCall(toNumber(did))
		c.ear.forget()
		time.Sleep(3 * time.Second)
		if c.ear.hears(1000) < 2*time.Second || c.ear.hears(700) > 100*time.Millisecond {
			t.Errorf("after the answer: Alice for %s, the ringback for %s", c.ear.hears(1000), c.ear.hears(700))
		}
		c.hangUp(t)
	})
}

// soundsThen whistles for three seconds before the answer, and then refuses.
func soundsThen(code int, hz float64) func(context.Context, *sip.Invite, *media.Port) error {
	return func(ctx context.Context, in *sip.Invite, port *media.Port) error {
		if err := in.Leg.Ring(ctx, true); err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
		defer cancel()
		port.Play(ctx, tone(hz, time.Second).Source(-1)) //nolint:errcheck // for three seconds
		return &sip.Status{Code: code}
	}
}

// Who has heard a far end's own sound and is rung on hears the ringing tone
// from us: its phone plays none any more.
func TestRingingAfterEarlyMedia(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		alice := h.user("alice")
		h.number(did, dial("out", nil, map[string]string{"Busy": "ring"}, outside), dial("ring", map[string]any{"TimeoutInSeconds": 6}, nil, user(alice.ID)))
		h.phone("alice", "10.0.0.11").on(refuses(486, time.Hour))
		far := newPeer(t, h, "10.0.0.3")
		h.put(&endpoints.Endpoint{Kind: endpoints.SipTrunk, DisplayName: "Far", Trunk: &endpoints.Trunk{Host: "10.0.0.3", Port: 5060, Transport: "udp", Prefixes: []string{"+1415"}}})
		far.on(soundsThen(486, 700))
		e, _, err := h.carrier.listens(t, toNumber(did))
		if status(t, err) != 480 {
			t.Errorf("got %v", err)
		}
		if e.hears(700) < time.Second || e.hears(440) < time.Second {
			t.Errorf("heard the far end for %s, the ringing tone for %s", e.hears(700), e.hears(440))
		}
	})
}

// So does the caller of a number whose first trunk gives up after its own sound.
func TestRingingAfterATrunksEarlyMedia(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.number(did, dial("out", map[string]any{"TimeoutInSeconds": 8}, nil, outside))
		for i, act := range []func(context.Context, *sip.Invite, *media.Port) error{soundsThen(503, 700), refuses(486, time.Hour)} {
			host := []string{"10.0.0.3", "10.0.0.4"}[i]
			newPeer(t, h, host).on(act)
			h.put(&endpoints.Endpoint{Kind: endpoints.SipTrunk, DisplayName: host, Trunk: &endpoints.Trunk{Host: host, Port: 5060, Transport: "udp", Priority: i + 1, Prefixes: []string{"+1415"}}})
		}
		e, _, err := h.carrier.listens(t, toNumber(did))
		if status(t, err) != 480 {
			t.Errorf("got %v", err)
		}
		if e.hears(700) < time.Second || e.hears(440) < time.Second {
			t.Errorf("heard the first trunk for %s, the ringing tone for %s", e.hears(700), e.hears(440))
		}
		logged(t, h.record(), "Trying the next trunk")
	})
}
