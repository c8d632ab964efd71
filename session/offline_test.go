package session_test

import (
	"testing"
	"time"

	"ringflow/endpoints"
)

// twoPhones are a user with two phones, of which the second has fallen silent.
func twoPhones(t *testing.T, h *house) (user *endpoints.Endpoint, online, silent *peer) {
	t.Helper()
	user = h.user("alice")
	online, silent = h.phone("alice", "10.0.0.11"), h.phone("alice", "10.0.0.12")
	h.net.pull("10.0.0.12")
	for range 600 {
		time.Sleep(time.Second) // of the bubble
		bs := h.UA.Bindings("alice")
		if len(bs) == 2 && bs[1].Offline && !bs[0].Offline {
			return user, online, silent
		}
	}
	t.Fatalf("the silent phone is not offline: %+v", h.UA.Bindings("alice"))
	return nil, nil, nil
}

// A phone that has fallen silent is rung with the others: it may be there all the same.
func TestSilentPhoneRings(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		alice, online, silent := twoPhones(t, h)
		h.number(did, dial("ring", nil, nil, user(alice.ID)))
		online.on(refuses(486, time.Hour))
		silent.on(picksUp(&ear{}, time.Second, 440, 0))
		h.net.plug("10.0.0.12")
		c := h.carrier.mustCall(toNumber(did))
		time.Sleep(2 * time.Second)
		if c.ear.hears(440) < time.Second {
			t.Error("the caller does not hear the phone that answered")
		}
		c.hangUp(t)
	})
}

// Nobody waits for it once the others have said what they have to say.
func TestSilentPhoneIsNotWaitedFor(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		alice, online, _ := twoPhones(t, h)
		h.number(did, dial("ring", nil, nil, user(alice.ID)))
		online.on(refuses(486, 2*time.Second))
		started := time.Now()
		if _, err := h.carrier.call(t.Context(), toNumber(did)); status(t, err) != 486 {
			t.Errorf("got %v", err)
		}
		if d := time.Since(started); d > 4*time.Second {
			t.Errorf("the caller was told after %s", d)
		}
		logged(t, h.record(), "offline")
	})
}
