package flow_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"ringflow/flow"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// Nodes of the tests.
func init() {
	flow.Register("AskNode", func() flow.Node { return new(askNode) })
	flow.Register("OutsideNode", func() flow.Node { return new(outsideNode) })
	flow.Register("PanicNode", func() flow.Node {
		return &testNode{title: "Panic", run: func(context.Context, *flow.Execution) (string, error) { panic("at the disco") }}
	})
	flow.Register("FaultNode", func() flow.Node {
		return &testNode{title: "Fault", exits: []string{"Done", "On Failure"}, run: func(context.Context, *flow.Execution) (string, error) { return "", errors.New("the store is away") }}
	})
}

type testNode struct {
	title string
	exits []string
	run   func(context.Context, *flow.Execution) (string, error)
}

func (n *testNode) Spec(s *flow.Spec) {
	s.Title, s.Doc, s.Category = n.title, "For tests.", flow.General
	for _, e := range n.exits {
		s.Exit(e, "A way out.")
	}
}

func (n *testNode) Run(ctx context.Context, x *flow.Execution) (string, error) { return n.run(ctx, x) }

// program compiles nodes written as "id Type; parameter=value; Transition>target".
func program(t testing.TB, nodes ...string) *flow.Program {
	t.Helper()
	var out []string
	id := 0
	for i, n := range nodes {
		parts := strings.Split(n, "; ")
		head := strings.Fields(parts[0])
		var ps []string
		for _, p := range parts[1:] {
			id++
			if name, to, ok := strings.Cut(p, ">"); ok {
				ps = append(ps, fmt.Sprintf(`%q: {"id": "p%d", "type": "Transition", "value": {"stringValue": %q}}`, name, id, to))
			} else {
				name, v, _ := strings.Cut(p, "=")
				ps = append(ps, fmt.Sprintf(`%q: {"id": "p%d", "type": "String", "value": {"stringValue": %q}}`, name, id, v))
			}
		}
		out = append(out, fmt.Sprintf(`{"id": %q, "isStartNode": %v, "spec": {"typeName": %q, "url": "/u"}, "parameters": {%s}}`, head[0], i == 0, head[1], strings.Join(ps, ",")))
	}
	g, err := flow.Parse([]byte(`{"id": "f1", "version": 3, "name": "f", "nodes": [` + strings.Join(out, ",") + `]}`))
	if err != nil {
		t.Fatal(err)
	}
	p, ps := flow.Compile(g)
	if errs := flow.Errors(ps); len(errs) > 0 {
		t.Fatal(errs)
	}
	return p
}

// log gathers the lines of a run.
type log struct {
	mu    sync.Mutex
	lines []string
}

func (l *log) say(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, fmt.Sprintf(format, args...))
}

func (l *log) trace(s flow.Step) {
	for _, line := range s.Lines() {
		l.say("%s", line)
	}
}

func (l *log) has(part string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Contains(strings.Join(l.lines, "\n"), part)
}

func execution(l *log) *flow.Execution { return &flow.Execution{Trace: l.trace, Say: l.say} }

func TestPanicIsAnError(t *testing.T) {
	l := &log{}
	x := execution(l)
	core, operator := observer.New(zap.ErrorLevel)
	x.Log = zap.New(core)
	r, err := program(t, "a PanicNode").Run(context.Background(), x)
	if err != nil || r.End != flow.Failed || r.Outcome != "Error" || r.Refuse != flow.RefuseError {
		t.Errorf("%+v %v", r, err)
	}
	if !l.has("Panic ends: an internal error") || l.has("disco") || strings.Contains(r.Err.Error(), "disco") {
		t.Errorf("log: %v, %v", l.lines, r.Err)
	}
	told := operator.All()
	if len(told) != 1 || told[0].ContextMap()["panic"] != "at the disco" || !strings.Contains(fmt.Sprint(told[0].ContextMap()["stack"]), "run_test.go") {
		t.Errorf("the operator is told %v", told)
	}
}

func TestFaultTakesOnFailure(t *testing.T) {
	l := &log{}
	r, _ := program(t, "a FaultNode; On Failure>b", "b EndNode; Outcome=saved").Run(context.Background(), execution(l))
	if r.End != flow.Ended || r.Outcome != "saved" || !l.has("Fault: failed: the store is away") {
		t.Errorf("%+v %v", r, l.lines)
	}
}

// Text that is no number is the flow's fault, not the operator's: the node
// fails, by On Failure where it has it, and the log names node, parameter and text.
func TestNoNumberTakesOnFailure(t *testing.T) {
	l := &log{}
	x := execution(l)
	core, operator := observer.New(zap.ErrorLevel)
	x.Log, x.Line, x.Session = zap.New(core), struct{ flow.Line }{}, &flow.Session{FromName: "Ada"}
	r, err := program(t, "a PlayNode; Loop={{ Session.FromName }}; On Failure>b", "b EndNode; Outcome=saved").Run(context.Background(), x)
	if err != nil || r.End != flow.Ended || r.Outcome != "saved" || !l.has(`Play: failed: Loop: "Ada" is no number`) || operator.Len() > 0 {
		t.Errorf("%+v %v %v %v", r, err, l.lines, operator.All())
	}
}

