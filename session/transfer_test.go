package session_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"ringflow/session"
	"ringflow/sip"
)

const bobs = 660.0 // Hz

// threeInHouse is Carla outside, and the users Alice and Bob with phones; each user's own
// flow dials what was dialled.
func threeInHouse(t *testing.T, h *house) (alice, bob *peer, ups, bobUps chan *talking) {
	t.Helper()
	for _, name := range []string{"alice", "bob"} {
		h.user(name, dial("ring", map[string]any{"TimeoutInSeconds": 20}, nil, bound{"Session", "Destination"}))
	}
	ups, bobUps = make(chan *talking, 4), make(chan *talking, 4)
	alice, bob = h.phone("alice", "10.0.0.11"), h.phone("bob", "10.0.0.12")
	alice.on(rings(ups, time.Second))
	bob.on(rings(bobUps, 2*time.Second))
	return alice, bob, ups, bobUps
}

// callsAlice is Carla's call to the number that rings Alice.
func callsAlice(h *house, ups chan *talking) (carla, alice *talking) {
	h.number(did, dial("ring", nil, nil, ref{"String", "alice"}))
	carla = h.carrier.mustCall(toNumber(did))
	alice = <-ups
	carla.sings(carlas)
	alice.sings(alices)
	time.Sleep(time.Second)
	return carla, alice
}

// dora is one more user; her calls come by the channel.
func dora(h *house) <-chan *talking {
	h.user("dora")
	ups := make(chan *talking, 1)
	h.phone("dora", "10.0.0.13").on(rings(ups, time.Second))
	return ups
}

// callsDora is Alice calling Dora: the two talk.
func callsDora(h *house, alices *peer) (doras, alice *talking) {
	ups := dora(h)
	alice = alices.mustCall(dials("dora"))
	doras = <-ups
	doras.sings(carlas)
	time.Sleep(time.Second)
	return doras, alice
}

func to(user string) string { return "sip:" + user + "@" + serverHost }

// heard asserts for how long a tone is to be heard in the next two seconds.
func (c *talking) heard(t *testing.T, who string, hz float64, is bool) {
	t.Helper()
	c.ear.forget()
	time.Sleep(2 * time.Second)
	if d := c.ear.hears(hz); is && d < 1800*time.Millisecond || !is && d > 100*time.Millisecond {
		t.Errorf("%s hears %g Hz for %s, wanted: %v", who, hz, d, is)
	}
}

func (c *talking) gone(t *testing.T, who string) {
	t.Helper()
	time.Sleep(time.Second) // of the bubble
	if c.leg.Context().Err() == nil {
		t.Errorf("%s's call is still up", who)
	}
}

// nothingLeft fails unless all is over.
func (h *house) nothingLeft(t *testing.T) {
	t.Helper()
	time.Sleep(2 * time.Second) // of the bubble
	if live := h.Live(nil); len(live) != 0 {
		t.Errorf("%d sessions are still live: %+v", len(live), live[0])
	}
	if n := h.UA.Stats().Dialogs; n != 0 {
		t.Errorf("%d dialogs are still there", n)
	}
}

// Who was called transfers: Alice gives Carla to Bob.
func TestBlindByWhoWasCalled(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		_, _, ups, bobUps := threeInHouse(t, h)
		carla, alice := callsAlice(h, ups)
		done := make(chan error, 1)
		go func() { done <- alice.leg.Refer(t.Context(), to("bob"), nil) }()
		time.Sleep(1500 * time.Millisecond)
		carla.ear.forget()
		time.Sleep(300 * time.Millisecond)
		if d := carla.ear.hears(440); d < 200*time.Millisecond { // the ringing tone
			t.Errorf("Carla hears ringing for %s", d)
		}
		bob := <-bobUps
		bob.sings(bobs)
		if err := <-done; err != nil {
			t.Errorf("REFER: %v", err)
		}
		time.Sleep(time.Second)
		carla.heard(t, "Carla", bobs, true)
		bob.heard(t, "Bob", carlas, true)
		time.Sleep(2 * time.Second)
		alice.gone(t, "Alice")
		carla.hangUp(t)
		bob.gone(t, "Bob")
		h.nothingLeft(t)
		rs := h.records()
		if len(rs) != 2 || rs[1].ParentSessionID != rs[0].ID || rs[1].Destination != "bob" || rs[1].FromAddress != "alice" || rs[0].Outcome != session.Completed || rs[1].Outcome != session.Completed {
			t.Errorf("%+v", rs)
		}
		logged(t, rs[0], "Alice transfers", "Transferred by Alice to bob")
		if rs[0].AnsweredByName != "Bob" {
			t.Errorf("in the end with %q, want Bob", rs[0].AnsweredByName)
		}
	})
}

