package session_test

import (
	"errors"
	"testing"
	"time"

	"ringflow/endpoints"
	"ringflow/session"
	"ringflow/sip"
)

// Of two who talk the asker's place is taken: Alice gives Carla to Bob by the API.
func TestRedirectWhoTalks(t *testing.T) {
	for name, user := range map[string]bool{"by a user": true, "by a manager": false} {
		t.Run(name, func(t *testing.T) {
			inHouse(t, func(t *testing.T, h *house) {
				_, _, ups, bobUps := threeInHouse(t, h)
				carla, alice := callsAlice(h, ups)
				by := boss
				if user {
					by = asUser(h.find("alice"))
				}
				id := h.first(t).ID
				if err := h.Redirect(t.Context(), id, by, session.Redirection{Destination: "bob"}); err != nil {
					t.Fatal(err)
				}
				if err := h.Redirect(t.Context(), id, by, session.Redirection{Destination: "bob"}); !errors.Is(err, session.ErrMoving) {
					t.Errorf("twice: %v", err)
				}
				bob := <-bobUps
				bob.sings(bobs)
				time.Sleep(time.Second)
				carla.heard(t, "Carla", bobs, true)
				bob.heard(t, "Bob", carlas, true)
				alice.gone(t, "Alice")
				carla.hangUp(t)
				bob.gone(t, "Bob")
				h.nothingLeft(t)
				rs := h.records()
				logged(t, rs[0], "Alice transfers the caller", "Transferred to")
				if user != (len(rs) == 2) { // a user dials by his own flow
					t.Errorf("%d sessions", len(rs))
				}
			})
		})
	}
}

// When nobody answers there, they talk on.
func TestRedirectFails(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		_, bobs, ups, _ := threeInHouse(t, h)
		carla, alice := callsAlice(h, ups)
		id := h.first(t).ID
		var bad *endpoints.Invalid
		for _, to := range []session.Redirection{{}, {Destination: "no such user"}, {Destination: "bob", CallerID: "+18005550999"}} {
			if err := h.Redirect(t.Context(), id, boss, to); !errors.As(err, &bad) {
				t.Errorf("%+v: %v", to, err)
			}
		}
		bobs.on(refuses(486, time.Second))
		if err := h.Redirect(t.Context(), id, boss, session.Redirection{Destination: "bob"}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(3 * time.Second)
		carla.heard(t, "Carla", alices, true)
		alice.heard(t, "Alice", carlas, true)
		alice.hangUp(t)
		carla.gone(t, "Carla")
		h.nothingLeft(t)
	})
}

// A caller who hears a flow, or rings somewhere, is taken from there.
func TestRedirectFromTheFlow(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		_, _, ups, bobUps := threeInHouse(t, h)
		h.number(did, node{id: "wait", typ: "WaitNode", in: map[string]any{"Seconds": 600}, to: map[string]string{}})
		h.number("+18005550101", dial("ring", nil, nil, ref{"String", "alice"}))
		carla := h.carrier.mustCallOrRing(t, toNumber("+18005550101"))
		time.Sleep(500 * time.Millisecond) // it rings at Alice's
		r := h.first(t)
		if len(r.Members) != 2 || r.Members[1].State != session.Ringing {
			t.Errorf("%+v", r.Members)
		}
		if err := h.Redirect(t.Context(), r.ID, asUser(h.find("bob")), session.Redirection{Destination: "bob"}); err == nil {
			t.Error("who takes no part redirects")
		}
		if err := h.Redirect(t.Context(), r.ID, boss, session.Redirection{Destination: "bob"}); err != nil {
			t.Fatal(err)
		}
		bob := <-bobUps
		bob.sings(bobs)
		c := <-carla
		if c == nil {
			t.Fatal("Carla was refused")
		}
		c.heard(t, "Carla", bobs, true)
		c.hangUp(t)
		bob.gone(t, "Bob")
		if len(ups) > 0 {
			t.Error("Alice answered")
		}
		h.nothingLeft(t)
		logged(t, h.record(), `Redirected to "bob", by manager@example.com`, "Connected with Bob")
	})
}

// mustCallOrRing places a call in the background; nil: it was refused.
func (p *peer) mustCallOrRing(t *testing.T, d sip.Dial) <-chan *talking {
	up := make(chan *talking, 1)
	go func() {
		c, err := p.call(t.Context(), d)
		if err != nil {
			c = nil
		}
		up <- c
	}()
	return up
}

// A user's click rings his own phone, then his flow dials.
func TestClickToCall(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		alicePhone, _, ups, bobUps := threeInHouse(t, h)
		u := h.find("alice")
		r, err := h.Call(t.Context(), asUser(u), session.Redirection{Destination: "bob"})
		if err != nil || r.CallState != session.Ringing || r.EndpointID != u.ID || r.Destination != "bob" {
			t.Fatal(err, r)
		}
		alice := <-ups
		if from := alicePhone.called()[0].From; from.User != "bob" {
			t.Errorf("Alice's phone shows %q", from.User)
		}
		alice.sings(alices)
		bob := <-bobUps
		bob.sings(bobs)
		time.Sleep(time.Second)
		alice.heard(t, "Alice", bobs, true)
		bob.heard(t, "Bob", alices, true)
		if ms := h.first(t).Members; len(ms) != 2 || ms[0].EndpointID != u.ID {
			t.Errorf("%+v", ms)
		}
		alice.hangUp(t)
		bob.gone(t, "Bob")
		h.nothingLeft(t)
		rs := h.records()
		if len(rs) != 1 || rs[0].Outcome != session.Completed {
			t.Errorf("%+v", rs)
		}
		var bad *endpoints.Invalid
		eve := h.user("eve", dial("ring", nil, nil, bound{"Session", "Destination"}))
		if _, err := h.Call(t.Context(), asUser(eve), session.Redirection{Destination: "bob"}); !errors.As(err, &bad) {
			t.Errorf("without a phone: %v", err)
		}
		if _, err := h.Call(t.Context(), asUser(h.find("alice")), session.Redirection{}); !errors.As(err, &bad) {
			t.Errorf("to nobody: %v", err)
		}
		alicePhone.on(refuses(486, time.Second))
		if _, err := h.Call(t.Context(), asUser(h.find("alice")), session.Redirection{Destination: "bob"}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(3 * time.Second)
		if r := h.record(); r.Outcome != session.Busy {
			t.Error(r.Outcome)
		}
		h.nothingLeft(t)
	})
}

// code is the SIP code of a call that was refused.
func code(err error) int {
	if s := new(sip.Status); errors.As(err, &s) {
		return s.Code
	}
	return 0
}