// A target that is no target once it is evaluated is the flow's fault too.
func TestEvaluatedTarget(t *testing.T) {
	l := &log{}
	x := execution(l)
	core, operator := observer.New(zap.ErrorLevel)
	x.Log, x.Session = zap.New(core), &flow.Session{FromName: "Digits", FromAddress: "Colour"}
	p := program(t, "a SetValueNode; Target={{ Session.FromAddress }}; Value=red; Done>b", "b SetValueNode; Target={{ Session.FromName }}; Value=1")
	r, err := p.Run(context.Background(), x)
	if err != nil || r.End != flow.Failed || x.State.Variables["Colour"].Text() != "red" || !l.has("Set Value ends: Target: Session.Digits is built in") || operator.Len() > 0 {
		t.Errorf("%+v %v %v %v", r, err, l.lines, operator.All())
	}
}

func TestDestinationLimit(t *testing.T) {
	rows := strings.Repeat(`,{"Destination": {"id": "x%d", "type": "String", "value": {"stringValue": "alice"}}}`, 201)
	for i := range 201 {
		rows = strings.Replace(rows, "%d", fmt.Sprint(i), 1)
	}
	g, err := flow.Parse([]byte(`{"nodes": [{"id": "a", "isStartNode": true, "spec": {"typeName": "DialNode", "url": "/u"}, "parameters":
		{"Destinations": {"id": "d", "type": "List", "listParameters": [` + rows[1:] + `]}}}]}`))
	if err != nil {
		t.Fatal(err)
	}
	p, _ := flow.Compile(g)
	l := &log{}
	x := execution(l)
	x.Line = struct{ flow.Line }{}
	if r, _ := p.Run(context.Background(), x); r.End != flow.Limited || !l.has("Limit: 200 destinations a Dial") {
		t.Errorf("%+v %v", r, l.lines)
	}
}

func TestVariableLimit(t *testing.T) {
	l := &log{}
	x := execution(l)
	x.Limits.VariableBytes = 5000
	r, _ := program(t, "a SetValueNode; Target=V; Value={{ default(Session.V, \"ab\") }}{{ Session.V }}; Done>a").Run(context.Background(), x)
	if r.End != flow.Limited || r.Outcome != "Limit" || !l.has("Limit: 5,000 bytes of variables") {
		t.Errorf("%+v %v", r, l.lines[len(l.lines)-3:])
	}
}

func TestCancelKeepsItsCause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gone := errors.New("the server stops")
		ctx, cancel := context.WithCancelCause(context.Background())
		time.AfterFunc(3*time.Second, func() { cancel(gone) })
		began := time.Now()
		r, _ := program(t, "a WaitNode; Timeout=60").Run(ctx, execution(&log{}))
		if r.End != flow.Cancelled || !errors.Is(r.Err, gone) || time.Since(began) != 3*time.Second {
			t.Errorf("%+v after %s", r, time.Since(began))
		}
	})
}

func TestLongestCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &log{}
		r, _ := program(t, "a WaitNode; Timeout=3600; Done>a").Run(context.Background(), execution(l))
		if r.End != flow.Limited || !l.has("Limit: 4 h a call") {
			t.Errorf("%+v %v", r, l.lines)
		}
	})
}

func TestJump(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &log{}
		x := execution(l)
		time.AfterFunc(5*time.Second, func() {
			if x.Jump("nowhere") {
				t.Error("jumped to a node that isn't there")
			}
			if !x.Jump("c") {
				t.Error("did not jump")
			}
		})
		began := time.Now()
		r, _ := program(t, "a WaitNode; Timeout=60; Done>b", "b EndNode; Outcome=walked", "c WaitNode; Timeout=2; Done>d", "d EndNode; Outcome=jumped").Run(context.Background(), x)
		if r.Outcome != "jumped" || time.Since(began) != 7*time.Second {
			t.Errorf("%+v after %s: %v", r, time.Since(began), l.lines)
		}
		if x.Jump("c") {
			t.Error("jumped in a flow that is over")
		}
	})
}

// A jump that comes between two nodes ends the next one at once.
func TestJumpBetweenNodes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := execution(&log{})
		x.Trace = func(s flow.Step) {
			if s.Part == flow.Left && s.NodeID == "a" {
				x.Jump("c")
			}
		}
		began := time.Now()
		r, _ := program(t, "a LogNode; Done>b", "b WaitNode; Timeout=60; Done>d", "c EndNode; Outcome=jumped", "d EndNode").Run(context.Background(), x)
		if r.Outcome != "jumped" || time.Since(began) != 0 {
			t.Errorf("%+v after %s", r, time.Since(began))
		}
	})
}

