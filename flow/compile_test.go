package flow_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ringflow/flow"
	_ "ringflow/flow/nodes"
)

// small is a flow of one Menu and an End, into which the tests put faults:
// what they don't replace is sound.
type small struct {
	menu, ends string // more parameters of the two nodes
	nodes      string // more nodes
	flow       string // more members of the flow
}

func (s small) json() string {
	return fmt.Sprintf(`{"name": "f", %s "nodes": [
	 {"id": "n1", "isStartNode": true, "name": "Menu", "spec": {"name": "Menu", "typeName": "MenuNode", "url": "/json/reply/MenuNode"}, "parameters": {%s
	  "Text": {"id": "t", "type": "String", "value": {"stringValue": "Press 1"}},
	  "No Input": {"id": "ni", "type": "Transition", "value": {"stringValue": "n2"}}}},
	 {"id": "n2", "name": "End", "spec": {"name": "End", "typeName": "EndNode", "url": "/json/reply/EndNode"}, "parameters": {%s "Outcome": {"id": "o", "type": "String"}}}%s]}`,
		s.flow, s.menu, s.ends, s.nodes)
}

func compile(t *testing.T, raw string) []flow.Problem {
	t.Helper()
	g, err := flow.Parse([]byte(raw))
	if err != nil {
		t.Fatalf("%v in %s", err, raw)
	}
	_, ps := flow.Compile(g)
	return ps
}

func choices(rows ...string) string {
	for i, r := range rows {
		rows[i] = fmt.Sprintf(r, fmt.Sprint("r", i))
	}
	return `"Choices": {"id": "c", "type": "List", "listParameters": [` + strings.Join(rows, ",") + `]},`
}

func key(k string) string {
	return `{"Key": {"id": "%s", "type": "String", "value": {"stringValue": "` + k + `"}}}`
}

