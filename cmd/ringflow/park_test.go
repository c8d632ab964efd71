package main

import (
	"context"
	"strings"
	"testing"
	"time"
)

// A caller is parked, a user's phone dials the slot, and the two hear each other;
// when the caller hangs up the phone is let go.
func TestParkAndRetrieveByPhones(t *testing.T) {
	h, _ := carrierHouse(t)
	h.number(did, h.flow("Park", node("p", "ParkNode", nil)))
	alice := h.user("Alice", h.flow("Fetch", node("f", "RetrieveNode", M{"Slot": text("{{ Session.Destination }}")})))
	parked, desk := newEar(t, "127.0.0.1", 440), newEar(t, "127.0.0.1", 920)
	caller, err := h.listener(t, carrierHost, phoneAccount{}).hear(t.Context(), did, "+12025550143", parked)
	if err != nil {
		t.Fatal(err)
	}
	says := func(words string) bool {
		for _, s := range h.sessions("") {
			if strings.Contains(s.text(), words) {
				return true
			}
		}
		return false
	}
	h.eventually("the call is parked", func() bool { return says("slot 701") })
	phone, err := h.listener(t, "127.0.0.1", alice).hear(t.Context(), "701", "", desk)
	if err != nil {
		t.Fatal(err)
	}
	h.eventually("it is retrieved", func() bool { return says("retrieved by Alice Test") })
	pause(context.Background(), 3*time.Second)
	if err := caller.Hangup(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	heard, err := desk.over(phone)
	if err != nil {
		t.Fatal(err)
	}
	parked.done.Wait()
	hears(t, "who retrieved", lastSecond(heard), 440, 920)
	hears(t, "who was parked", lastSecond(parked.heard), 920, 440)
	h.eventually("both sessions are over", func() bool {
		for _, s := range h.sessions("") {
			if !s.Ended {
				return false
			}
		}
		return true
	})
}
