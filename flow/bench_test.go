package flow_test

import (
	"context"
	"os"
	"runtime"
	"testing"

	"ringflow/flow"
)

// stepsPerTurn is how many steps testdata/bench.json takes to come around, of
// which its sub-flow takes two.
const stepsPerTurn = 7

// BenchmarkSteps walks a flow as calls have them, which sets a text by a
// template, matches, asks an expression, runs a sub-flow and counts, 100 times
// around. With a trace each step becomes lines, as of a call.
func BenchmarkSteps(b *testing.B) {
	shelf := shelf{"tell": {compiled(b, "testdata/bench-tell.json")}}
	p := compiled(b, "testdata/bench.json")
	lines := 0
	for name, trace := range map[string]func(flow.Step){
		"told":   func(s flow.Step) { lines += len(s.Lines()) },
		"untold": nil,
	} {
		b.Run(name, func(b *testing.B) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			steps := 0
			for b.Loop() {
				x := &flow.Execution{Session: &flow.Session{FromName: "Ada", FromAddress: "+12025550143"}, Flows: shelf, Trace: trace}
				r, err := p.Run(context.Background(), x)
				if err != nil || r.Outcome != "done" || x.State.Steps < 100*stepsPerTurn {
					b.Fatalf("%+v %v, %d steps", r, err, x.State.Steps)
				}
				steps += x.State.Steps
			}
			runtime.ReadMemStats(&after)
			b.ReportMetric(float64(steps)/b.Elapsed().Seconds(), "steps/s")
			b.ReportMetric(float64(after.Mallocs-before.Mallocs)/float64(steps), "allocs/step")
		})
	}
}

// BenchmarkCompile compiles the flow of a front door.
func BenchmarkCompile(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		compiled(b, "../testdata/flows/menu.json")
	}
}

func compiled(t testing.TB, file string) *flow.Program {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	g, err := flow.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	p, ps := flow.Compile(g)
	if errs := flow.Errors(ps); len(errs) > 0 {
		t.Fatal(errs)
	}
	return p
}
