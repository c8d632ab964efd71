package flowtest

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"ringflow/flow"
)

type object = map[string]any

// maker makes flows at random.
type maker struct {
	*rand.Rand
	types []flow.SpecInfo
	ids   int
	at    flow.SpecInfo // of the node at hand
	flows []string      // ids of the flows that Flow nodes may start
}

func (r *maker) id() string { r.ids++; return fmt.Sprint("p", r.ids) }

func pick[T any](r *maker, all ...T) T { return all[r.IntN(len(all))] }

// flow is a sound graph of up to ten nodes with values from everywhere and
// transitions to wherever.
func (r *maker) flow(id string) object {
	types := r.types
	count := 1 + r.IntN(10)
	var nodes []object
	hangup := false
	for i := range count {
		info := pick(r, types...)
		for info.TypeName == "OnHangupNode" && (hangup || i == 0) || info.TypeName == "ChatEventsNode" && i == 0 {
			info = pick(r, types...)
		}
		hangup = hangup || info.TypeName == "OnHangupNode"
		if info.TypeName == "FlowNode" {
			info.URL = flow.FlowURL(pick(r, r.flows...))
		}
		nodes = append(nodes, object{"id": fmt.Sprint("n", i), "name": fmt.Sprint("Node ", i%7), "isStartNode": i == 0,
			"spec": object{"typeName": info.TypeName, "url": info.URL}})
	}
	for i, n := range nodes {
		spec := n["spec"].(object)
		for _, info := range types {
			if info.TypeName == spec["typeName"] {
				n["parameters"] = r.parameters(info, nodes, i)
			}
		}
	}
	return object{"id": id, "name": "random " + id, "nodes": nodes,
		"exits": []object{{"id": "x1", "name": "Out"}, {"id": "x2", "name": "Off"}},
		"parameters": []object{{"name": "Given", "type": "String", "isPublic": true, "defaultValue": object{"stringValue": "5"}},
			{"name": "Gives", "type": "String", "isPublic": true, "isOutput": true}}}
}

// to is where a transition leads: no node may lead to an OnHangup node.
func (r *maker) to(nodes []object) string {
	if r.IntN(8) == 0 {
		return pick(r, "Out", "Off")
	}
	for {
		n := pick(r, nodes...)
		if typeName := n["spec"].(object)["typeName"]; typeName != "OnHangupNode" && typeName != "ChatEventsNode" {
			return n["id"].(string)
		}
	}
}

func (r *maker) parameters(info flow.SpecInfo, nodes []object, at int) object {
	parameters := object{}
	r.at = info
	transition := func(name string) {
		if r.IntN(5) > 0 {
			parameters[name] = object{"id": r.id(), "type": "Transition", "value": object{"stringValue": r.to(nodes)}}
		}
	}
	if info.TypeName == "FlowNode" {
		transition("Out")
		transition("Off")
		parameters["Given"] = r.value(flow.DataField{Name: "Given", Type: flow.StringType}, 0)
		parameters["Gives"] = object{"id": r.id(), "type": "String", "isOutput": true, "source": "Session", "referenceId": "V"}
	}
	for _, f := range info.Fields {
		switch {
		case f.Type == flow.TransitionType:
			transition(f.Name)
		case f.Name == "Target":
			parameters[f.Name] = object{"id": r.id(), "type": "String", "value": object{"stringValue": pick(r, "V", "Session.W", "Flow.Gives")}}
		case f.ListType != nil:
			rows := []object{}
			for k := range r.IntN(4) {
				row := object{}
				for _, m := range f.ListType.Fields {
					row[m.Name] = object{"id": r.id(), "type": "String", "value": r.constant(m, k)}
				}
				rows = append(rows, row)
				if f.TransitionNameFormat != "" {
					transition(fmt.Sprint(k))
				}
			}
			parameters[f.Name] = object{"id": r.id(), "type": "List", "listParameters": rows}
		case f.IsOutput && r.IntN(3) > 0:
			parameters[f.Name] = object{"id": r.id(), "type": f.Type, "isOutput": true, "source": "Session", "referenceId": pick(r, "V", "W")}
		case !f.IsOutput && r.IntN(3) > 0:
			parameters[f.Name] = r.value(f, 0)
		}
	}
	return parameters
}