func TestProblems(t *testing.T) {
	end := func(id, more string) string {
		return `, {"id": "` + id + `", ` + more + ` "spec": {"typeName": "EndNode", "url": "/u"}, "parameters": {}}`
	}
	for _, c := range []struct {
		name string
		in   small
		want string // "severity, node …: part of the text", or empty for none
	}{
		{"sound", small{}, ""},
		{"bad template", small{menu: `"InvalidText": {"id": "x", "type": "String", "value": {"stringValue": "ab {{ Session.Foo + }}"}},`}, "error, node n1, InvalidText, column 20: unexpected token EOF"},
		{"unknown node type", small{nodes: `, {"id": "n3", "spec": {"typeName": "TeleportNode", "url": "/u"}}`}, `error, node n3: unknown node type "TeleportNode"`},
		{"no url", small{nodes: `, {"id": "n3", "spec": {"typeName": "EndNode"}}`}, "error, node n3: the node's spec has no url"},
		{"two start nodes", small{nodes: end("n3", `"isStartNode": true,`)}, "error, node n3: two start nodes: n1"},
		{"two nodes of one id", small{nodes: end("n2", "")}, "error, node n2: two nodes have the id n2"},
		{"a node without id", small{nodes: end("", "")}, "error: node 3 has no id"},
		{"row without its literal", small{menu: choices(`{"Key": {"id": "%s", "type": "String", "source": "Session", "referenceId": "K"}}`)}, "error, node n1, Choices[1]: the row has no literal Value or Key"},
		{"two rows of one name", small{menu: choices(key("1"), key("1"))}, "error, node n1, Choices[2]: another row is named 1 too"},
		{"row named as a transition", small{menu: choices(key("No Input"))}, "error, node n1, Choices[1]: No Input is the name of another transition"},
		{"row named as a parameter", small{menu: choices(key("Text"))}, "error, node n1, Choices[1]: Text is the name of a parameter"},
		{"row named as an output", small{menu: choices(key("Choice"))}, "error, node n1, Choices[1]: Choice is the name of a parameter"},
		{"rows from elsewhere", small{menu: `"Choices": {"id": "c", "type": "List", "source": "Endpoint", "referenceId": "x"},`}, "error, node n1, Choices: its rows name transitions"},
		{"row unconnected", small{menu: choices(key("1"))}, "warning, node n1, 1: 1 is not connected"},
		{"row connected", small{menu: choices(key("1")) + `"1": {"id": "x1", "type": "Transition", "value": {"stringValue": "n2"}},`}, ""},
		{"transition to nowhere", small{menu: choices(key("1")) + `"1": {"id": "x1", "type": "Transition", "value": {"stringValue": "n9"}},`}, `error, node n1, 1: leads to "n9", which is neither`},
		{"unknown transition", small{menu: `"Nope": {"id": "x1", "type": "Transition", "value": {"stringValue": "n2"}},`}, "warning, node n1, Nope: Menu has no transition Nope"},
		{"unknown parameter", small{menu: `"Colour": {"id": "x1", "type": "String", "value": {"stringValue": "red"}},`}, "warning, node n1, Colour: Menu has no parameter Colour"},
		{"unknown member", small{menu: choices(`{"Key": {"id": "%s", "type": "String", "value": {"stringValue": "1"}}, "Colour": {"id": "co", "type": "String"}}`)}, "warning, node n1, Choices[1].Colour: a row of Choices has no member Colour"},
		{"unreachable", small{nodes: end("n3", "")}, "warning, node n3: nothing leads to this node"},
		{"parameter without id", small{menu: `"Retries": {"type": "Number"},`}, "error, node n1, Retries: the parameter has no id"},
		{"parameter ids twice", small{menu: `"Retries": {"id": "t", "type": "Number"},`}, "error, node n1, Text: the parameter's id t is that of n1 Retries"},
		{"bad expression", small{menu: `"Retries": {"id": "x", "type": "Number", "source": "Expression", "expression": "1 + foo(2)"},`}, "error, node n1, Retries, column 5: unknown function foo"},
		{"no expression", small{menu: `"Retries": {"id": "x", "type": "Number", "source": "Expression"},`}, "error, node n1, Retries: the expression is empty"},
		{"unknown source", small{menu: `"Retries": {"id": "x", "type": "Number", "source": "Oracle"},`}, `error, node n1, Retries: unknown source "Oracle"`},
		{"source without a field", small{menu: `"Retries": {"id": "x", "type": "Number", "source": "Endpoint"},`}, "error, node n1, Retries: the source Endpoint needs a referenceId"},
		{"flow parameter that isn't there", small{menu: `"Retries": {"id": "x", "type": "Number", "source": "Flow", "referenceId": "R"},`}, "warning, node n1, Retries: the flow has no parameter R"},
		{"no number", small{menu: `"Retries": {"id": "x", "type": "Number", "value": {"stringValue": "many"}},`}, `error, node n1, Retries: "many" is no number`},
		{"out of bounds", small{menu: `"Retries": {"id": "x", "type": "Number", "value": {"numberValue": -1}},`}, "warning, node n1, Retries: -1 is out of bounds (0 to 100), 0 is taken"},
		{"no possible value", small{nodes: `, {"id": "n3", "spec": {"typeName": "RejectNode", "url": "/u"}, "parameters": {"Reason": {"id": "x", "type": "String", "value": {"stringValue": "Lazy"}}}}`}, `error, node n3, Reason: "Lazy" is not one of Busy, Declined`},
		{"output over a built-in", small{menu: `"Choice": {"id": "x", "type": "String", "isOutput": true, "source": "Session", "referenceId": "FromAddress"},`}, "error, node n1, Choice: Session.FromAddress is built in"},
		{"output to an input", small{flow: `"parameters": [{"name": "P", "type": "String"}],`, menu: `"Choice": {"id": "x", "type": "String", "isOutput": true, "source": "Flow", "referenceId": "P"},`}, "error, node n1, Choice: the flow's parameter P is no output"},
		{"bad target", small{nodes: `, {"id": "n3", "spec": {"typeName": "SetValueNode", "url": "/u"}, "parameters": {"Target": {"id": "x", "type": "String", "value": {"stringValue": "Endpoint.Name"}}}}`}, `error, node n3, Target: "Endpoint.Name" can't be written`},
		{"no target", small{nodes: `, {"id": "n3", "spec": {"typeName": "SetValueNode", "url": "/u"}}`}, "error, node n3, Target: the variable has no name"},
		{"blank target", small{nodes: `, {"id": "n3", "spec": {"typeName": "SetValueNode", "url": "/u"}, "parameters": {"Target": {"id": "x", "type": "String", "value": {"stringValue": " "}}}}`}, "error, node n3, Target: the variable has no name"},
		{"target without a name", small{nodes: `, {"id": "n3", "spec": {"typeName": "SetValueNode", "url": "/u"}, "parameters": {"Target": {"id": "x", "type": "String", "value": {"stringValue": "Session."}}}}`}, "error, node n3, Target: the variable has no name"},
		{"row named to the blank", small{menu: choices(key(" 1 ")) + `" 1 ": {"id": "x1", "type": "Transition", "value": {"stringValue": "n2"}},`}, ""},
		{"built-in target", small{nodes: `, {"id": "n3", "spec": {"typeName": "SetValueNode", "url": "/u"}, "parameters": {"Target": {"id": "x", "type": "String", "value": {"stringValue": "Digits"}}}}`}, "error, node n3, Target: Session.Digits is built in"},
		{"bad pattern", small{nodes: `, {"id": "n3", "spec": {"typeName": "StringMatchNode", "url": "/u"}, "parameters": {"Mode": {"id": "x", "type": "String", "value": {"stringValue": "Regex"}}, "Choices": {"id": "y", "type": "List", "listParameters": [{"Value": {"id": "z", "type": "String", "value": {"stringValue": "(a"}}}]}}}`}, "error, node n3, Choices[1].Value: bad pattern"},
		{"secret literal", small{ends: `"X": {"id": "y", "type": "String"},`, nodes: `, {"id": "n3", "spec": {"typeName": "LogNode", "url": "/u"}, "parameters": {"Message": {"id": "x", "type": "String", "value": {"stringValue": "password: hunter2hunter2"}}}}`}, "warning, node n3, Message: this looks like a secret"},
		{"nameless flow", small{flow: `"name": " ",`}, "warning: the flow has no name"}, // the later member counts
		{"parameter without a name", small{flow: `"parameters": [{"type": "String"}],`}, "error: a parameter of the flow has no name"},
		{"parameters of one name", small{flow: `"parameters": [{"name": "P", "type": "String"}, {"name": "P", "type": "String"}],`}, "error, P: the flow has two parameters P"},
		{"struct parameter", small{flow: `"parameters": [{"name": "P", "type": "Struct"}],`}, "error, P: a parameter of the flow can't be a Struct"},
		{"transition parameter by number", small{flow: `"parameters": [{"name": "P", "type": 6}],`}, "error, P: a parameter of the flow can't be a Transition"},
		{"list without type", small{flow: `"parameters": [{"name": "P", "type": "List"}],`}, "error, P: a List needs a listType"},
		{"private output", small{flow: `"parameters": [{"name": "P", "type": "String", "isOutput": true}],`}, "error, P: an output parameter must be public"},
		{"exit named as a parameter", small{flow: `"parameters": [{"name": "P", "type": "String"}], "exits": [{"name": "P"}],`}, "error, P: an exit has the name of the parameter P"},
		{"exits of one name", small{flow: `"exits": [{"name": "E"}, {"name": "E"}],`}, "error, E: the flow has two exits E"},
		{"exit named as a node", small{flow: `"exits": [{"name": "n2"}],`}, "error, node n2: the node has the id of the exit n2"},
		{"leads to On Hangup", small{nodes: `, {"id": "h", "spec": {"typeName": "OnHangupNode", "url": "/u"}}`, menu: `"No Matches": {"id": "x", "type": "Transition", "value": {"stringValue": "h"}},`}, "error, node n1, No Matches: nothing may lead to On Hangup"},
		{"On Hangup leads nowhere", small{nodes: `, {"id": "h", "spec": {"typeName": "OnHangupNode", "url": "/u"}}`}, "warning, node h, Hung Up: Hung Up is not connected"},
		{"two On Hangup", small{nodes: `, {"id": "h", "spec": {"typeName": "OnHangupNode", "url": "/u"}}, {"id": "i", "spec": {"typeName": "OnHangupNode", "url": "/u"}}`}, "error, node i: a flow has at most one On Hangup node"},
		{"On Hangup as start", small{nodes: `, {"id": "h", "isStartNode": true, "spec": {"typeName": "OnHangupNode", "url": "/u"}}`}, "error, node h: On Hangup can't be the start node"},
	} {
		ps := compile(t, c.in.json())
		if c.want == "" {
			if len(ps) > 0 {
				t.Errorf("%s: %v", c.name, ps)
			}
			continue
		}
		found := false
		for _, p := range ps {
			found = found || strings.HasPrefix(p.String(), c.want) || strings.Contains(p.String(), c.want)
		}
		if !found {
			t.Errorf("%s: %v, want %q", c.name, ps, c.want)
		}
	}
}

