package nodes

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"ringflow/flow"
	"ringflow/flow/flowtest"
)

// proofs is the table of docs/nodes.md that tells which stories prove what. A
// test of flowtest keeps it complete.
func proofs(t *testing.T) string {
	files, err := filepath.Glob("../../testdata/stories/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no stories: %v", err)
	}
	walked, err := flowtest.WalkAll(context.Background(), files)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.WriteString("\n## Stories\n\nWhich stories of `testdata/stories` walk each transition, hang up at each node that waits for the caller, and give each parameter a value that it can't take.\n\n" +
		"| Node | Transition, or what goes wrong | Stories |\n|---|---|---|\n")
	for _, n := range flow.Available() {
		line := func(what, key string) {
			if stories := walked[key]; len(stories) > 0 {
				more := ""
				if len(stories) > 1 {
					more = fmt.Sprintf(", and %d more", len(stories)-1)
				}
				fmt.Fprintf(&b, "| %s | %s | %s%s |\n", n.Name, what, strings.ReplaceAll(stories[0], "|", "\\|"), more)
			}
		}
		for _, e := range n.Transitions {
			name, key := e.Name, e.Name
			if e.List != "" {
				name, key = "a row's", flowtest.Row
			}
			if e.IsAsync {
				name = "⏱ " + name
			}
			line("**"+name+"**", flowtest.Way(n.TypeName, key))
		}
		if n.URL == flow.FlowURL("") {
			line("**an exit's**", flowtest.Way(n.TypeName, flowtest.Row))
		}
		line("hang-up", flowtest.Hangup(n.TypeName))
		for _, p := range n.CanFail {
			line("a wrong "+p, flowtest.Failing(n.TypeName, p))
		}
	}
	return b.String()
}
