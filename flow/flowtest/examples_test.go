package flowtest

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ringflow/flow"
)

// worked are the folders of worked flows, all of whose ways are told by stories,
// with how many flows and stories there are at least. The server's tests make
// real calls of the scenarios.
var worked = map[string]struct{ flows, stories int }{"examples": {15, 45}, "scenarios": {7, 7}}

// examples are the worked flows by their ids, which are the names of their files.
func examples(t *testing.T) library { return flowsOf(t, "examples") }

func flowsOf(t *testing.T, folder string) library {
	files, err := filepath.Glob(filepath.Join("../../testdata/flows", folder, "*.json"))
	if err != nil || len(files) < worked[folder].flows {
		t.Fatalf("%s: %d flows: %v", folder, len(files), err)
	}
	all := library{}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		g, err := flow.Parse(raw)
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		g.ID = strings.TrimSuffix(filepath.Base(file), ".json")
		all[g.ID] = g
	}
	return all
}

type library map[string]*flow.Graph

func (l library) Signature(id string) (flow.Signature, bool) {
	g := l[id]
	if g == nil {
		return flow.Signature{}, false
	}
	return g.Signature(), true
}

// TestExamplesCompile: the examples have no problem at all, not even a warning.
func TestExamplesCompile(t *testing.T) {
	for folder := range worked {
		all := flowsOf(t, folder)
		for id, g := range all {
			if _, problems := flow.CompileWith(g, all); len(problems) > 0 {
				t.Errorf("%s: %v", id, problems)
			}
		}
	}
}

// TestExampleStories: each story of an example comes out as it expects, and
// together they walk every transition that the examples connect.
func TestExampleStories(t *testing.T) {
	for folder, least := range worked {
		if n := playFolder(t, folder); n < least.stories {
			t.Errorf("the %s have %d stories", folder, n)
		}
	}
}

// playFolder plays the stories of a folder, and tells how many there are.
func playFolder(t *testing.T, folder string) int {
	files, err := filepath.Glob(filepath.Join("../../testdata/stories", folder, "*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	walked, told := map[string]bool{}, 0
	for _, file := range files {
		stories, err := Load(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range stories {
			told++
			t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml")+"/"+s.Name, func(t *testing.T) {
				r, err := s.Play(context.Background())
				if err != nil {
					t.Fatal(err)
				}
				if err := r.Err(); err != nil {
					t.Error(err)
				}
				r.note(walked)
			})
		}
	}
	for id, g := range flowsOf(t, folder) {
		for _, n := range g.Nodes {
			for name, p := range n.Parameters {
				if p.Type == flow.TransitionType && !walked[id+" "+n.ID+" "+name] {
					t.Errorf("%s: no story takes %s of %s", id, name, n.Name)
				}
			}
		}
	}
	return told
}

// note adds the transitions that a story took, as "flow node transition".
func (r *Report) note(walked map[string]bool) {
	file := func(id string) string {
		name, other := r.Story.World.Flows[id]
		if !other {
			name = r.Story.Flow
		}
		return strings.TrimSuffix(filepath.Base(name), ".json")
	}
	for _, s := range r.Steps {
		if !errors.Is(s.Err, flow.ErrHungUp) {
			walked[file(s.FlowID)+" "+s.NodeID+" "+s.Transition] = true
		}
	}
	for _, b := range r.Fired {
		frame := b.State.Frames[len(b.State.Frames)-1]
		walked[file(frame.FlowID)+" "+b.From+" "+b.Transition] = true
	}
}