// value is a constant, or comes from somewhere.
func (r *maker) value(f flow.DataField, row int) object {
	v := object{"id": r.id(), "type": f.Type}
	coded := f.Name == "Expression" // its text is one already
	switch from := r.IntN(6); {
	case coded || from > 2:
		v["value"] = r.constant(f, row)
	case from == 0:
		v["source"], v["expression"] = "Expression", pick(r, "1 + 2", `Session.V + "x"`, "Session.W * 2", "now()", "Node[\"Node 1\"]", "default(Endpoint.None, 3)", `digits(Session.FromAddress)`)
	default:
		v["source"], v["referenceId"] = pick(r, "Session", "Endpoint", "Customer", "User", "System", "Flow"), pick(r, "Given", "V", "W", "Digits", "Number", "None")
		if v["source"] == "Flow" {
			v["referenceId"] = "Given"
		}
	}
	return v
}

func (r *maker) constant(f flow.DataField, row int) object {
	if forms, ok := forms[f.Name]; ok {
		return object{"stringValue": pick(r, forms...)}
	}
	switch {
	case len(f.PossibleValues) > 0:
		return object{"stringValue": pick(r, f.PossibleValues...)}
	case f.Type == flow.BooleanType:
		return object{"boolValue": r.IntN(2) == 0}
	case f.Type == flow.NumberType:
		return object{"numberValue": r.IntN(12)}
	case f.Name != "Name" && slices.Contains(r.at.Failures, flow.Failure{Parameter: f.Name, Wrong: flow.NoForm}):
		return object{"stringValue": ""} // what has no form of ours here
	case f.Name == "Value" || f.Name == "Key" || f.Name == "Destination" || f.Name == "Name" || f.Name == "State":
		return object{"stringValue": fmt.Sprint(row)}
	}
	return object{"stringValue": pick(r, "", "1", "Hello {{ Session.FromName }}", "{{ Session.V }}{{ Session.V }}x", "{{ Session.Digits * 2 }}", "{{ Endpoint.Secret }}", "broken")}
}

// forms are texts for parameters that ask for one.
var forms = map[string][]string{
	"TimeZoneId": {"", "Europe/Berlin"}, "From": {""}, "To": {""}, "Days": {"Mon-Sun", "Sat"}, "Url": {"", "https://example.com/a", "https://example.com/{{ Session.V }}"},
	"Expression": {"1 == 1", "false"}, "ContentType": {"text/plain"}, "Digits": {"", "12w#"},
}

