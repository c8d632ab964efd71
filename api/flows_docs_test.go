package api

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"
)

// The example of docs/flows.md: its first flow and its first story, sent as the
// command there sends them, give the lines that stand below.
func TestFlowsDocByAPI(t *testing.T) {
	b, err := os.ReadFile("../docs/flows.md")
	if err != nil {
		t.Fatal(err)
	}
	doc := string(b)
	block := func(language string) string {
		m := regexp.MustCompile("(?ms)^```" + language + "\n(.*?)^```$").FindStringSubmatch(doc)
		if m == nil {
			t.Fatalf("docs/flows.md has no block of %s", language)
		}
		return m[1]
	}
	h := newHouse(t)
	manager := basic("manager@default.test")
	id := h.newFlow(manager, block("json"))
	command := regexp.MustCompile(`(?m)^    curl .* \$RF/flows/\$FLOW/test (.*)$`).FindStringSubmatch(doc)
	if command == nil || !strings.Contains(command[1], "--data-binary @story.yaml") {
		t.Fatalf("the command of docs/flows.md is %q", command)
	}
	a := h.want(200, manager, "POST", "/flows/"+id+"/test", block("yaml"), header("Content-Type", "application/x-www-form-urlencoded"))
	if want := block("ndjson"); a.body != want {
		t.Errorf("docs/flows.md shows\n%s\nand what comes is\n%s", want, a.body)
	}
	var shown, came map[string]any
	a = h.want(200, manager, "POST", "/flows/"+id+"/explore", "")
	answer := regexp.MustCompile(`(?m)^    (\{"findings".*\})$`).FindStringSubmatch(doc)
	if answer == nil || json.Unmarshal([]byte(answer[1]), &shown) != nil || json.Unmarshal([]byte(a.body), &came) != nil {
		t.Fatalf("docs/flows.md shows %q", answer)
	}
	if answer[1] != a.body {
		t.Errorf("docs/flows.md shows\n%s\nand what comes is\n%s", answer[1], a.body)
	}
}
