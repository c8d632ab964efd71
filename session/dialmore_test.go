package session_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"ringflow/endpoints"
	"ringflow/media"
	"ringflow/sip"
)

// rungAt notes when a peer rings, and refuses when it has rung for a while.
func rungAt(start time.Time, at *time.Duration, code int, rings time.Duration) func(context.Context, *sip.Invite, *media.Port) error {
	refuse := refuses(code, rings)
	return func(ctx context.Context, in *sip.Invite, p *media.Port) error {
		*at = time.Since(start)
		return refuse(ctx, in, p)
	}
}

func TestSequential(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		alice, bob, carol := h.user("alice"), h.user("bob"), h.user("carol")
		n := dial("ring", map[string]any{"Strategy": "Sequential", "TimeoutInSeconds": 5}, map[string]string{"No Answer": "na"}, user(alice.ID), user(bob.ID), user(carol.ID))
		h.number(did, n, say("na", "NA", ""))
		var atAlice, atBob time.Duration
		pa, pb, pc := h.phone("alice", "10.0.0.11"), h.phone("bob", "10.0.0.12"), h.phone("carol", "10.0.0.13")
		start := time.Now()
		pa.on(rungAt(start, &atAlice, 486, time.Hour))
		pb.on(rungAt(start, &atBob, 486, 2*time.Second))
		pc.on(picksUp(&ear{}, time.Second, 440, 0))
		c := h.carrier.mustCall(toNumber(did))
		if d := time.Since(start); d < 8*time.Second || d > 9*time.Second {
			t.Errorf("Carol answered after %s, want 8 s: 5 at Alice, 2 at Bob, 1 at hers", d)
		}
		if atBob-atAlice < 5*time.Second {
			t.Errorf("Bob rang %s after Alice", atBob-atAlice)
		}
		c.hangUp(t)
		// Carol's phone is asked first now: the others never ring.
		pc.on(nil)
		before := len(pa.called())
		h.number("+18005550101", dial("ring", map[string]any{"Strategy": "Sequential"}, nil, user(bob.ID), user(alice.ID)))
		pb.on(picksUp(&ear{}, time.Second, 440, 0))
		c = h.carrier.mustCall(toNumber("+18005550101"))
		time.Sleep(40 * time.Second)
		c.hangUp(t)
		if len(pa.called()) != before {
			t.Error("the next in the sequence rang though the first had answered")
		}
	})
}

func TestOneOfTwoUsersRefuses(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		alice, bob := h.user("alice"), h.user("bob")
		h.number(did, dial("ring", map[string]any{"TimeoutInSeconds": 5}, map[string]string{"No Answer": "na", "Busy": "busy"}, user(alice.ID), user(bob.ID)), say("na", "NA", ""), say("busy", "BUSY", ""))
		h.phone("alice", "10.0.0.11").on(refuses(486, 0))
		pb := h.phone("bob", "10.0.0.12")
		pb.on(refuses(486, time.Hour))
		c := h.carrier.mustCall(toNumber(did))
		c.over(t, 5*time.Second)
		if c.ear.hears(pitch("NA")) == 0 {
			t.Error("one rang to the end: that is no answer, not busy")
		}
		pb.on(refuses(486, 0))
		c = h.carrier.mustCall(toNumber(did))
		c.over(t, 5*time.Second)
		if c.ear.hears(pitch("BUSY")) == 0 {
			t.Error("both are busy")
		}
	})
}

// A user who declines at one device is not rung at the others.
func TestDeclineSpeaksForAllDevices(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		alice := h.user("alice")
		h.number(did, dial("ring", nil, nil, user(alice.ID)))
		h.phone("alice", "10.0.0.11").on(refuses(603, 2*time.Second))
		h.phone("alice", "10.0.0.12").on(refuses(486, time.Hour))
		start := time.Now()
		if _, err := h.carrier.call(t.Context(), toNumber(did)); status(t, err) != 603 {
			t.Errorf("got %v", err)
		}
		if d := time.Since(start); d > 3*time.Second {
			t.Errorf("it rang on for %s", d)
		}
	})
}