// randomStory is a flow with others beside it, a caller and a world.
func randomStory(t *testing.T, dir string, r *maker) (*Story, *flow.Program) {
	t.Helper()
	r.flows = []string{"self", "other", "none"}
	s := &Story{Name: "random", At: time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC).Add(time.Duration(r.IntN(14*24)) * time.Hour),
		file: filepath.Join(dir, "random.yaml"), Flow: "self.json", Session: map[string]string{"Direction": pick(r, "Incoming", "Outgoing"), "MusicOnHold": pick(r, "", "waltz")},
		Endpoint: object{"Number": 7, "V": "text", "Secret": "hush", "W": []any{1, object{"a": 2}}}, Customer: object{"Number": "12x"}, System: object{"V": true},
		Secrets: []string{"Endpoint.Secret"}, Params: object{"Given": pick[any](r, "2", nil, 3)}}
	chatting := r.IntN(4) == 0
	if chatting {
		s.Channel = "Chat"
	}
	s.World = World{Parties: map[string]Party{}, Files: map[string]time.Duration{"waltz": time.Minute}, Unreachable: r.IntN(4) == 0}
	if r.IntN(3) == 0 {
		s.World.Broken = []string{"broken", "Hello"}
	}
	s.World.Flows = map[string]string{"other": "other.json"}
	for k := range 3 {
		d := time.Duration(r.IntN(8)+1) * time.Second
		s.World.Parties[fmt.Sprint(k)] = pick(r, Party{Answers: d, Talks: d}, Party{Busy: &d}, Party{Rejects: &d}, Party{Fails: "no way"}, Party{Answers: d}, Party{})
	}
	s.World.HTTP = []Answer{{URL: "*", Body: `{"a": [1, 2]}`}, {URL: "*", Status: 500}, {URL: "*", Fails: "away"}, {URL: "*", After: 20 * time.Second}}[:r.IntN(5)]
	s.World.Schedules = map[string]States{"Endpoint": {{State: "1"}}, "Customer": {{State: "0"}, {State: "2", From: s.At.Add(time.Minute)}}}
	s.World.Cookies = object{"0": "kept"}
	s.World.Customers = []map[string]any{{"Id": "c1", "Name": "Acme", "0": "1"}}
	s.World.Endpoints = []map[string]any{{"Id": "e1", "1": "1"}}
	for _, what := range []string{"flows", "schedules", "http", "cookies", "customers", "endpoints", "messages", "rooms"} {
		if r.IntN(12) == 0 {
			s.World.Away = append(s.World.Away, what)
		}
	}
	if r.IntN(4) == 0 {
		s.World.Unsent = map[string]string{pick(r, "1", "+14155550123"): "no messages are wanted"}
	}
	if r.IntN(3) == 0 {
		s.World.Invites = []string{"1"}
	}
	if chatting {
		s.writes(r)
	} else {
		s.does(r)
	}
	s.limits = flow.Limits{Steps: 300, StepsNoWait: 100, VariableBytes: 20_000, Call: time.Duration(1+r.IntN(100)) * time.Minute, Depth: 5}
	for _, id := range []string{"self", "other"} {
		raw, err := json.Marshal(r.flow(id))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, id+".json"), raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p, err := read(s)
	if err != nil {
		t.Fatal(err)
	}
	return s, p
}

// writes makes the script of one who writes now and then, and of a room that others write in.
func (s *Story) writes(r *maker) {
	for range r.IntN(12) {
		d := time.Duration(r.IntN(90)) * pick(r, time.Second, time.Minute, time.Hour)
		s.Script = append(s.Script, pick(r, Action{Verb: "wait", Delay: d}, Action{Verb: "text", Text: fmt.Sprint(r.IntN(200))}, Action{Verb: "text", Text: "hello"},
			Action{Verb: "writes", Who: "1", Text: "hello there"}, Action{Verb: "close"}))
	}
}

// does makes the script of one who calls.
func (s *Story) does(r *maker) {
	for range r.IntN(8) {
		d := time.Duration(r.IntN(9)+1) * time.Second
		s.Script = append(s.Script, pick(r, Action{Verb: "wait", Delay: d}, Action{Verb: "say", Delay: d}, Action{Verb: "press", Text: fmt.Sprint(r.IntN(200))}, Action{Verb: "press", Text: "#"}))
	}
	if r.IntN(3) > 0 {
		s.Script = append(s.Script, Action{Verb: "hangup"})
	}
}

// read compiles the story's flow.
func read(s *Story) (*flow.Program, error) {
	raw, err := os.ReadFile(s.flowFile())
	if err != nil {
		return nil, err
	}
	g, err := flow.Parse(raw)
	if err != nil {
		return nil, err
	}
	p, problems := flow.Compile(g)
	if errs := flow.Errors(problems); len(errs) > 0 {
		return nil, fmt.Errorf("%v in %s", errs, raw)
	}
	return p, nil
}
