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
				other, alice = callsDora(h, alicePhone)
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
			r := h.record()
			logged(t, r, "Bob takes the place of")
			if who == "called" && r.AnsweredByName != "Bob" {
				t.Errorf("in the end with %q, want Bob", r.AnsweredByName)
			}
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

// A user of another account, who knows how the dialogs are called, gets neither what rings nor
// the place of one who talks.
func TestReplacesOfAnotherAccount(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		alicePhone, _, ups, _ := threeInHouse(t, h)
		other := &endpoints.Account{Entity: endpoints.Entity{ID: endpoints.NewID()}, Name: "Other"}
		if err := h.store.PutAccount(t.Context(), other); err != nil {
			t.Fatal(err)
		}
		mine := h.account
		h.account = other.ID
		h.user("mallory")
		h.account = mine
		mallory := h.phone("mallory", "10.0.0.21")
		carla, alice := callsAlice(h, ups)
		_, err := mallory.call(t.Context(), inPlaceOf(alice.leg, "alice"))
		refusedWith(t, "one who talks", err, 403)
		carla.heard(t, "Carla", alices, true)
		carla.hangUp(t)

		alicePhone.on(rings(ups, 2*time.Second))
		up := make(chan *talking, 1)
		go func() { up <- h.carrier.mustCall(toNumber(did)) }()
		time.Sleep(time.Second)
		calls := alicePhone.called()
		_, err = mallory.call(t.Context(), inPlaceOf(calls[len(calls)-1].Leg, "alice"))
		refusedWith(t, "what rings", err, 403)
		alice, carla = <-ups, <-up
		alice.sings(alices)
		time.Sleep(time.Second)
		carla.heard(t, "Carla", alices, true)
		carla.hangUp(t)
		h.nothingLeft(t)
	})
}

// A trunk that may transfer takes the place of one of its account's users.
func TestReplacesByTrunk(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		_, _, ups, _ := threeInHouse(t, h)
		h.trunk.Trunk.AllowTransfers = true
		h.put(h.trunk)
		carla, alice := callsAlice(h, ups)
		d := toNumber(did)
		d.Replaces = alice.leg
		taken := h.carrier.mustCall(d)
		taken.sings(bobs)
		time.Sleep(time.Second)
		alice.gone(t, "Alice")
		carla.heard(t, "Carla", bobs, true)
		taken.heard(t, "the trunk", carlas, true)
		carla.hangUp(t)
		taken.gone(t, "the trunk")
		h.nothingLeft(t)
	})
}

// Of two who take one place at once, one has it, and nobody is left over.
func TestReplacesTwice(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		_, bob, ups, _ := threeInHouse(t, h)
		h.user("dora")
		dora := h.phone("dora", "10.0.0.13")
		carla, alice := callsAlice(h, ups)
		out := make(chan *talking, 2)
		for _, p := range []*peer{bob, dora} {
			go func() {
				c, _ := p.call(t.Context(), inPlaceOf(alice.leg, "alice"))
				out <- c
			}()
		}
		first, second := <-out, <-out
		time.Sleep(2 * time.Second)
		alice.gone(t, "Alice")
		up := 0
		for _, c := range []*talking{first, second} {
			if c != nil && c.leg.Context().Err() == nil {
				up++
			}
		}
		if up != 1 {
			t.Errorf("%d of two have the place", up)
		}
		carla.hangUp(t)
		h.nothingLeft(t)
	})
}
