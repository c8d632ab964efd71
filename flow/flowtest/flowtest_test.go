package flowtest

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ringflow/flow"
	_ "ringflow/flow/nodes"
)

// TestStories runs every story of the repository.
func TestStories(t *testing.T) {
	files, err := filepath.Glob("../../testdata/stories/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no stories: %v", err)
	}
	walked := map[string]bool{}
	for _, file := range files {
		stories, err := Load(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range stories {
			t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml")+"/"+s.Name, func(t *testing.T) {
				r, err := s.Play(context.Background())
				if err != nil {
					t.Fatal(err)
				}
				if err := r.Err(); err != nil {
					t.Error(err)
				}
				for _, step := range r.Steps {
					taken := step.Transition
					if step.Wanted != "" {
						taken = step.Wanted
					}
					if errors.Is(step.Err, flow.ErrHungUp) {
						taken = "hang-up"
					}
					walked[step.TypeName+": "+taken] = true
				}
				for _, b := range r.Fired {
					walked[b.Transition] = true
				}
			})
		}
	}
	complete(t, walked)
}

// atOnce are nodes of the line that no hang-up can come to: they don't wait.
var atOnce = map[string]bool{"AnswerNode": true, "RejectNode": true, "HangupNode": true, "OnHangupNode": true}

// complete tells which transitions no story walks, and at which nodes that
// need a caller none hangs up.
func complete(t *testing.T, walked map[string]bool) {
	for _, n := range flow.Available() {
		rows := false
		for _, e := range n.Transitions {
			name := n.TypeName + ": " + e.Name
			switch {
			case e.List != "":
				rows = true
			case e.IsAsync:
				name = e.Name
				fallthrough
			default:
				if !walked[name] {
					t.Errorf("no story walks %s", name)
				}
			}
		}
		if rows && !anyRow(n, walked) {
			t.Errorf("no story walks a row's transition of %s", n.TypeName)
		}
		if voice := len(n.Channels) < 3 && slices.Contains(n.Channels, flow.Voice); voice && !atOnce[n.TypeName] && !walked[n.TypeName+": hang-up"] {
			t.Errorf("no story hangs up at %s", n.TypeName)
		}
	}
}

func anyRow(n flow.SpecInfo, walked map[string]bool) bool {
	for name := range walked {
		transition, ok := strings.CutPrefix(name, n.TypeName+": ")
		if ok && transition != "" && !slices.ContainsFunc(n.Transitions, func(e flow.TransitionInfo) bool { return e.Name == transition }) {
			return true
		}
	}
	return false
}