func TestMaxDurationAndRingback(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		alice := h.user("alice")
		h.number(did, node{id: "a", typ: "AnswerNode", to: map[string]string{"Done": "ring"}}, dial("ring", map[string]any{"MaxDurationInSeconds": 5}, nil, user(alice.ID)))
		h.phone("alice", "10.0.0.11").on(picksUp(&ear{}, 4*time.Second, 1000, 0))
		c := h.carrier.mustCall(toNumber(did))
		time.Sleep(3500 * time.Millisecond)
		if d := c.ear.hears(440); d < time.Second { // the ringing tone of the US has 440 and 480 Hz
			t.Errorf("heard the ringing tone for %s", d)
		}
		c.ear.forget()
		started := time.Now()
		c.over(t, 20*time.Second)
		if d := time.Since(started); d < 5*time.Second || d > 8*time.Second {
			t.Errorf("the call went on for %s", d)
		}
		if c.ear.hears(1000) < 4*time.Second || c.ear.hears(440) > time.Second {
			t.Errorf("heard Alice for %s, the ringing tone for %s", c.ear.hears(1000), c.ear.hears(440))
		}
		logged(t, h.record(), "Limit: the call to Alice has lasted 5 s")
	})
}

func TestPassCallerID(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		far := newPeer(t, h, "10.0.0.3")
		trunk := h.put(&endpoints.Endpoint{Kind: endpoints.SipTrunk, DisplayName: "Far", Trunk: &endpoints.Trunk{Host: "10.0.0.3", Port: 5060, Transport: "udp", Prefixes: []string{"+1"}}})
		h.number(did, dial("out", map[string]any{"PassCallerId": true}, nil, outside))
		far.on(refuses(486, 0))
		for _, allowed := range []bool{false, true} {
			trunk.Trunk.AllowOriginalCallerID = allowed
			h.put(trunk)
			if _, err := h.carrier.call(t.Context(), toNumber(did)); status(t, err) != 486 {
				t.Fatal(err)
			}
		}
		in := far.called()
		if len(in) != 2 {
			t.Fatalf("%d calls", len(in))
		}
		if in[0].From.User != did || in[0].Header("Diversion") != "" {
			t.Errorf("not allowed: From %s, Diversion %q", in[0].From.User, in[0].Header("Diversion"))
		}
		if in[1].From.User != "+14155550199" || !strings.Contains(in[1].Header("Diversion"), did) || !strings.Contains(in[1].Header("P-Asserted-Identity"), did) {
			t.Errorf("allowed: From %s, Diversion %q, P-Asserted-Identity %q", in[1].From.User, in[1].Header("Diversion"), in[1].Header("P-Asserted-Identity"))
		}
	})
}

func TestNoCodecIsRefusedBeforeAnyoneRings(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		alice := h.user("alice")
		h.number(did, dial("ring", nil, nil, user(alice.ID)))
		h.number("+18005550101", say("x", "x", ""))
		phone := h.phone("alice", "10.0.0.11")
		for _, number := range []string{did, "+18005550101"} {
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			_, err := h.carrier.ua.Dial(ctx, toNumber(number), exotic{})
			cancel()
			if status(t, err) != 488 {
				t.Errorf("%s: %v, want 488", number, err)
			}
		}
		if len(phone.called()) != 0 {
			t.Error("Alice's phone rang")
		}
	})
}

// exotic offers a codec that nobody has.
type exotic struct{}

func (exotic) Offer() ([]byte, error) {
	return []byte("v=0\r\no=- 1 1 IN IP4 10.0.0.2\r\ns=-\r\nc=IN IP4 10.0.0.2\r\nt=0 0\r\nm=audio 40000 RTP/AVP 97\r\na=rtpmap:97 iLBC/8000\r\n"), nil
}
func (exotic) Answer([]byte) ([]byte, error) { return nil, media.ErrNoCodec }
func (exotic) Accept([]byte) error           { return nil }
func (exotic) Rollback()                     {}
func (exotic) Close() error                  { return nil }

// Ringing sounds as the account's country knows it.
func TestRingbackOfTheCountry(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		settings, err := h.store.Settings(t.Context(), h.account)
		if err != nil {
			t.Fatal(err)
		}
		settings.DefaultCountry = "DE"
		if err := h.store.PutSettings(t.Context(), settings); err != nil {
			t.Fatal(err)
		}
		h.Reload(t.Context())
		alice := h.user("alice")
		h.number(did, node{id: "a", typ: "AnswerNode", to: map[string]string{"Done": "ring"}}, dial("ring", nil, nil, user(alice.ID)))
		h.phone("alice", "10.0.0.11").on(picksUp(&ear{}, 9*time.Second, 1000, 0))
		c := h.carrier.mustCall(toNumber(did))
		time.Sleep(7 * time.Second)
		c.hangUp(t)
		// One second in five.
		if d := c.ear.hears(425); d < 1800*time.Millisecond || d > 2200*time.Millisecond {
			t.Errorf("heard 425 Hz for %s of 7 s", d)
		}
		if d := c.ear.hears(480); d > 0 {
			t.Errorf("heard America's ringing tone for %s", d)
		}
	})
}
