package session_test

import (
	"errors"
	"testing"
	"time"

	"ringflow/sip"
)

// Bob picks up what rings at Alice; who comes later finds nothing.
func TestPickup(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		alice, bob, _, _ := threeInHouse(t, h)
		alice.on(refuses(486, 30*time.Second))
		h.number(did, dial("ring", nil, nil, ref{"String", "alice"}))
		var s *sip.Status
		if _, err := bob.call(t.Context(), dials("**alice")); !errors.As(err, &s) || s.Code != 480 {
			t.Errorf("nothing rings: %v", err)
		}
		up := make(chan *talking, 1)
		go func() { up <- h.carrier.mustCall(toNumber(did)) }()
		time.Sleep(time.Second)
		picker := bob.mustCall(dials("**alice"))
		picker.sings(bobs)
		carla := <-up
		carla.sings(carlas)
		time.Sleep(time.Second)
		carla.heard(t, "Carla", bobs, true)
		picker.heard(t, "Bob", carlas, true)
		if _, err := bob.call(t.Context(), dials("**alice")); !errors.As(err, &s) || s.Code != 480 {
			t.Errorf("it is taken: %v", err)
		}
		carla.hangUp(t)
		picker.gone(t, "Bob")
		h.nothingLeft(t)
		logged(t, h.record(), "Bob picks up", "Connected with Bob")
	})
}
