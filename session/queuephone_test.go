package session_test

import (
	"testing"
	"time"

	"ringflow/endpoints"
	"ringflow/session"
)

// An agent who telephones, or whose phone rings, is offered no calls and shows as
// what he does; he is again as soon as that is over.
func TestAgentTelephones(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		out := dial("ring", nil, nil, ref{"String", "ben"})
		ann, _ := h.user("ann", out), h.user("ben")
		annPhone, benPhone := h.phone("ann", "10.0.0.11"), h.phone("ben", "10.0.0.12")
		sales := h.team("Sales", ann)
		h.number(did, queue(sales, map[string]any{"RingSeconds": 10})...)
		h.number("+18005550101", dial("ring", nil, nil, user(ann.ID)))
		set := h.agentIs(ann, endpoints.LoggedOut, endpoints.SetBySystem)
		h.ready(ann)
		set = h.agentIs(ann, endpoints.Ready, endpoints.SetByUser)
		events, cancel := h.Watch("")
		defer cancel()
		told := func(want endpoints.AgentState) {
			t.Helper()
			for {
				select {
				case e := <-events:
					if e.Kind != session.AgentChanged {
						continue
					}
					if e.AgentState != want || e.EndpointID != ann.ID {
						t.Errorf("told %s of %s, want %s", e.AgentState, e.EndpointID, want)
					}
				case <-time.After(time.Second):
					t.Errorf("not told that the agent is %s", want)
				}
				return
			}
		}

		// She calls Ben, while somebody waits in the queue.
		benPhone.on(picksUp(&ear{}, time.Second, 440, 0))
		own := annPhone.mustCall(dials("ben"))
		h.agentIs(ann, endpoints.Outgoing, endpoints.SetBySystem)
		told(endpoints.Outgoing)
		if got := h.Free(sales); got != 0 {
			t.Errorf("%d agents are free", got)
		}
		waiting := h.carrier.mustCall(toNumber(did))
		annPhone.on(picksUp(&ear{}, time.Second, 880, 0))
		time.Sleep(20 * time.Second)
		if n := len(annPhone.called()); n != 0 {
			t.Errorf("she was rung %d times while she telephones", n)
		}
		own.hangUp(t)
		time.Sleep(3 * time.Second)
		if waiting.ear.hears(880) == 0 {
			t.Error("she was not offered the call when she was free")
		}
		told(endpoints.Ready)
		h.agentIs(ann, endpoints.Ready, endpoints.SetByUser) // the queue's call is none of her own
		waiting.hangUp(t)
		time.Sleep(time.Second)
		if now := h.agentIs(ann, endpoints.Ready, endpoints.SetByUser); now != set {
			t.Errorf("she is %+v, and was %+v", now, set)
		}

		// She is called by somebody else.
		direct := h.carrier.mustCall(toNumber("+18005550101"))
		h.agentIs(ann, endpoints.Other, endpoints.SetBySystem)
		told(endpoints.Other)
		all, err := h.store.Agents(t.Context())
		if err != nil || len(all) != 1 || all[0] != set {
			t.Errorf("on disk: %+v, %v", all, err)
		}
		waiting = h.carrier.mustCall(toNumber(did))
		time.Sleep(10 * time.Second)
		direct.hangUp(t)
		time.Sleep(3 * time.Second)
		if waiting.ear.hears(880) == 0 {
			t.Error("she was not offered the call when she was free")
		}
		waiting.hangUp(t)
		told(endpoints.Ready)
		h.nothingLeft(t)
		if got := h.Free(sales); got != 1 {
			t.Errorf("%d agents are free in the end", got)
		}
	})
}

// An agent who makes a call of his own while he is offered one has not missed it.
func TestOfferWhileTelephoning(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		ann, _ := h.user("ann", dial("ring", nil, nil, ref{"String", "ben"})), h.user("ben")
		annPhone, benPhone := h.phone("ann", "10.0.0.11"), h.phone("ben", "10.0.0.12")
		h.ready(ann)
		h.number(did, queue(h.team("Sales", ann), map[string]any{"RingSeconds": 10})...)
		annPhone.on(refuses(486, time.Hour))
		benPhone.on(picksUp(&ear{}, time.Second, 440, 0))
		waiting := h.carrier.mustCall(toNumber(did))
		time.Sleep(2 * time.Second)
		own := annPhone.mustCall(dials("ben"))
		time.Sleep(15 * time.Second)
		h.agentIs(ann, endpoints.Outgoing, endpoints.SetBySystem)
		if n := len(annPhone.called()); n != 1 {
			t.Errorf("she was rung %d times, want once", n)
		}
		annPhone.on(picksUp(&ear{}, time.Second, 880, 0))
		own.hangUp(t)
		time.Sleep(3 * time.Second)
		if waiting.ear.hears(880) == 0 {
			t.Error("she was not offered the call again")
		}
		waiting.hangUp(t)
		h.nothingLeft(t)
		h.agentIs(ann, endpoints.Ready, endpoints.SetByUser)
	})
}
