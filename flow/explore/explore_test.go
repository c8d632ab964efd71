package explore_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ringflow/flow"
	"ringflow/flow/explore"
	_ "ringflow/flow/nodes"
)

// A node with a fault of ours.
func init() {
	flow.Register("BreakNode", func() flow.Node { return breakNode{} })
}

type breakNode struct{}

func (breakNode) Spec(s *flow.Spec) {
	s.Title, s.Doc, s.Category = "Break", "For tests.", flow.General
	s.Exit("Done", "Never.")
}

func (breakNode) Run(context.Context, *flow.Execution) (string, error) { panic("broken") }

func read(t *testing.T, file string) []byte {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// beside finds other flows in the folder of a file.
func beside(file string) func(context.Context, string) ([]byte, error) {
	return func(_ context.Context, id string) ([]byte, error) {
		return os.ReadFile(filepath.Join(filepath.Dir(file), id+".json"))
	}
}

func explored(t *testing.T, file string) *explore.Report {
	t.Helper()
	r, err := explore.Explore(t.Context(), read(t, file), explore.Options{Flow: beside(file)})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// short is a finding without its words.
func short(all []explore.Finding) []string {
	out := []string{}
	for _, f := range all {
		s := string(f.Kind) + " " + f.NodeName
		if f.What != "" {
			s += ": " + f.What
		}
		out = append(out, s)
	}
	return out
}

// Flows with one fault each, and what must be said of it, nothing else.
func TestSeededFaults(t *testing.T) {
	seeds := []struct {
		file    string
		finding string
		path    string // what led there, at its end
	}{
		{"problem", "problem Menu: Support", ""},
		{"unreachable", "unreachable Survey", ""},
		{"unconnected", "unconnected Menu: Support", "Menu: the caller presses 2"},
		{"dead", "dead Menu: Support", ""},
		{"silence", "silence Hold", "Menu: the caller presses 2"},
		{"mute", "mute End", "Look up: the server answers 500"},
		{"loop", "loop Count", "Menu: the caller presses 2"},
		{"endless", "endless Menu", ""},
		{"limit", "limit Again", ""},
		{"prompt", "prompt Greet: WhatToSay", "Menu: the caller presses 2"},
		{"value", "value Again: Loop", "Menu: the caller presses 2"},
		{"lost", "lost Thank", "Message: the caller speaks and hangs up"},
		{"fault", "fault Break", "Menu: the caller presses 2"},
	}
	for _, s := range seeds {
		t.Run(s.file, func(t *testing.T) {
			found := explored(t, "testdata/"+s.file+".json").Findings
			if got := short(found); !slices.Equal(got, []string{s.finding}) {
				t.Fatalf("found %q, seeded is %q", got, s.finding)
			}
			path := found[0].Path
			if last := strings.Join(path[max(0, len(path)-1):], ""); last != s.path {
				t.Errorf("the way there is %q", path)
			}
		})
	}
}

// What is wrong with the flows of the tests is meant to be: they show what a
// node does at its edges. Anything else would be a false alarm.
var meant = map[string][]string{
	"apology.json":    {"mute The end"},                                // answers and ends
	"dial.json":       {"lost Too late"},                               // speaks in a branch, to show what happens
	"foreach.json":    {"unconnected Rows: Finished"},                  //
	"http-get.json":   {"unconnected Ask: On Failure"},                 //
	"http-later.json": {"unconnected Tell: On Failure"},                //
	"loop.json":       {"endless Round", "loop Round"},                 // goes round, waiting or not
	"match.json":      {"unconnected Contains: No Matches"},            //
	"onhangup.json":   {"lost No line", "lost No call"},                // as dial.json
	"refuse.json":     {"mute Too late"},                               // answers and refuses
	"sub-ask.json":    {"unconnected Greet: No Input", "silence Hold"}, // waits for a minute
	"sub-loop.json":   {"endless Slow loop", "loop Round"},
	"sub-main.json":   {"unconnected Ask again: Done", "unconnected Ask again: Support"},
	"wait.json":       {"mute The end"}, // answers, waits and ends
	// what the limits are for, and nodes of which a story takes one way only
	"bytes.json":        {"limit Bytes"},
	"chat.json":         {"unconnected Any word: Timeout"},
	"messages.json":     {"unconnected Which: No Matches"},
	"long.json":         {"endless Answer", "silence Pause"},
	"convert.json":      {"unconnected Each: Finished"},
	"enddial.json":      {"unconnected Ring: Failed", "unconnected Ring: No Answer", "unconnected Ring: Rejected"},
	"modes.json":        {"unconnected Begins: No Matches"},
	"queue-plain.json":  {"unconnected Queue: Done"},
	"wrong-queue.json":  {"mute Queue"},
	"named.json":        {"unconnected Ask: Finished"},
	"wrong.json":        {"unconnected Which: No Matches", "value Ask for nothing: Mappings[1].Expression"},
	"wrong-speech.json": {"value Menu: Speech"},
	"wrong-voice.json":  {"silence Digits", "silence Menu", "prompt Play", "mute End"}, // nothing to say, and files that aren't there
}

func TestNoFalseAlarms(t *testing.T) {
	for _, pattern := range []string{"../../testdata/flows/*.json", "../../testdata/flows/examples/*.json", "../../testdata/flows/scenarios/*.json", "../../cmd/ringflow/demo/*.json"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("no flows at %s: %v", pattern, err)
		}
		for _, file := range files {
			r := explored(t, file)
			want := meant[filepath.Base(file)]
			if filepath.Dir(file) != "../../testdata/flows" {
				want = nil
			}
			if got := short(r.Findings); !slices.Equal(got, want) && len(got)+len(want) > 0 {
				t.Errorf("%s: found %q, there is %q", file, got, want)
				for _, f := range r.Findings {
					t.Log(f, f.Path)
				}
			}
			if r.Bounded {
				t.Errorf("%s: given up after %d calls", file, r.Calls)
			}
		}
	}
}

// The same flow gives the same report.
func TestDeterministic(t *testing.T) {
	for range 3 {
		a, b := explored(t, "../../cmd/ringflow/demo/front-door.json"), explored(t, "../../cmd/ringflow/demo/front-door.json")
		if a.Calls != b.Calls || a.Walked != b.Walked || a.Walked != a.Nodes {
			t.Errorf("%+v, then %+v", a, b)
		}
	}
}

// With all flows known, one that is not there is a problem; an audio file that
// is not there can't be played.
func TestWhole(t *testing.T) {
	ctx := t.Context()
	none := func(context.Context, string) ([]byte, error) { return nil, flow.ErrNoFlow }
	r, err := explore.Explore(ctx, read(t, "../../testdata/flows/sub-main.json"), explore.Options{Flow: none, Whole: true})
	if err != nil || !strings.Contains(strings.Join(texts(r), "\n"), "there is no flow") {
		t.Errorf("%v %q", err, texts(r))
	}
	r, err = explore.Explore(ctx, read(t, "../../testdata/flows/play.json"), explore.Options{HasFile: func(string) bool { return false }})
	if err != nil || !strings.Contains(strings.Join(texts(r), "\n"), "there is no audio file") {
		t.Errorf("%v %q", err, texts(r))
	}
	ended, cancel := context.WithCancelCause(ctx)
	cancel(errors.New("enough"))
	if _, err := explore.Explore(ended, read(t, "../../testdata/flows/menu.json"), explore.Options{}); err == nil || err.Error() != "enough" {
		t.Error(err)
	}
	if _, err := explore.Explore(ctx, []byte("[]"), explore.Options{}); err == nil {
		t.Error("a list is no flow")
	}
}

func texts(r *explore.Report) []string {
	var out []string
	for _, f := range r.Findings {
		out = append(out, f.Text)
	}
	return out
}

// Who has no more time gets what was found until then, and no false alarm.
func TestExploreEnds(t *testing.T) {
	for _, after := range []int{1, 3, 10, 40} {
		ctx, cancel := context.WithCancelCause(t.Context())
		files := 0
		o := explore.Options{HasFile: func(string) bool {
			if files++; files == after {
				cancel(errors.New("no more time"))
			}
			return true
		}}
		r, err := explore.Explore(ctx, read(t, "../../testdata/flows/play.json"), o)
		cancel(nil)
		if files < after {
			t.Fatalf("only %d files are played", files)
		}
		if err == nil || err.Error() != "no more time" || r == nil || !r.Bounded || len(r.Findings) > 0 || r.Calls == 0 {
			t.Errorf("after %d: %v, %+v", after, err, r)
		}
	}
}