// Who called transfers: Alice has called Bob and gives him to Carla outside.
func TestBlindByWhoCalled(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		alices, _, _, bobUps := threeInHouse(t, h)
		doraUps := dora(h)
		alice := alices.mustCall(dials("bob"))
		bob := <-bobUps
		bob.sings(bobs)
		if err := alice.leg.Refer(t.Context(), to("dora"), nil); err != nil {
			t.Errorf("REFER: %v", err)
		}
		dora := <-doraUps
		dora.sings(carlas)
		time.Sleep(time.Second)
		bob.heard(t, "Bob", carlas, true)
		dora.heard(t, "Dora", bobs, true)
		time.Sleep(2 * time.Second)
		alice.gone(t, "Alice")
		dora.hangUp(t)
		bob.gone(t, "Bob")
		h.nothingLeft(t)
	})
}

// The transferor hangs up as soon as he has his 202; the transfer goes on without him.
func TestBlindWithoutWaiting(t *testing.T) {
	for _, who := range []string{"called", "caller"} {
		inHouse(t, func(t *testing.T, h *house) {
			alices, _, ups, bobUps := threeInHouse(t, h)
			var other, alice *talking
			if who == "called" {
				other, alice = callsAlice(h, ups)
			} else {
				other, alice = callsDora(h, alices)
			}
			go alice.leg.Refer(t.Context(), to("bob"), nil) //nolint:errcheck // it hangs up
			time.Sleep(500 * time.Millisecond)
			alice.hangUp(t)
			bob := <-bobUps
			bob.sings(bobs)
			time.Sleep(time.Second)
			other.heard(t, "the other", bobs, true)
			bob.heard(t, "Bob", carlas, true)
			bob.hangUp(t)
			other.gone(t, "the other")
			h.nothingLeft(t)
		})
	}
}

// A transfer that fails gives the transferor his party back; if he has gone, that one is
// ended too.
func TestBlindFails(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		alices, bob, ups, _ := threeInHouse(t, h)
		bob.on(refuses(486, time.Second))
		carla, alice := callsAlice(h, ups)
		var s *sip.Status
		if err := alice.leg.Refer(t.Context(), to("bob"), nil); !errors.As(err, &s) || s.Code < 400 {
			t.Errorf("REFER to who is busy: %v", err)
		}
		time.Sleep(time.Second)
		carla.hears(t, "Carla", 440)
		alice.heard(t, "Alice", carlas, true)
		// Once more, and hangs up.
		go alice.leg.Refer(t.Context(), to("bob"), nil) //nolint:errcheck // it hangs up
		time.Sleep(500 * time.Millisecond)
		alice.hangUp(t)
		time.Sleep(2 * time.Second)
		carla.gone(t, "Carla")
		h.nothingLeft(t)

		// The caller's side.
		dora := h.user("dora")
		_ = dora
		doraUps := make(chan *talking, 1)
		h.phone("dora", "10.0.0.13").on(rings(doraUps, time.Second))
		a := alices.mustCall(dials("dora"))
		d := <-doraUps
		d.sings(carlas)
		if err := a.leg.Refer(t.Context(), to("bob"), nil); !errors.As(err, &s) || s.Code < 400 {
			t.Errorf("REFER to who is busy: %v", err)
		}
		time.Sleep(time.Second)
		a.heard(t, "Alice", carlas, true)
		a.hangUp(t)
		d.gone(t, "Dora")
		h.nothingLeft(t)
	})
}

