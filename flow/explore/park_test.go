package explore_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"ringflow/flow/explore"
)

// Calls that are parked, those that retrieve, and those that pick up come to all that can become of them.
func TestParkIsExplored(t *testing.T) {
	for _, c := range []struct{ typ, parameters, way, path string }{
		{"ParkNode", "", "Timeout", "Node: the lot is full"},
		{"ParkNode", "", "Timeout", ""},
		{"RetrieveNode", `"Slot": {"id": "s", "type": "String", "value": {"stringValue": "701"}}`, "Done", "Node: there is such a call"},
		{"RetrieveNode", `"Slot": {"id": "s", "type": "String", "value": {"stringValue": "701"}}`, "Not Found", ""},
		{"PickupNode", `"User": {"id": "u", "type": "User", "value": {"stringValue": "alice"}}`, "Done", "Node: a call rings there"},
		{"PickupNode", `"User": {"id": "u", "type": "User", "value": {"stringValue": "alice"}}`, "Nothing Ringing", ""},
		{"TransferNode", `"Destination": {"id": "u", "type": "User", "value": {"stringValue": "alice"}}`, "Done", "Node: the far end answers"},
		{"TransferNode", `"Destination": {"id": "u", "type": "User", "value": {"stringValue": "alice"}}, "Mode": {"id": "m", "type": "String", "value": {"stringValue": "Refer"}}`, "Done", "Node: the caller's phone is connected there"},
	} {
		parameters := []string{fmt.Sprintf(`%q: {"id": "t", "type": "Transition", "value": {"stringValue": "after"}}`, c.way)}
		if c.parameters != "" {
			parameters = append(parameters, c.parameters)
		}
		raw := fmt.Sprintf(`{"name": "One", "nodes": [{"id": "n", "name": "Node", "isStartNode": true, "spec": {"typeName": %q, "url": "/json/reply/%[1]s"}, "parameters": {%s}},
			{"id": "after", "name": "after", "spec": {"typeName": "BreakNode", "url": "/json/reply/BreakNode"}, "parameters": {}}]}`, c.typ, strings.Join(parameters, ","))
		r, err := explore.Explore(t.Context(), []byte(raw), explore.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(r.Findings, func(f explore.Finding) bool { return f.Kind == explore.Fault && f.NodeName == "after" }) {
			t.Errorf("nobody comes by %s of %s: %v", c.way, c.typ, short(r.Findings))
		}
	}
}
