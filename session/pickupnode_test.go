package session_test

import (
	"errors"
	"testing"
	"time"

	"ringflow/sip"
)

// pickupNode is a flow that picks up, and goes on for three seconds when the talk is over.
func pickupNode(of string) []node {
	return []node{{id: "pickup", typ: "PickupNode", in: map[string]any{"User": user(of)}, to: map[string]string{"Done": "after"}},
		{id: "after", typ: "WaitNode", in: map[string]any{"Timeout": 3}}}
}

// Dora's flow picks up what rings at a user, or at a member of a team; then she goes on in it.
func TestPickupNode(t *testing.T) {
	for _, of := range []string{"user", "team"} {
		inHouse(t, func(t *testing.T, h *house) {
			alice, bob := h.user("alice"), h.user("bob")
			h.phone("alice", "10.0.0.11").on(refuses(486, 30*time.Second))
			at := alice.ID
			if of == "team" {
				at = h.team("Sales", bob, alice).ID
			}
			h.user("dora", pickupNode(at)...)
			dora := h.phone("dora", "10.0.0.13")
			h.number(did, dial("ring", nil, nil, ref{"String", "alice"}))
			var s *sip.Status
			if _, err := dora.call(t.Context(), dials("1")); !errors.As(err, &s) || s.Code != 480 {
				t.Errorf("nothing rings: %v", err)
			}
			up := make(chan *talking, 1)
			go func() { up <- h.carrier.mustCall(toNumber(did)) }()
			time.Sleep(time.Second)
			picker := dora.mustCall(dials("1"))
			picker.sings(bobs)
			carla := <-up
			carla.sings(carlas)
			time.Sleep(time.Second)
			carla.heard(t, "Carla", bobs, true)
			picker.heard(t, "Dora", carlas, true)
			carla.hangUp(t)
			if picker.leg.Context().Err() != nil {
				t.Error("Dora does not go on in her flow")
			}
			picker.over(t, 5*time.Second)
			h.nothingLeft(t)

			// And once more: the one who picks up hangs up.
			go func() { up <- h.carrier.mustCall(toNumber(did)) }()
			time.Sleep(time.Second)
			picker = dora.mustCall(dials("1"))
			carla = <-up
			picker.hangUp(t)
			carla.gone(t, "Carla")
			h.nothingLeft(t)
		})
	}
}
