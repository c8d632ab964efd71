package flowtest

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	_ "ringflow/flow/nodes"
)

// TestStories runs every story of the repository.
func TestStories(t *testing.T) {
	files, err := filepath.Glob("../../testdata/stories/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no stories: %v", err)
	}
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
			})
		}
	}
}
