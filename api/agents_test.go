package api

import (
	"testing"

	"ringflow/endpoints"
)

// An agent's state is shown and set with its user, by those who manage it.
func TestAgentState(t *testing.T) {
	h := newHouse(t)
	manager := basic("manager@default.test")
	u := &endpoints.Endpoint{AccountID: h.account, Kind: endpoints.User, FirstName: "Ann", SipUserName: "ann.agent"}
	n := &endpoints.Endpoint{AccountID: h.account, Kind: endpoints.PhoneNumber, Number: "+18005550178"}
	stranger := &endpoints.Endpoint{AccountID: h.other, Kind: endpoints.User, FirstName: "Eve", SipUserName: "eve.agent"}
	h.putEndpoints(u, n, stranger)
	now := decode[EndpointInfo](t, h.want(200, manager, "GET", "/endpoints/"+u.ID, ""))
	if now.AgentState != "LoggedOut" || now.AgentStateReason != "SetBySystem" || now.AgentStateSince.IsZero() {
		t.Errorf("a new user: %s, %s, %s", now.AgentState, now.AgentStateReason, now.AgentStateSince)
	}
	set := decode[EndpointInfo](t, h.want(200, manager, "PATCH", "/endpoints/"+u.ID, `{"agentState":"ready"}`))
	again := decode[EndpointInfo](t, h.want(200, manager, "GET", "/endpoints/"+u.ID, ""))
	for _, got := range []EndpointInfo{set, again} {
		if got.AgentState != "Ready" || got.AgentStateReason != "SetByUser" || got.FirstName != "Ann" {
			t.Errorf("set to Ready: %s, %s", got.AgentState, got.AgentStateReason)
		}
	}
	h.want(400, manager, "PATCH", "/endpoints/"+u.ID, `{"agentState":"WrapUp"}`)
	h.want(400, manager, "PATCH", "/endpoints/"+u.ID, `{"agentState":"Asleep"}`)
	h.want(400, manager, "PATCH", "/endpoints/"+n.ID, `{"agentState":"Ready"}`)
	h.want(404, manager, "PATCH", "/endpoints/"+stranger.ID, `{"agentState":"Ready"}`)
	if got := h.server.Calls.Agent(stranger).State; got != endpoints.LoggedOut {
		t.Errorf("another account's agent is %s", got)
	}
	if got := decode[EndpointInfo](t, h.want(200, manager, "GET", "/endpoints/"+n.ID, "")); got.AgentState != "" {
		t.Errorf("a number is an agent: %s", got.AgentState)
	}
}