// Alice asks Bob whether he takes Carla, and joins the two.
func TestAttended(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		alicePhone, _, ups, bobUps := threeInHouse(t, h)
		carla, first := callsAlice(h, ups)
		second := alicePhone.mustCall(dials("bob"))
		bob := <-bobUps
		bob.sings(bobs)
		second.heard(t, "Alice", bobs, true)
		if err := first.leg.Refer(t.Context(), "", second.leg); err != nil {
			t.Errorf("REFER: %v", err)
		}
		time.Sleep(time.Second)
		carla.heard(t, "Carla", bobs, true)
		bob.heard(t, "Bob", carlas, true)
		time.Sleep(2 * time.Second)
		first.gone(t, "Alice with Carla")
		second.gone(t, "Alice with Bob")
		if live := h.Live(nil); len(live) != 1 || live[0].CallState != session.Connected {
			t.Errorf("live: %+v", live)
		}
		carla.hangUp(t)
		bob.gone(t, "Bob")
		h.nothingLeft(t)
		rs := h.records()
		logged(t, rs[0], "Transferred by Alice to Bob")
		if rs[0].AnsweredByName != "Bob" {
			t.Errorf("in the end with %q, want Bob", rs[0].AnsweredByName)
		}
		logged(t, rs[1], "Transferred by Alice")
	})
}

// Of two calls that she placed, and of two that she took.
func TestAttendedOtherSides(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		alicePhone, _, _, bobUps := threeInHouse(t, h)
		doraUps := dora(h)
		x := alicePhone.mustCall(dials("dora"))
		dora := <-doraUps
		dora.sings(carlas)
		y := alicePhone.mustCall(dials("bob"))
		bob := <-bobUps
		bob.sings(bobs)
		time.Sleep(time.Second)
		if err := x.leg.Refer(t.Context(), "", y.leg); err != nil {
			t.Errorf("REFER: %v", err)
		}
		time.Sleep(time.Second)
		dora.heard(t, "Dora", bobs, true)
		bob.heard(t, "Bob", carlas, true)
		time.Sleep(2 * time.Second)
		x.gone(t, "Alice with Dora")
		y.gone(t, "Alice with Bob")
		bob.hangUp(t)
		dora.gone(t, "Dora")
		h.nothingLeft(t)
	})
	inHouse(t, func(t *testing.T, h *house) {
		_, _, ups, _ := threeInHouse(t, h)
		carla, first := callsAlice(h, ups)
		other := h.carrier.mustCall(toNumber(did))
		second := <-ups
		other.sings(bobs)
		if err := first.leg.Refer(t.Context(), "", second.leg); err != nil {
			t.Errorf("REFER: %v", err)
		}
		time.Sleep(time.Second)
		carla.heard(t, "Carla", bobs, true)
		other.heard(t, "the other", carlas, true)
		time.Sleep(2 * time.Second)
		first.gone(t, "Alice's first")
		second.gone(t, "Alice's second")
		other.hangUp(t)
		carla.gone(t, "Carla")
		h.nothingLeft(t)
	})
}

