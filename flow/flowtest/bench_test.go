package flowtest

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// A call of ten minutes, as a story: it should take less than 20 ms.
func BenchmarkTenMinutes(b *testing.B) {
	file := filepath.Join(b.TempDir(), "story.yaml")
	if err := os.WriteFile(file, []byte("flow: menu.json\n"), 0o600); err != nil {
		b.Fatal(err)
	}
	raw, err := os.ReadFile("../../testdata/flows/menu.json")
	if err != nil {
		b.Fatal(err)
	}
	stories, err := Load(file)
	if err != nil {
		b.Fatal(err)
	}
	s := stories[0]
	s.World.Parties = map[string]Party{"alice": {Name: "Alice", Answers: time.Second, Talks: 10 * time.Minute}}
	s.Script = []Action{{Verb: "press", Text: "1"}}
	b.ReportAllocs()
	for b.Loop() {
		r, err := s.PlayFlow(context.Background(), raw)
		if err != nil {
			b.Fatal(err)
		}
		if r.Took < 10*time.Minute {
			b.Fatalf("the call took %s", r.Took)
		}
	}
}

// A thousand stories, which are the repository's own over and over, as
// `ringflow test` plays them: they should take less than 10 s.
func BenchmarkThousandStories(b *testing.B) {
	const stories = 1000
	files, err := StoryFiles([]string{"../../testdata/stories"})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		suite := &Suite{}
		for i := 0; len(suite.Results) < stories; i++ {
			if err := suite.Run(context.Background(), files[i%len(files):][:1]); err != nil {
				b.Fatal(err)
			}
		}
		if n := suite.Failed(); n > 0 {
			b.Fatalf("%d of %d stories failed", n, len(suite.Results))
		}
	}
}
