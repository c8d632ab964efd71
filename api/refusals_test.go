package api

import (
	"strings"
	"testing"

	"ringflow/session"
)

// TestRefusalsNameTheMember asks for what can't be, and wants to be told what of it.
func TestRefusalsNameTheMember(t *testing.T) {
	h := newHouse(t)
	long := strings.Repeat("a", 60_000)
	for _, c := range []struct{ verb, path, body, member string }{
		{"GET", "/flows?countPerPage=-1", "", "countPerPage"},
		{"GET", "/flows?countPerPage=1001", "", "countPerPage"},
		{"GET", "/flows?page=-1", "", "page"},
		{"POST", "/sessions/outgoing", `{"numberToDial":"+12025550199"}`, "flowId"},
		{"GET", "/json/reply/GetEndpoint", "", "endpointId"},
		{"GET", "/json/reply/GetUser", "", "userId"},
		{"POST", "/json/reply/DeleteApiKey", `{}`, "apiKeyId"},
		{"POST", "/endpoints/verify-caller-id", `{}`, "endpointId"},
		{"GET", "/endpoints?flowParametersFilter=nonsense", "", "flowParametersFilter"},
		{"GET", "/endpoints?flowParametersFilter=%7BA:%7BnumberValue:x%7D%7D", "", "flowParametersFilter"},
		{"GET", "/endpoints?flowParametersFilter=%7BA:%7BboolValue:perhaps%7D%7D", "", "flowParametersFilter"},
		{"POST", "/customers", `{"accountId":"` + h.account + `","name":"A","data":"nonsense"}`, "data"},
		{"POST", "/customers", `{"accountId":"` + h.account + `","name":"A","data":{"A":{"numberValue":"x"}}}`, "data"},
		{"PATCH", "/system/settings", `{"accountId":"` + h.account + `","overrideSystemDateTime":"nonsense"}`, "overrideSystemDateTime"},
	} {
		got := h.want(400, admin, c.verb, c.path, c.body)
		status := decode[ErrorResponse](t, got).ResponseStatus
		if len(status.Errors) != 1 || status.Errors[0].FieldName != c.member {
			t.Errorf("%s %s: %s, want it to name %s", c.verb, c.path, got.body, c.member)
		}
		for _, alien := range []string{"unmarshal", "strconv", "Go value"} {
			if strings.Contains(got.body, alien) {
				t.Errorf("%s %s speaks of our language: %s", c.verb, c.path, got.body)
			}
		}
	}
	if got := decode[ListResponse[EndpointInfo]](t, h.want(200, admin, "POST", "/json/reply/ListEndpoints", `{"flowIds":["`+long+`"]}`)); len(got.Items) != 0 {
		t.Errorf("%+v", got)
	}
	h.want(200, admin, "POST", "/json/reply/ListEndpoints", `{"flowState":"Open","flowIds":["`+long+`"]}`)
}

// TestRefusedPatchOfASessionDoesNothing wants all of a PATCH, or nothing.
func TestRefusedPatchOfASessionDoesNothing(t *testing.T) {
	h := newHouse(t)
	h.calls.live = append(h.calls.live, &session.Record{ID: "live", AccountID: h.account, Channel: "Voice", Direction: session.Incoming, CallState: session.Connected})
	h.want(400, admin, "PATCH", "/sessions/live", `{"consoleData":"kept","callState":"Passive"}`)
	h.want(400, admin, "PATCH", "/sessions/live", `{"consoleData":"`+strings.Repeat("x", session.MaxConsole+1)+`","callState":"Hold"}`)
	if len(h.calls.verbs) != 0 {
		t.Errorf("%q was done", h.calls.verbs)
	}
	h.want(200, admin, "PATCH", "/sessions/live", `{"consoleData":"kept","callState":"Hold"}`)
	if got := h.calls.verbs; len(got) != 2 || !strings.Contains(got[0], "hold") || !strings.Contains(got[1], "console kept") {
		t.Errorf("%q; what may be refused comes first", got)
	}
}