// What isn't allowed: of a trunk, where the account says no, a second one at once.
func TestTransfersRefused(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		_, _, ups, bobUps := threeInHouse(t, h)
		carla, alice := callsAlice(h, ups)
		refused := func(err error, code int) {
			t.Helper()
			var s *sip.Status
			if !errors.As(err, &s) || s.Code != code {
				t.Errorf("REFER: %v, want %d", err, code)
			}
			time.Sleep(100 * time.Millisecond) // the answer to the last NOTIFY is under way
		}
		refused(carla.leg.Refer(t.Context(), to("bob"), nil), 603)
		refused(alice.leg.Refer(t.Context(), to(""), nil), 404)
		carla.hears(t, "Carla", alices)

		h.trunk.Trunk.AllowTransfers = true
		h.put(h.trunk)
		refused(carla.leg.Refer(t.Context(), to("bob"), nil), 404)          // no number of ours
		refused(carla.leg.Refer(t.Context(), to("+14155550123"), nil), 404) // nor is that

		go alice.leg.Refer(t.Context(), to("bob"), nil) //nolint:errcheck // it is told by Bob's phone
		time.Sleep(500 * time.Millisecond)
		refused(carla.leg.Refer(t.Context(), to(did), nil), 491)
		bob := <-bobUps
		bob.sings(bobs)
		time.Sleep(3 * time.Second)

		// Bob is inside a session of Alice's now: its far end. He may go on as he likes, unless
		// the account says no.
		v, err := h.store.Settings(t.Context(), h.account)
		if err != nil {
			t.Fatal(err)
		}
		no := false
		v.EnableSipRefer = &no
		if err := h.store.PutSettings(t.Context(), v); err != nil {
			t.Fatal(err)
		}
		carla.hangUp(t)
		carla, alice = h.carrier.mustCall(toNumber(did)), <-ups
		refused(alice.leg.Refer(t.Context(), to("bob"), nil), 603)
		carla.hangUp(t)
		h.nothingLeft(t)
	})
}

// A trunk that may transfers to a number of ours.
func TestTrunkTransfers(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		_, _, ups, bobUps := threeInHouse(t, h)
		h.trunk.Trunk.AllowTransfers = true
		h.put(h.trunk)
		h.number("+18005550177", dial("ring", nil, nil, ref{"String", "bob"}))
		carla, alice := callsAlice(h, ups)
		if err := carla.leg.Refer(t.Context(), to("+18005550177"), nil); err != nil {
			t.Errorf("REFER: %v", err)
		}
		bob := <-bobUps
		bob.sings(bobs)
		time.Sleep(time.Second)
		alice.heard(t, "Alice", bobs, true)
		time.Sleep(2 * time.Second)
		carla.gone(t, "Carla")
		alice.hangUp(t)
		bob.gone(t, "Bob")
		h.nothingLeft(t)
	})
}

// Transferred twice: from Alice to Bob, from Bob to Dora.
func TestTransferOfATransfer(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		_, _, ups, bobUps := threeInHouse(t, h)
		doraUps := dora(h)
		carla, alice := callsAlice(h, ups)
		if err := alice.leg.Refer(t.Context(), to("bob"), nil); err != nil {
			t.Errorf("REFER: %v", err)
		}
		bob := <-bobUps
		if err := bob.leg.Refer(t.Context(), to("dora"), nil); err != nil {
			t.Errorf("REFER: %v", err)
		}
		dora := <-doraUps
		dora.sings(bobs)
		time.Sleep(4 * time.Second)
		bob.gone(t, "Bob")
		carla.heard(t, "Carla", bobs, true)
		dora.heard(t, "Dora", carlas, true)
		carla.hangUp(t)
		dora.gone(t, "Dora")
		h.nothingLeft(t)
	})
}

// The server stops, or somebody ends a session, in the midst of a transfer.
func TestTransferCutOff(t *testing.T) {
	for _, how := range []string{"killed", "shutdown", "transferred hangs up"} {
		inHouse(t, func(t *testing.T, h *house) {
			_, _, ups, _ := threeInHouse(t, h)
			carla, alice := callsAlice(h, ups)
			done := make(chan error, 1)
			go func() { done <- alice.leg.Refer(t.Context(), to("bob"), nil) }()
			time.Sleep(time.Second)
			switch how {
			case "killed":
				for _, r := range h.Live(nil) {
					h.End(context.Background(), r.ID, "test") //nolint:errcheck // it may have gone
				}
			case "shutdown":
				h.Shutdown(nil)
			default:
				carla.hangUp(t)
			}
			<-done
			time.Sleep(time.Second)
			carla.gone(t, "Carla")
			alice.gone(t, "Alice")
			h.nothingLeft(t)
		})
	}
}
