package flowtest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"ringflow/flow"
)

const flowsDoc = "../../docs/flows.md"

// block is a piece of code in a document: its language, what is said behind it, and the text.
type block struct{ language, about, text string }

var fence = regexp.MustCompile("(?ms)^```([a-z]+) ?([^\n]*)\n(.*?)^```$")

func blocks(t *testing.T, file string) (string, []block) {
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var all []block
	for _, m := range fence.FindAllStringSubmatch(string(raw), -1) {
		all = append(all, block{m[1], m[2], m[3]})
	}
	return string(raw), all
}

// TestFlowsInDocs compiles each flow of docs/flows.md, and the parameters of
// single nodes as a flow of that node.
func TestFlowsInDocs(t *testing.T) {
	_, all := blocks(t, flowsDoc)
	others, compiled := examples(t), 0
	for _, b := range all {
		if b.language != "json" {
			continue
		}
		text := b.text
		if typeName, url, _ := strings.Cut(b.about, " "); typeName != "" {
			if url == "" {
				url = "/json/reply/" + typeName
			}
			text = fmt.Sprintf(`{"name": "Of the docs", "nodes": [{"id": "n", "isStartNode": true, "spec": {"typeName": %q, "url": %q}, "parameters": %s},
				{"id": "next", "spec": {"typeName": "EndNode", "url": "/json/reply/EndNode"}, "parameters": {}}]}`, typeName, url, b.text)
		}
		g, err := flow.Parse([]byte(text))
		if err != nil {
			t.Errorf("%v in\n%s", err, b.text)
			continue
		}
		_, problems := flow.CompileWith(g, others)
		for _, p := range problems {
			aside := b.about != "" && (strings.Contains(p.Text, "not connected") || p.NodeID == "next")
			if p.Severity == flow.SeverityError || !aside {
				t.Errorf("%s in\n%s", p, b.text)
			}
		}
		compiled++
	}
	if compiled < 5 {
		t.Errorf("%d flows in %s", compiled, flowsDoc)
	}
}

// TestStoriesInDocs plays each story of docs/flows.md.
func TestStoriesInDocs(t *testing.T) {
	doc, all := blocks(t, flowsDoc)
	flows := map[string][]byte{"table": table(t, doc)}
	for _, b := range all {
		var g struct{ Name string }
		if b.language == "json" && b.about == "" {
			if err := json.Unmarshal([]byte(b.text), &g); err != nil {
				t.Fatal(err)
			}
			flows[g.Name] = []byte(b.text)
		}
	}
	played := 0
	for _, b := range all {
		if b.language != "yaml" {
			continue
		}
		stories, err := Read([]byte(b.text), flowsDoc)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range stories {
			s.Find = func(_ context.Context, name string) ([]byte, error) {
				if raw, ok := flows[name]; ok {
					return raw, nil
				}
				return nil, errors.New("no flow of that name in the document")
			}
			if s.Flow == "table" {
				s.Expect = Expect{Log: rows(doc), End: "Ended"}
			}
			played++
			t.Run(s.Name, func(t *testing.T) {
				r, err := s.Play(context.Background())
				if err == nil {
					err = r.Err()
				}
				if err != nil {
					t.Error(err)
				}
			})
		}
	}
	if played < 4 {
		t.Errorf("%d stories in %s", played, flowsDoc)
	}
}

var row = regexp.MustCompile("(?m)^\\| `(.*\\{\\{.*)` \\| (.*) \\|$")

// table is a flow that logs each template of the document's table.
func table(t *testing.T, doc string) []byte {
	var nodes []map[string]any
	for i, m := range row.FindAllStringSubmatch(doc, -1) {
		nodes = append(nodes, map[string]any{
			"id": fmt.Sprint("row", i), "name": fmt.Sprint("Row ", i+1), "isStartNode": i == 0,
			"spec": map[string]string{"typeName": "LogNode", "url": "/json/reply/LogNode"},
			"parameters": map[string]any{
				"Message": map[string]any{"id": fmt.Sprint("m", i), "type": "String", "value": map[string]string{"stringValue": m[1] + "|"}},
				"Done":    map[string]any{"id": fmt.Sprint("d", i), "type": "Transition", "value": map[string]string{"stringValue": fmt.Sprint("row", i+1)}},
			}})
	}
	if len(nodes) < 10 {
		t.Fatalf("%d templates in the table", len(nodes))
	}
	delete(nodes[len(nodes)-1]["parameters"].(map[string]any), "Done")
	var b bytes.Buffer
	if err := json.NewEncoder(&b).Encode(map[string]any{"name": "table", "nodes": nodes}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// rows are the log lines that the table promises; | ends each.
func rows(doc string) []string {
	var lines []string
	for i, m := range row.FindAllStringSubmatch(doc, -1) {
		lines = append(lines, fmt.Sprintf("Row %d: %s|", i+1, m[2]))
	}
	return lines
}

// TestExamplesAreTold: docs/examples.md has a chapter for each example, which
// names its file and all its knobs, and no other.
func TestExamplesAreTold(t *testing.T) {
	raw, err := os.ReadFile("../../docs/examples.md")
	if err != nil {
		t.Fatal(err)
	}
	all := examples(t)
	var chapters []string
	for _, chapter := range strings.Split(string(raw), "\n## ")[1:] {
		title, text, _ := strings.Cut(chapter, "\n")
		chapters = append(chapters, title)
		for id, g := range all {
			if g.Name != title {
				continue
			}
			for _, link := range []string{"../testdata/flows/examples/" + id + ".json", "../testdata/stories/examples/"} {
				if !strings.Contains(text, link) {
					t.Errorf("the chapter %s has no link to %s", title, link)
				}
			}
			for _, p := range g.Parameters {
				if !strings.Contains(text, "`"+p.Name+"`") {
					t.Errorf("the chapter %s does not name the parameter %s", title, p.Name)
				}
			}
		}
	}
	for id, g := range all {
		if !slices.Contains(chapters, g.Name) {
			t.Errorf("docs/examples.md has no chapter %q, for %s", g.Name, id)
		}
	}
}
