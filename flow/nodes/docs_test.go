package nodes

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"ringflow/flow"
)

var update = flag.Bool("update", false, "write docs/nodes.md")

// TestDocs keeps docs/nodes.md as the nodes declare themselves: go test
// ./flow/nodes -update writes it.
func TestDocs(t *testing.T) {
	const file = "../../docs/nodes.md"
	want := reference(flow.Available()) + proofs(t) + realCalls()
	if *update {
		if err := os.MkdirAll("../../docs", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s is not current: go test ./flow/nodes -run TestDocs -update", file)
	}
}

func reference(all []flow.SpecInfo) string {
	var b strings.Builder
	b.WriteString("# Nodes\n\n<!-- Written by `go test ./flow/nodes -run TestDocs -update` from the nodes' declarations. -->\n\n" +
		"What a flow can be made of. `[X]` behind a transition: when it is not connected, X is taken. ⏱: followed outside of the call, once the event is there. " +
		"A transition that leads nowhere ends the flow.\n")
	var category flow.Category
	for _, n := range all {
		if n.Category != category {
			category = n.Category
			fmt.Fprintf(&b, "\n## %s\n", category)
		}
		fmt.Fprintf(&b, "\n### %s\n\n`%s`, on %s. %s\n", n.Name, n.TypeName, channels(n.Channels), n.Description)
		parameters(&b, n)
		transitions(&b, n)
	}
	return b.String()
}

func channels(cs []flow.Channel) string {
	if len(cs) == 3 {
		return "all channels"
	}
	words := make([]string, len(cs))
	for i, c := range cs {
		words[i] = string(c)
	}
	return strings.Join(words, ", ")
}

func parameters(b *strings.Builder, n flow.SpecInfo) {
	var lines []string
	for _, f := range n.Fields {
		if f.Type == flow.TransitionType {
			continue
		}
		lines = append(lines, fieldLine("", f))
		if f.ListType != nil {
			for _, m := range f.ListType.Fields {
				lines = append(lines, fieldLine(f.Name+" › ", m))
			}
		}
	}
	if len(lines) > 0 {
		b.WriteString("\n| Parameter | Type | Default | |\n|---|---|---|---|\n" + strings.Join(lines, ""))
	}
}

func fieldLine(prefix string, f flow.DataField) string {
	kind, def := string(f.Type), ""
	switch {
	case f.IsOutput:
		kind = "*out* " + kind
	case f.AnyValueType:
		kind = "any"
	}
	if v := f.DefaultValue.Value(); !v.IsNothing() {
		def = "`" + v.Text() + "`"
	}
	doc := f.Description
	if len(f.PossibleValues) > 0 {
		doc += " One of " + strings.Join(f.PossibleValues, ", ") + "."
	}
	if f.Minimum != nil {
		doc += fmt.Sprintf(" From %s to %s.", flow.FormatNumber(*f.Minimum), flow.FormatNumber(*f.Maximum))
	}
	return fmt.Sprintf("| %s%s | %s | %s | %s |\n", prefix, f.Name, kind, def, doc)
}

func transitions(b *strings.Builder, n flow.SpecInfo) {
	if len(n.Transitions) == 0 {
		b.WriteString("\nNo transitions: the flow ends here.\n")
		return
	}
	b.WriteString("\nTransitions:\n\n")
	for _, t := range n.Transitions {
		name := t.Name
		if t.List != "" {
			name = "one for each row of " + t.List + ", named " + name
		}
		if t.IsAsync {
			name = "⏱ " + name
		}
		if t.Else != "" {
			name += " [" + t.Else + "]"
		}
		fmt.Fprintf(b, "- **%s**: %s\n", name, t.Description)
	}
}
