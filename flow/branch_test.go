package flow_test

import (
	"context"
	"encoding/json"
	"testing"

	"ringflow/flow"
)

// tapes is a node that asks, while it works, for the branch that its end will start.
type tapes struct {
	file string
	ask  func(x *flow.Execution)
}

func (n *tapes) Spec(s *flow.Spec) {
	s.Title, s.Doc, s.Category = "Tapes", "For tests.", flow.General
	s.Output(&n.file, "File", flow.FileType, "The file.")
	s.Exit("Done", "It is over.")
	s.AsyncExit("Ready", "The file is ready.")
	s.AsyncExit("Open", "Leads nowhere.")
}

func (n *tapes) Run(_ context.Context, x *flow.Execution) (string, error) {
	n.ask(x)
	n.file = "f1"
	x.Fire("Ready")
	return "Done", nil
}

// A branch that is kept before its node is over goes the way that it goes
// afterwards, and asking for it changes nothing.
func TestPendingBranch(t *testing.T) {
	var kept flow.Branch
	flow.Register("TapesNode", func() flow.Node {
		return &tapes{ask: func(x *flow.Execution) {
			var ok bool
			if kept, ok = x.Pending("Ready", map[string]flow.Value{"File": flow.Text("f1")}); !ok {
				t.Error("there is no branch")
			}
			if _, ok := x.Pending("Open", nil); ok {
				t.Error("a transition that leads nowhere has a branch")
			}
			if len(x.State.Variables) != 0 || len(x.State.Frames[0].Nodes) != 0 || x.State.Frames[0].Node != "a" {
				t.Errorf("to ask has changed the run: %+v", x.State)
			}
		}}
	})
	g, err := flow.Parse([]byte(`{"id": "f1", "version": 3, "name": "f", "nodes": [
		{"id": "a", "isStartNode": true, "spec": {"typeName": "TapesNode", "url": "/u"}, "parameters": {
			"File": {"id": "p1", "type": "File", "source": "Session", "referenceId": "Mine"},
			"Done": {"id": "p2", "type": "Transition", "value": {"stringValue": "e"}},
			"Ready": {"id": "p3", "type": "Transition", "value": {"stringValue": "b"}}}},
		{"id": "b", "spec": {"typeName": "EndNode", "url": "/u"}, "parameters": {
			"Outcome": {"id": "p4", "type": "String", "value": {"stringValue": "{{ Session.Mine }} {{ Node.a.File }} {{ Session.FromName }}"}}}},
		{"id": "e", "spec": {"typeName": "EndNode", "url": "/u"}, "parameters": {}}]}`))
	if err != nil {
		t.Fatal(err)
	}
	p, problems := flow.Compile(g)
	if errs := flow.Errors(problems); len(errs) > 0 {
		t.Fatal(errs)
	}
	var fired flow.Branch
	x := execution(&log{})
	x.Session = &flow.Session{FromName: "Ada"}
	x.Async = func(b flow.Branch) { fired = b }
	if _, ok := x.Pending("Ready", nil); ok {
		t.Error("a run that has not begun has a branch")
	}
	if r, err := p.Run(t.Context(), x); err != nil || r.End != flow.Ended {
		t.Fatal(r, err)
	}
	for name, b := range map[string]flow.Branch{"kept": kept, "fired": fired} {
		raw, err := json.Marshal(b)
		if err != nil {
			t.Fatal(err)
		}
		var back flow.Branch
		if err := json.Unmarshal(raw, &back); err != nil {
			t.Fatal(err)
		}
		if r, err := p.RunBranch(t.Context(), execution(&log{}), back); err != nil || r.Outcome != "f1 f1 Ada" {
			t.Errorf("the %s branch ends with %q: %+v, %v", name, r.Outcome, r, err)
		}
	}
}
