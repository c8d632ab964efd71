package flowtest

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"ringflow/flow"
)

// TestRandomFlows lets random callers into random flows: each ends, within its
// limits, without a bug, and the same again gives the same transcript.
func TestRandomFlows(t *testing.T) {
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 7))
		raw, err := json.Marshal(randomFlow(r))
		if err != nil {
			t.Fatal(err)
		}
		g, err := flow.Parse(raw)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		p, problems := flow.Compile(g)
		if errs := flow.Errors(problems); len(errs) > 0 {
			t.Fatalf("seed %d: %v in %s", seed, errs, raw)
		}
		s := randomStory(r)
		first, second := tell(t, s, p), tell(t, s, p)
		if !slices.Equal(first.Transcript, second.Transcript) {
			t.Errorf("seed %d: the second time it went otherwise", seed)
		}
		if log := strings.Join(first.Transcript, "\n"); strings.Contains(log, "internal error") {
			t.Errorf("seed %d: %s", seed, log)
		}
		if first.Result.End == "" || first.State.Steps > 301 {
			t.Errorf("seed %d: %+v after %d steps", seed, first.Result, first.State.Steps)
		}
		if _, err := json.Marshal(first.State); err != nil {
			t.Errorf("seed %d: %v", seed, err)
		}
	}
}

func tell(t *testing.T, s *Story, p *flow.Program) *Report {
	t.Helper()
	s.limits = flow.Limits{Steps: 300, StepsNoWait: 100}
	r, err := s.play(context.Background(), p)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

type object = map[string]any

// randomFlow is a sound graph of up to eight nodes with constants for their
// parameters and transitions to wherever.
func randomFlow(r *rand.Rand) object {
	types := flow.Available()
	count, ids := 1+r.IntN(8), 0
	id := func() string { ids++; return fmt.Sprint("p", ids) }
	var nodes []object
	for i := range count {
		info := types[r.IntN(len(types))]
		for info.TypeName == "OnHangupNode" {
			info = types[r.IntN(len(types))]
		}
		if info.TypeName == "FlowNode" {
			info.URL = flow.FlowURL("self")
		}
		parameters := object{}
		for _, f := range info.Fields {
			switch {
			case f.Type == flow.TransitionType:
				if r.IntN(5) > 0 {
					parameters[f.Name] = object{"id": id(), "type": "Transition", "value": object{"stringValue": fmt.Sprint("n", r.IntN(count))}}
				}
			case f.Name == "Target":
				parameters[f.Name] = object{"id": id(), "type": "String", "value": object{"stringValue": "V"}}
			case f.ListType != nil:
				rows := []object{}
				for k := range r.IntN(4) {
					row := object{}
					for _, m := range f.ListType.Fields {
						row[m.Name] = object{"id": id(), "type": "String", "value": constant(r, m, k)}
					}
					rows = append(rows, row)
				}
				parameters[f.Name] = object{"id": id(), "type": "List", "listParameters": rows}
			case !f.IsOutput && r.IntN(3) > 0:
				parameters[f.Name] = object{"id": id(), "type": f.Type, "value": constant(r, f, 0)}
			}
		}
		nodes = append(nodes, object{"id": fmt.Sprint("n", i), "name": fmt.Sprint("Node ", i), "isStartNode": i == 0,
			"spec": object{"typeName": info.TypeName, "url": info.URL}, "parameters": parameters})
	}
	return object{"id": "self", "name": "random", "nodes": nodes}
}

func constant(r *rand.Rand, f flow.DataField, row int) object {
	if forms, ok := forms[f.Name]; ok {
		return object{"stringValue": forms[r.IntN(len(forms))]}
	}
	switch {
	case len(f.PossibleValues) > 0:
		return object{"stringValue": f.PossibleValues[r.IntN(len(f.PossibleValues))]}
	case f.Type == flow.BooleanType:
		return object{"boolValue": r.IntN(2) == 0}
	case f.Type == flow.NumberType:
		return object{"numberValue": r.IntN(12)}
	case f.Name == "Value" || f.Name == "Key" || f.Name == "Destination" || f.Name == "Name" || f.Name == "State":
		return object{"stringValue": fmt.Sprint(row)}
	}
	return object{"stringValue": []string{"", "1", "Hello {{ Session.FromName }}", "{{ Session.V }}{{ Session.V }}x", "{{ Session.Digits * 2 }}"}[r.IntN(5)]}
}

// forms are texts for parameters that ask for one.
var forms = map[string][]string{
	"TimeZoneId": {"", "Europe/Berlin"}, "From": {""}, "To": {""}, "Days": {"Mon-Sun", "Sat"}, "Url": {"", "https://example.com/a", "https://example.com/{{ Session.V }}"},
	"Expression": {"1 == 1", "false"}, "ContentType": {"text/plain"},
}

// randomStory is a caller and a world.
func randomStory(r *rand.Rand) *Story {
	s := &Story{Name: "random", At: time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC), World: World{Parties: map[string]Party{}}}
	for k := range 3 {
		d := time.Duration(r.IntN(8)+1) * time.Second
		s.World.Parties[fmt.Sprint(k)] = []Party{{Answers: d, Talks: d}, {Busy: &d}, {Rejects: &d}, {Fails: "no way"}, {Answers: d}, {}}[r.IntN(6)]
	}
	s.World.HTTP = []Answer{{URL: "*", Body: `{"a": [1, 2]}`}, {URL: "*", Status: 500}, {URL: "*", Fails: "away"}, {URL: "*", After: 20 * time.Second}}[:r.IntN(5)]
	s.World.Schedules = map[string]States{"Endpoint": {{State: "1"}}}
	for range r.IntN(8) {
		d := time.Duration(r.IntN(9)+1) * time.Second
		s.Script = append(s.Script, []Action{{Verb: "wait", Delay: d}, {Verb: "say", Delay: d}, {Verb: "press", Text: fmt.Sprint(r.IntN(200))}, {Verb: "press", Text: "#"}}[r.IntN(4)])
	}
	if r.IntN(3) > 0 {
		s.Script = append(s.Script, Action{Verb: "hangup"})
	}
	return s
}