// A state that was stored between two nodes goes on where it was.
func TestStateGoesOn(t *testing.T) {
	p := program(t, "a SetValueNode; Target=Name; Value=Ada; Done>b", "b EndNode; Outcome=Hello {{ Session.Name }}")
	x := execution(&log{})
	ctx, cancel := context.WithCancelCause(context.Background())
	x.Trace = func(s flow.Step) {
		if s.Part == flow.Left {
			cancel(errors.New("stop here"))
		}
	}
	if r, _ := p.Run(ctx, x); r.End != flow.Cancelled {
		t.Fatalf("%+v", r)
	}
	b, err := json.Marshal(x.State)
	if err != nil {
		t.Fatal(err)
	}
	var state flow.State
	if err := json.Unmarshal(b, &state); err != nil {
		t.Fatal(err)
	}
	y := execution(&log{})
	y.State = &state
	if r, err := p.Run(context.Background(), y); err != nil || r.Outcome != "Hello Ada" || y.State.Steps != 2 {
		t.Errorf("%+v %v, %d steps, from %s", r, err, y.State.Steps, b)
	}
	state.Frames[0].Node = "gone"
	y = execution(&log{})
	y.State = &state
	if _, err := p.Run(context.Background(), y); err == nil || !strings.Contains(err.Error(), `"gone"`) {
		t.Errorf("a state of a node that isn't there runs: %v", err)
	}
}

// What is secret stays so in a stored state.
func TestStateKeepsSecrets(t *testing.T) {
	s := flow.State{Variables: map[string]flow.Value{"Pin": flow.Text("4711").Secret(), "Name": flow.Text("Ada")},
		Frames: []flow.Frame{{Nodes: map[string]flow.NodeOutputs{"n": {Values: map[string]flow.Value{"Digits": flow.Text("4711").Secret(), "Other": flow.Number(1)}}}}}}
	b, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	var back flow.State
	if err := json.Unmarshal(b, &back); err != nil {
		t.Fatal(err)
	}
	if !back.Variables["Pin"].IsSecret() || back.Variables["Name"].IsSecret() || back.Variables["Pin"].Text() != "4711" {
		t.Errorf("variables: %s", b)
	}
	if v := back.Frames[0].Nodes["n"].Values; !v["Digits"].IsSecret() || v["Other"].IsSecret() {
		t.Errorf("outputs: %s", b)
	}
}

func TestStoredFlow(t *testing.T) {
	raw, err := os.ReadFile("../testdata/flows/values.json")
	if err != nil {
		t.Fatal(err)
	}
	var f flow.Flow
	if err := json.Unmarshal(raw, &f.Raw); err != nil {
		t.Fatal(err)
	}
	f.ID, f.Version, f.Name = "f7", 4, "Values"
	g, err := f.Graph()
	if err != nil {
		t.Fatal(err)
	}
	p, ps := flow.Compile(g)
	if len(ps) > 0 || p.ID() != "f7" || p.Version() != 4 || p.Name() != "Values" || f.Count() != 5 {
		t.Errorf("%v %s %d %s, %d nodes", ps, p.ID(), p.Version(), p.Name(), f.Count())
	}
	empty := flow.Flow{}
	if g, err := empty.Graph(); err != nil || len(g.Nodes) != 0 || empty.Count() != 0 {
		t.Errorf("a flow without nodes: %v %v", g, err)
	}
}

func TestSpecsThatContradictThemselves(t *testing.T) {
	for name, make := range map[string]func() flow.Node{
		"EndNode":   func() flow.Node { return &testNode{title: "x"} }, // registered
		"TwiceNode": func() flow.Node { return &testNode{title: "x", exits: []string{"A", "A"}} },
		"BareNode":  func() flow.Node { return &testNode{} },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s is registered", name)
				}
			}()
			flow.Register(name, make)
		}()
	}
}

func TestAvailable(t *testing.T) {
	var dial *flow.SpecInfo
	for _, i := range flow.Available() {
		if i.TypeName == "DialNode" {
			dial = &i
		}
	}
	if dial == nil {
		t.Fatal("no DialNode")
	}
	b, err := json.Marshal(dial)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{`"url":"/json/reply/DialNode"`, `"category":"Voice"`, `"possibleValues":["Simultaneous","Sequential","RoundRobin"]`,
		`"listType":{"typeName":"DialNodeDestinations","fields":[{"name":"Destination","type":"String"`, `"anyValueType":true`,
		`{"name":"TimeoutInSeconds","type":"Number","description":"How long each rings.","defaultValue":{"numberValue":30},"minimum":1,"maximum":3600}`,
		`{"name":"Busy","isAsync":false,"description":"The far end is busy.","else":"No Answer"}`,
		`{"name":"Recording Ready","type":"Transition","description":"The recording of the call is ready.","isAsync":true}`} {
		if !strings.Contains(string(b), part) {
			t.Errorf("%s is missing in %s", part, b)
		}
	}
}
