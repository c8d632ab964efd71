package flow_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"ringflow/flow"
)

// shelf holds flows in versions, the last one live.
type shelf map[string][]*flow.Program

func (s shelf) Program(_ context.Context, id string, version int) (*flow.Program, error) {
	all := s[id]
	if len(all) == 0 {
		return nil, flow.ErrNoFlow
	}
	if version == 0 {
		version = len(all)
	}
	return all[version-1], nil
}

// put compiles another version of a flow.
func (s shelf) put(t *testing.T, id, flowMembers string, nodes ...string) *flow.Program {
	t.Helper()
	raw := fmt.Sprintf(`{"id": %q, "version": %d, "name": "The %s", %s "nodes": [`, id, len(s[id])+1, id, flowMembers)
	for i, n := range nodes {
		head, ps, _ := strings.Cut(n, " | ")
		typ, url, _ := strings.Cut(strings.Fields(head)[1], "?")
		if url == "" {
			url = "/u"
		} else {
			url = flow.FlowURL(url)
		}
		raw += fmt.Sprintf(`{"id": %q, "isStartNode": %v, "spec": {"typeName": %q, "url": %q}, "parameters": {%s}},`, strings.Fields(head)[0], i == 0, typ, url, parameters(i, ps))
	}
	g, err := flow.Parse([]byte(strings.TrimSuffix(raw, ",") + "]}"))
	if err != nil {
		t.Fatal(err)
	}
	p, ps := flow.Compile(g)
	if errs := flow.Errors(ps); len(errs) > 0 {
		t.Fatal(errs)
	}
	s[id] = append(s[id], p)
	return p
}

// parameters are "Name=value; Transition>target; Output<variable".
func parameters(node int, text string) string {
	var out []string
	for k, p := range strings.Split(text, "; ") {
		id := fmt.Sprintf("p%d-%d", node, k)
		if name, to, ok := strings.Cut(p, ">"); ok {
			out = append(out, fmt.Sprintf(`%q: {"id": %q, "type": "Transition", "value": {"stringValue": %q}}`, name, id, to))
		} else if name, to, ok := strings.Cut(p, "<"); ok {
			out = append(out, fmt.Sprintf(`%q: {"id": %q, "type": "String", "isOutput": true, "source": "Session", "referenceId": %q}`, name, id, to))
		} else if name, v, ok := strings.Cut(p, "="); ok {
			out = append(out, fmt.Sprintf(`%q: {"id": %q, "type": "String", "value": {"stringValue": %q}}`, name, id, v))
		}
	}
	return strings.Join(out, ",")
}

// A session keeps the versions that it began with, also of a flow that it comes
// to only after another was saved, and of one that only that one starts.
func TestVersionsStay(t *testing.T) {
	s := shelf{}
	main := s.put(t, "main", "", "a WaitNode | Timeout=60; Done>b", "b FlowNode?outer | Done>c", "c FlowNode?outer | Done>")
	s.put(t, "outer", "", "a FlowNode?inner | Done>")
	s.put(t, "inner", "", "a LogNode | Message=inner, the old one")
	l := &log{}
	x := execution(l)
	x.Flows, x.Clock = s, &instant{}
	trace := x.Trace
	x.Trace = func(st flow.Step) {
		trace(st)
		if st.TypeName == "WaitNode" && st.Part == flow.Left {
			s.put(t, "inner", "", "a LogNode | Message=inner, the new one")
			s.put(t, "outer", "", "a LogNode | Message=outer, the new one")
		}
	}
	if r, err := main.Run(context.Background(), x); err != nil || r.End != flow.Ended {
		t.Fatalf("%+v %v", r, err)
	}
	if text := strings.Join(l.lines, "\n"); strings.Count(text, "Log: inner, the old one") != 2 || l.has("the new one") {
		t.Errorf("%v", l.lines)
	}
	y := execution(l)
	y.Flows, y.Clock = s, &instant{}
	if _, err := main.Run(context.Background(), y); err != nil || !l.has("outer, the new one") {
		t.Errorf("the next session: %v, %v", err, l.lines)
	}
}

// A state that was stored inside of a flow goes on there, and then in the flow
// that started it, in the versions that it had.
func TestStateGoesOnInside(t *testing.T) {
	s := shelf{}
	main := s.put(t, "main", "", "a FlowNode?inner | Given=Ada; Made<Made; Out>b", "b EndNode | Outcome={{ Session.Made }}")
	s.put(t, "inner", `"parameters": [{"name": "Given", "type": "String", "isPublic": true}, {"name": "Made", "type": "String", "isPublic": true, "isOutput": true}], "exits": [{"name": "Out"}],`,
		"a LogNode | Message=one; Done>b", "b SetValueNode | Target=Flow.Made; Value=Hello {{ Flow.Given }}; Done>Out")
	x := execution(&log{})
	x.Flows = s
	ctx, cancel := context.WithCancelCause(context.Background())
	x.Trace = func(st flow.Step) {
		if st.Part == flow.Left && st.FlowID == "inner" {
			cancel(errors.New("stop here"))
		}
	}
	if r, _ := main.Run(ctx, x); r.End != flow.Cancelled {
		t.Fatalf("%+v", r)
	}
	b, err := json.Marshal(x.State)
	if err != nil {
		t.Fatal(err)
	}
	s.put(t, "main", "", "z LogNode | Message=new")
	s.put(t, "inner", "", "z LogNode | Message=new")
	for name, begin := range map[string]*flow.Program{"the flow that began it": main, "another version of it": s["main"][1]} {
		var state flow.State
		if err := json.Unmarshal(b, &state); err != nil {
			t.Fatal(err)
		}
		y := execution(&log{})
		y.Flows, y.State = s, &state
		r, err := begin.Run(context.Background(), y)
		if err != nil || r.Outcome != "Hello Ada" || len(y.State.Frames) != 1 {
			t.Errorf("%s: %+v %v, from %s", name, r, err, b)
		}
	}
}

