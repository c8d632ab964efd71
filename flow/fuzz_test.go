package flow_test

import (
	"context"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ringflow/flow"
)

// instant is a clock on which every wait is over at once.
type instant struct{ now time.Time }

func (c *instant) Now() time.Time { return c.now }
func (c *instant) Wait(ctx context.Context, d time.Duration) error {
	c.now = c.now.Add(d)
	return context.Cause(ctx)
}
func (c *instant) WithTimeout(ctx context.Context, _ time.Duration, _ error) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	return ctx, func() { cancel(nil) }
}

// FuzzFlow: whatever is stored as a flow, Parse and Compile don't panic, the
// problems have a JSON form, and what has no error runs to an end.
func FuzzFlow(f *testing.F) {
	files, err := filepath.Glob("../testdata/flows/*.json")
	if err != nil || len(files) == 0 {
		f.Fatalf("no flows to begin with: %v", err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Add([]byte(`{"nodes": [{"id": "", "isStartNode": true, "spec": {"typeName": "MenuNode"}, "parameters": {"Choices": {"listParameters": [null, {}]}, "": null}}, {}]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		g, err := flow.Parse(raw)
		if err != nil {
			return
		}
		p, problems := flow.Compile(g)
		if _, err := json.Marshal(problems); err != nil {
			t.Fatal(err)
		}
		if len(flow.Errors(problems)) > 0 {
			return
		}
		l := &log{}
		x := execution(l)
		x.Clock, x.Limits = &instant{}, flow.Limits{Steps: 200, StepsNoWait: 100}
		r, err := p.Run(context.Background(), x)
		if err != nil || r.End == "" {
			t.Fatalf("%+v %v", r, err)
		}
		if l.has("internal error") {
			t.Fatalf("a node panicked: %v", r.Err)
		}
		if _, err := json.Marshal(x.State); err != nil {
			t.Fatal(err)
		}
	})
}

// FuzzExpression: an expression that compiles ends within its bounds, whatever
// it is.
func FuzzExpression(f *testing.F) {
	for _, e := range []string{"Session.Big + Session.Big", "sum(map(1..300, sum(map(1..300, # * 2))))", `reduce(1..90, #acc + #acc, "ab")`,
		`Session.Big matches "(a|aa)+$"`, `replace(Session.Big, "a", "bb")`, `join(split(Session.Big, "a"), "xx")`, `json(Session.Json)["a"]`,
		`filter(Session.List, # in Session.List)`, `count(Session.List, Session.Big contains "b")`, `toJSON(Session.List)`, `format(now(), "15:04", "Europe/Berlin")`,
		`let x = Session.List; map(x, x)`, `"a" in {"a": 1}`, `(1..9)[2:4]`, `-Session.Nothing`, `digits(Session.Big)`, `Session.Big[1:]`, `map(1..900, {"k": Session.List})`} {
		f.Add(e)
	}
	const typed = `{"nodes": [{"id": "a", "isStartNode": true, "spec": {"typeName": "SetValueNode", "url": "/u"}, "parameters": {
		"Target": {"id": "1", "type": "String", "value": {"stringValue": "Out"}}, "Value": {"id": "2", "source": "Expression", "expression": %}}}]}`
	list := make([]flow.Value, 2000)
	for i := range list {
		list[i] = flow.Number(float64(i))
	}
	f.Fuzz(func(t *testing.T, text string) {
		quoted, err := json.Marshal(text)
		if err != nil {
			return
		}
		g, err := flow.Parse([]byte(strings.Replace(typed, "%", string(quoted), 1)))
		if err != nil {
			t.Fatal(err)
		}
		p, problems := flow.Compile(g)
		if len(flow.Errors(problems)) > 0 {
			return
		}
		x := &flow.Execution{State: &flow.State{Variables: map[string]flow.Value{
			"Big": flow.Text(strings.Repeat("a", 60_000)), "List": flow.List(list...), "Json": flow.Text(`{"a": [1, 2]}`)}}}
		// The machine may do other things too: one run of five within the bound is enough.
		var took time.Duration
		for range 5 {
			y := &flow.Execution{State: &flow.State{Variables: maps.Clone(x.State.Variables)}}
			began := time.Now()
			if _, err := p.Run(context.Background(), y); err != nil {
				t.Fatal(err)
			}
			if took = time.Since(began); took < slowest {
				x = y
				break
			}
		}
		if took >= slowest {
			t.Fatalf("%q took %s", text, took)
		}
		if _, err := json.Marshal(x.State); err != nil {
			t.Fatal(err)
		}
	})
}
