package flowtest

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"
)

// Whatever a stranger sends is a story that plays, or an error: no panic, no
// file, and no end that doesn't come.
func FuzzReadSent(f *testing.F) {
	flowLine := regexp.MustCompile(`(?m)^flow: .*\n`)
	files, err := filepath.Glob("../../testdata/stories/*.yaml")
	if err != nil || len(files) == 0 {
		f.Fatalf("no stories: %v", err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for _, story := range regexp.MustCompile(`(?m)^---\n`).Split(string(raw), -1) {
			f.Add(flowLine.ReplaceAll([]byte(story), nil))
		}
	}
	f.Add([]byte(`{"script": [{"press": "é\ud83d\ude00"}, "say -4s", "wait -1s"], "world": {"secret": "", "files": {"a": -5}}}`))
	f.Add([]byte("endpoint: {1: {2: 3}, ? [a] : b}\nworld: {cookies: {a: 2026-01-01}, customers: [{1: 2}]}"))
	var flows [][]byte
	for _, name := range []string{"menu", "digits", "http", "find", "values", "record"} {
		raw, err := os.ReadFile("../../testdata/flows/" + name + ".json")
		if err != nil {
			f.Fatal(err)
		}
		flows = append(flows, raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		if len(raw) > 10_000 {
			return
		}
		s, err := ReadSent(raw)
		if err != nil {
			return
		}
		s.Most = 1 << 20
		for _, flow := range flows {
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			_, err := s.PlayFlow(ctx, flow)
			if ctx.Err() != nil {
				t.Fatalf("no end: %v", err)
			}
			cancel()
		}
	})
}
