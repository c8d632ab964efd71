package explore_test

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"testing"

	"ringflow/flow"
	"ringflow/flow/explore"
)

// Each transition of the worked flows that is cut is told: as one that leads
// nowhere, but where a more general one is taken instead.
func TestCutTransitions(t *testing.T) {
	files, err := filepath.Glob("../../testdata/flows/examples/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no flows: %v", err)
	}
	cut, told := 0, 0
	for _, file := range files {
		raw := read(t, file)
		g, err := flow.Parse(raw)
		if err != nil {
			t.Fatal(err)
		}
		p, _ := flow.Compile(g)
		for _, n := range p.Outline().Nodes {
			for _, w := range n.Ways {
				others := slices.ContainsFunc(n.Ways, func(o flow.WayOutline) bool { return o.Connected && !o.Async && o.Name != w.Name })
				if !w.Connected || w.Async || w.Never || !others || n.TypeName == "FlowNode" {
					continue
				}
				without := cutOff(t, raw, n.ID, w.Name)
				cut++
				r, err := explore.Explore(t.Context(), without, explore.Options{Flow: beside(file)})
				if err != nil {
					t.Fatal(err)
				}
				found := slices.ContainsFunc(r.Findings, func(f explore.Finding) bool {
					return f.NodeID == n.ID && f.Kind == explore.Unconnected
				})
				if found {
					told++
				} else if !covered(t, without, n.ID, w.Name) && n.TypeName != "ChannelSelectorNode" { // calls are tried, not chats
					t.Errorf("%s: %s: %s is cut, and nothing tells: %q", filepath.Base(file), n.Name, w.Name, short(r.Findings))
				}
			}
		}
	}
	if told < 100 {
		t.Errorf("of %d that were cut only %d are told", cut, told)
	}
}

// cutOff takes a transition of a flow away.
func cutOff(t *testing.T, raw []byte, node, transition string) []byte {
	t.Helper()
	var g map[string]any
	if err := json.Unmarshal(raw, &g); err != nil {
		t.Fatal(err)
	}
	for _, n := range g["nodes"].([]any) {
		if n := n.(map[string]any); n["id"] == node {
			delete(n["parameters"].(map[string]any), transition)
		}
	}
	out, err := json.Marshal(g)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// covered tells whether a more general transition is taken instead.
func covered(t *testing.T, raw []byte, node, transition string) bool {
	t.Helper()
	g, err := flow.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	p, _ := flow.Compile(g)
	for _, n := range p.Outline().Nodes {
		for _, w := range n.Ways {
			if n.ID == node && w.Name == transition {
				return w.Covered
			}
		}
	}
	return false
}