func TestProblemsOfAnEmptyFlow(t *testing.T) {
	ps := compile(t, `{}`)
	if len(flow.Errors(ps)) != 1 || flow.Errors(ps)[0].Text != "the flow has no start node" || len(ps) != 2 {
		t.Errorf("%v", ps)
	}
}

func TestProblemJSON(t *testing.T) {
	b, _ := json.Marshal(flow.Problem{NodeID: "n1", Parameter: "Text", Column: 4, Severity: flow.SeverityError, Text: "bad"})
	if want := `{"nodeId":"n1","parameter":"Text","column":4,"severity":"error","text":"bad"}`; string(b) != want {
		t.Errorf("%s", b)
	}
}

func TestParseShape(t *testing.T) {
	for _, raw := range []string{``, `[]`, `{"nodes": 5}`, `{"nodes": [{"id": {}}]}`, `{"nodes": [{"parameters": {"a": {"type": 99}}}]}`, `{"nodes": [{"parameters": {"a": {"type": true}}}]}`} {
		if _, err := flow.Parse([]byte(raw)); err == nil {
			t.Errorf("%s is taken for a flow", raw)
		}
	}
}

// The flows of the stories are sound: no error, and only those warnings that a
// story is about.
func TestFlowsOfStories(t *testing.T) {
	files, _ := filepath.Glob("../testdata/flows/*.json")
	if len(files) < 10 {
		t.Fatalf("only %d flows", len(files))
	}
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range compile(t, string(raw)) {
			if p.Severity == flow.SeverityError || !strings.Contains(p.Text, "not connected") {
				t.Errorf("%s: %s", f, p)
			}
		}
	}
}
