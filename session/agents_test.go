package session_test

import (
	"errors"
	"io/fs"
	"testing"
	"time"

	"ringflow/endpoints"
	"ringflow/session"
)

// agentIs fails unless a user is in a state for a reason.
func (h *house) agentIs(u *endpoints.Endpoint, state endpoints.AgentState, why endpoints.AgentReason) endpoints.Agent {
	h.t.Helper()
	a := h.Agent(u)
	if a.State != state || a.Reason != why {
		h.t.Errorf("%s is %s, %s; want %s, %s", u.DisplayName, a.State, a.Reason, state, why)
	}
	return a
}

func (h *house) ready(users ...*endpoints.Endpoint) {
	h.t.Helper()
	for _, u := range users {
		if _, err := h.SetAgent(h.t.Context(), u, endpoints.Ready); err != nil {
			h.t.Fatal(err)
		}
	}
}

// What an agent is set to is told, and on disk when that is answered; time logs
// it out; nobody else is set.
func TestAgents(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		alice, bob := h.user("alice"), h.user("bob")
		number := h.number(did)
		h.agentIs(alice, endpoints.LoggedOut, endpoints.SetBySystem)
		events, cancel := h.Watch("")
		defer cancel()
		if _, err := h.SetAgent(t.Context(), alice, endpoints.NotReady); err != nil {
			t.Fatal(err)
		}
		if e := <-events; e.Kind != session.AgentChanged || e.EndpointID != alice.ID || e.AgentState != endpoints.NotReady || e.AgentReason != endpoints.SetByUser {
			t.Errorf("told: %+v", e)
		}
		all, err := h.store.Agents(t.Context())
		if err != nil || len(all) != 1 || all[0] != h.agentIs(alice, endpoints.NotReady, endpoints.SetByUser) {
			t.Errorf("on disk: %+v, %v", all, err)
		}
		var bad *endpoints.Invalid
		if _, err := h.SetAgent(t.Context(), alice, endpoints.WrapUp); !errors.As(err, &bad) {
			t.Errorf("set to WrapUp: %v", err)
		}
		if _, err := h.SetAgent(t.Context(), number, endpoints.Ready); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("a number as an agent: %v", err)
		}

		time.Sleep(time.Hour) // of the bubble: no time for logging off is set
		h.agentIs(alice, endpoints.NotReady, endpoints.SetByUser)
		set, err := h.store.Settings(t.Context(), h.account)
		if err != nil {
			t.Fatal(err)
		}
		seconds := 600
		set.AutoAgentLogoffSeconds = &seconds
		if err := h.store.PutSettings(t.Context(), set); err != nil {
			t.Fatal(err)
		}
		h.ready(bob)
		if _, err := h.SetAgent(t.Context(), alice, endpoints.NotReady); err != nil {
			t.Fatal(err)
		}
		time.Sleep(598 * time.Second)
		h.agentIs(alice, endpoints.NotReady, endpoints.SetByUser)
		time.Sleep(4 * time.Second)
		out := h.agentIs(alice, endpoints.LoggedOut, endpoints.SetBySystem)
		h.agentIs(bob, endpoints.Ready, endpoints.SetByUser)
		if all, err := h.store.Agents(t.Context()); err != nil || len(all) != 2 || all[0] != out && all[1] != out {
			t.Errorf("on disk after logging off: %+v, %v", all, err)
		}
	})
}
