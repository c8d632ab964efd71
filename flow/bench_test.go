package flow_test

import (
	"context"
	"os"
	"testing"

	"ringflow/flow"
)

// BenchmarkRun walks a flow of three nodes, with a trace as a call has it.
func BenchmarkRun(b *testing.B) {
	p := program(b, `a SetValueNode; Target=Name; Value={{ default(Session.FromName, "nobody") }}; Done>b`,
		"b LogNode; Message=Hello {{ Session.Name }}; Done>c", "c EndNode; Outcome=done")
	lines := 0
	b.ReportAllocs()
	for b.Loop() {
		x := &flow.Execution{Session: &flow.Session{FromName: "Ada"}, Trace: func(s flow.Step) { lines += len(s.Lines()) }}
		if _, err := p.Run(context.Background(), x); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkCompile compiles the flow of a front door.
func BenchmarkCompile(b *testing.B) {
	raw, err := os.ReadFile("../testdata/flows/menu.json")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		g, err := flow.Parse(raw)
		if err != nil {
			b.Fatal(err)
		}
		if _, ps := flow.Compile(g); len(flow.Errors(ps)) > 0 {
			b.Fatal(ps)
		}
	}
}
