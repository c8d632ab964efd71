package session_test

import (
	"errors"
	"testing"
	"time"

	"ringflow/endpoints"
	"ringflow/sip"
)

// inPlaceOf is a call that wants the place of a leg.
func inPlaceOf(l *sip.Leg, who string) sip.Dial {
	d := dials(who)
	d.Replaces = l
	return d
}

// refusedWith fails unless the call was refused with the code.
func refusedWith(t *testing.T, what string, err error, code int) {
	t.Helper()
	var s *sip.Status
	if !errors.As(err, &s) || s.Code != code {
		t.Errorf("%s: %v, want %d", what, err, code)
	}
}

// Bob takes what rings at Alice, as the lamp on his phone names it.
func TestReplacesRinging(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		alice, bob, _, _ := threeInHouse(t, h)
		alice.on(refuses(486, 30*time.Second))
		h.number(did, dial("ring", nil, nil, ref{"String", "alice"}))
		up := make(chan *talking, 1)
		go func() { up <- h.carrier.mustCall(toNumber(did)) }()
		time.Sleep(time.Second)
		rung := alice.called()[0].Leg
		if _, err := h.carrier.call(t.Context(), sip.Dial{To: to(did), From: toNumber(did).From, Replaces: rung}); err == nil {
			t.Error("a trunk picks up")
		} else {
			refusedWith(t, "a trunk picks up", err, 403)
		}
		picker := bob.mustCall(inPlaceOf(rung, "alice"))
		picker.sings(bobs)
		carla := <-up
		carla.sings(carlas)
		time.Sleep(time.Second)
		carla.heard(t, "Carla", bobs, true)
		picker.heard(t, "Bob", carlas, true)
		if rung.Context().Err() == nil {
			t.Error("Alice's phone still rings")
		}
		_, err := bob.call(t.Context(), inPlaceOf(rung, "alice"))
		var s *sip.Status
		if !errors.As(err, &s) || s.Code != 481 && s.Code != 603 {
			t.Errorf("it is taken: %v", err)
		}
		carla.hangUp(t)
		picker.gone(t, "Bob")
		h.nothingLeft(t)
		logged(t, h.record(), "Bob picks up", "Connected with Bob")
	})
}

// Bob takes the place of Alice in a call that is up, whichever of the two she is.
func TestReplacesTalking(t *testing.T) {
	for _, who := range []string{"called", "caller"} {
		inHouse(t, func(t *testing.T, h *house) {
			alicePhone, bob, ups, _ := threeInHouse(t, h)
			var other, alice *talking
			if who == "called" {
				other, alice = callsAlice(h, ups)
			} else {
				h.user("dora")
				doraUps := make(chan *talking, 1)
				h.phone("dora", "10.0.0.13").on(rings(doraUps, time.Second))
				alice = alicePhone.mustCall(dials("dora"))
				other = <-doraUps
				other.sings(carlas)
				time.Sleep(time.Second)
			}
			taken := bob.mustCall(inPlaceOf(alice.leg, "alice"))
			taken.sings(bobs)
			time.Sleep(time.Second)
			alice.gone(t, "Alice")
			other.heard(t, "the other", bobs, true)
			taken.heard(t, "Bob", carlas, true)
			taken.hangUp(t)
			other.gone(t, "the other")
			h.nothingLeft(t)
			logged(t, h.record(), "Bob takes the place of")
		})
	}
}

// Who may not: a trunk, another account's user, anybody where transfers are off. The two talk on.
func TestReplacesRefused(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		_, bob, ups, _ := threeInHouse(t, h)
		carla, alice := callsAlice(h, ups)
		byTrunk := func() error {
			_, err := h.carrier.call(t.Context(), sip.Dial{To: to(did), From: toNumber(did).From, Replaces: alice.leg})
			return err
		}
		refusedWith(t, "a trunk", byTrunk(), 403)
		h.settings(func(s *endpoints.Settings) { s.EnableSipRefer = new(bool) })
		carla.hangUp(t)
		carla, alice = h.carrier.mustCall(toNumber(did)), <-ups
		carla.sings(carlas)
		alice.sings(alices)
		_, err := bob.call(t.Context(), inPlaceOf(alice.leg, "alice"))
		refusedWith(t, "transfers are off", err, 403)
		h.trunk.Trunk.AllowTransfers = true
		h.put(h.trunk)
		refusedWith(t, "a trunk, transfers are off", byTrunk(), 403)
		carla.heard(t, "Carla", alices, true)
		carla.hangUp(t)
		h.nothingLeft(t)
	})
}
