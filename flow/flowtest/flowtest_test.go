package flowtest

import (
	"context"
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
	walked := Walked{}
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
				walked.Add(r)
			})
		}
	}
	complete(t, walked)
}

// atOnce are nodes of the line that no hang-up can come to: they don't wait.
var atOnce = map[string]bool{"AnswerNode": true, "RejectNode": true, "HangupNode": true, "OnHangupNode": true,
	"StartRecordingNode": true, "PauseRecordingNode": true, "ResumeRecordingNode": true, "StopRecordingNode": true, "SetMusicOnHoldNode": true}

// complete tells which transitions no story walks, or finds unconnected where
// another stands in for them, which nodes without one end no flow, at which
// nodes that need a caller none hangs up, and which way to be wrong of which
// parameter is in none.
func complete(t *testing.T, walked Walked) {
	ask := func(key string) {
		if len(walked[key]) == 0 {
			t.Errorf("no story walks %s", key)
		}
	}
	for _, n := range flow.Available() {
		for _, e := range n.Transitions {
			if e.List != "" {
				ask(Way(n.TypeName, Row))
			} else {
				ask(Way(n.TypeName, e.Name))
			}
			if e.Else != "" {
				ask(Instead(n.TypeName, e.Name))
			}
		}
		if len(n.Transitions) == 0 {
			ask(Over(n.TypeName))
		}
		if n.URL == flow.FlowURL("") {
			ask(Way(n.TypeName, Row))
		}
		if voice := len(n.Channels) < 3 && slices.Contains(n.Channels, flow.Voice); voice && !atOnce[n.TypeName] {
			ask(Hangup(n.TypeName))
		}
		for _, f := range n.Failures {
			ask(Failing(n.TypeName, f))
		}
	}
}