// What a flow kept is no longer counted once it has ended.
func TestBytesAreGivenBack(t *testing.T) {
	s := shelf{}
	main := s.put(t, "main", "", "a FlowNode?inner | Given=0123456789; Out>a")
	s.put(t, "inner", `"parameters": [{"name": "Given", "type": "String", "isPublic": true}, {"name": "Made", "type": "String", "isPublic": true, "isOutput": true}], "exits": [{"name": "Out"}],`,
		"a SetValueNode | Target=Flow.Made; Value={{ Flow.Given }}{{ Flow.Given }}; Done>Out")
	l := &log{}
	x := execution(l)
	x.Flows, x.Limits = s, flow.Limits{VariableBytes: 300, StepsNoWait: 500}
	if r, _ := main.Run(context.Background(), x); r.End != flow.Limited || !l.has("Limit: 500 steps") {
		t.Errorf("%+v", r)
	}
	if got := x.State.Bytes; got < 10 || got > 100 { // of the last output only
		t.Errorf("%d bytes are counted in the end", got)
	}
}

// A branch that a flow inside fired runs in that flow, wherever it is started from.
func TestBranchOfAFlowInside(t *testing.T) {
	s := shelf{}
	main := s.put(t, "main", "", "a FlowNode?inner | Given=Ada; Done>")
	s.put(t, "inner", `"parameters": [{"name": "Given", "type": "String", "isPublic": true}], "exits": [{"name": "Out"}],`,
		"a WaitNode | Timeout=60", "o OnHangupNode | Hung Up>b", "b LogNode | Message=bye {{ Flow.Given }}; Done>Out")
	var fired []flow.Branch
	x := execution(&log{})
	x.Flows, x.Async = s, func(b flow.Branch) { fired = append(fired, b) }
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(flow.ErrHungUp)
	if _, err := main.Run(ctx, x); err != nil || len(fired) != 0 {
		t.Fatalf("hung up before the flow began: %v %v", fired, err)
	}
	x = execution(&log{})
	ctx, cancel = context.WithCancelCause(context.Background())
	x.Flows, x.Async = s, func(b flow.Branch) { fired = append(fired, b) }
	x.Trace = func(st flow.Step) {
		if st.FlowID == "inner" {
			cancel(flow.ErrHungUp)
		}
	}
	if r, _ := main.Run(ctx, x); r.End != flow.HungUp || len(fired) != 1 {
		t.Fatalf("%+v, %d branches", r, len(fired))
	}
	if id, version := fired[0].Flow(); id != "inner" || version != 1 {
		t.Errorf("the branch is of %s %d", id, version)
	}
	b, err := json.Marshal(fired[0])
	if err != nil {
		t.Fatal(err)
	}
	s.put(t, "inner", "", "b LogNode | Message=new")
	for name, p := range map[string]*flow.Program{"the flow that began": main, "its own": s["inner"][0], "its new version": s["inner"][1]} {
		var back flow.Branch
		if err := json.Unmarshal(b, &back); err != nil {
			t.Fatal(err)
		}
		l := &log{}
		y := execution(l)
		y.Flows = s
		if r, err := p.RunBranch(context.Background(), y, back); err != nil || r.Exit != "Out" || !l.has("bye Ada") {
			t.Errorf("%s: %+v %v %v", name, r, err, l.lines)
		}
	}
}

// A jump goes to a node of the flow at work.
func TestJumpInside(t *testing.T) {
	s := shelf{}
	main := s.put(t, "main", "", "a FlowNode?inner | Done>b", "b EndNode | Outcome={{ Session.V }}")
	s.put(t, "inner", "", "w WaitNode | Timeout=60", "j SetValueNode | Target=V; Value=jumped")
	x := execution(&log{})
	x.Flows = s
	x.Trace = func(st flow.Step) {
		if st.NodeID == "w" && st.Part == flow.Entered && (x.Jump("b") || !x.Jump("j")) {
			t.Error("jumps to a node of the flow that waits, or not to one of the flow at work")
		}
	}
	if r, _ := main.Run(context.Background(), x); r.Outcome != "jumped" {
		t.Errorf("%+v", r)
	}
}
