package explore_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"ringflow/flow/explore"
)

// Callers of a conference come to all its transitions, and no path tells its PIN.
func TestConferenceIsExplored(t *testing.T) {
	ways := map[string]string{
		"Done": "", "Room Full": "Conference: the conference is full", "Wrong Pin": "", "Recording Ready": "",
	}
	node := func(id, typ, parameters string) string {
		return fmt.Sprintf(`{"id": %q, "name": %q, "isStartNode": %t, "spec": {"typeName": %q, "url": "/json/reply/%s"}, "parameters": {%s}}`,
			id, id, id == "Conference", typ, typ, parameters)
	}
	parameters := `"Room": {"id": "r", "type": "String", "value": {"stringValue": "Sales"}}, "Pin": {"id": "p", "type": "String", "value": {"stringValue": "4711"}},
		"RecordCall": {"id": "c", "type": "Boolean", "value": {"boolValue": true}}`
	var nodes []string
	for way := range ways {
		parameters += fmt.Sprintf(`, %q: {"id": %q, "type": "Transition", "value": {"stringValue": "after %s"}}`, way, way, way)
		nodes = append(nodes, node("after "+way, "BreakNode", ""))
	}
	nodes = append(nodes, node("Conference", "ConferenceNode", parameters))
	r, err := explore.Explore(t.Context(), []byte(`{"name": "Sales", "nodes": [`+strings.Join(nodes, ",")+`]}`), explore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for way, by := range ways {
		i := slices.IndexFunc(r.Findings, func(f explore.Finding) bool { return f.Kind == explore.Fault && f.NodeName == "after "+way })
		if i < 0 {
			t.Errorf("nobody comes by %s: %v", way, short(r.Findings))
			continue
		}
		path := strings.Join(r.Findings[i].Path, "; ")
		if way == "Done" || way == "Room Full" {
			by = strings.TrimSpace("Conference: the caller presses the right PIN; " + by)
		}
		if !strings.Contains(path, strings.TrimSuffix(by, ";")) || strings.Contains(path, "4711") {
			t.Errorf("the path to %s is %s", way, path)
		}
	}
}
