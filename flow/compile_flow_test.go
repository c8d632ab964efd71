package flow_test

import (
	"encoding/json"
	"strings"
	"testing"

	"ringflow/flow"
)

// library knows one flow.
type library struct{}

func (library) Signature(id string) (flow.Signature, bool) {
	return flow.Signature{Name: "Ask", Exits: []flow.FlowExit{{Name: "Sales"}, {Name: "Support"}},
		Parameters: []flow.FlowParameter{{Name: "Greeting", Type: flow.StringType, IsPublic: true}, {Name: "Calls", Type: flow.NumberType, IsPublic: true},
			{Name: "Chosen", Type: flow.StringType, IsPublic: true, IsOutput: true}, {Name: "Hidden", Type: flow.StringType}}}, id == "ask"
}

func TestProblemsOfFlowNodes(t *testing.T) {
	for _, c := range []struct{ name, url, parameters, want string }{
		{"sound", "/flows/start?flowId=ask", `"Greeting": {"id": "g", "type": "String", "value": {"stringValue": "Hi {{ Session.FromName }}"}}, "Chosen": {"id": "c", "type": "String", "source": "Session", "referenceId": "V"}, "Sales": {"id": "s", "type": "Transition", "value": {"stringValue": "e"}}, "Support": {"id": "t", "type": "Transition", "value": {"stringValue": "e"}}`, ""},
		{"a whole address", "https://example.com/flows/start?flowId=ask", `"Sales": {"id": "s", "type": "Transition", "value": {"stringValue": "e"}}, "Support": {"id": "t", "type": "Transition", "value": {"stringValue": "e"}}`, ""},
		{"no flow", "/json/reply/FlowNode", "", "error, node n: the url of a Flow node is /flows/start?flowId= and the flow's id"},
		{"a flow that there is not", "/flows/start?flowId=gone", "", "error, node n: there is no flow gone"},
		{"no such exit", "/flows/start?flowId=ask", `"Fax": {"id": "s", "type": "Transition", "value": {"stringValue": "e"}}`, "warning, node n, Fax: the flow Ask has no exit Fax"},
		{"to nowhere", "/flows/start?flowId=ask", `"Sales": {"id": "s", "type": "Transition", "value": {"stringValue": "x"}}`, `error, node n, Sales: leads to "x"`},
		{"an exit that leads nowhere", "/flows/start?flowId=ask", `"Sales": {"id": "s", "type": "Transition", "value": {"stringValue": "e"}}`, "warning, node n, Support: Support is not connected"},
		{"no such parameter", "/flows/start?flowId=ask", `"Colour": {"id": "s", "type": "String"}`, "warning, node n, Colour: the flow Ask has no public parameter Colour"},
		{"a private parameter", "/flows/start?flowId=ask", `"Hidden": {"id": "s", "type": "String"}`, "warning, node n, Hidden: the flow Ask has no public parameter Hidden"},
		{"no number", "/flows/start?flowId=ask", `"Calls": {"id": "s", "type": "String", "value": {"stringValue": "many"}}`, `error, node n, Calls: "many" is no number`},
		{"a bad template", "/flows/start?flowId=ask", `"Greeting": {"id": "s", "type": "String", "value": {"stringValue": "{{ Foo.Bar }}"}}`, "error, node n, Greeting, column 4: unknown name Foo"},
		{"an output over a built-in", "/flows/start?flowId=ask", `"Chosen": {"id": "c", "type": "String", "source": "Session", "referenceId": "Digits"}`, "error, node n, Chosen: Session.Digits is built in"},
		{"itself", "/flows/start?flowId=me", `"Own": {"id": "s", "type": "Transition", "value": {"stringValue": "e"}}, "P": {"id": "p", "type": "String"}`, ""},
	} {
		g, err := flow.Parse([]byte(`{"id": "me", "name": "f", "exits": [{"name": "Own"}], "parameters": [{"name": "P", "type": "String", "isPublic": true}], "nodes": [
			{"id": "n", "isStartNode": true, "spec": {"typeName": "FlowNode", "url": "` + c.url + `"}, "parameters": {` + c.parameters + `}},
			{"id": "e", "spec": {"typeName": "EndNode", "url": "/u"}}]}`))
		if err != nil {
			t.Fatal(err)
		}
		_, ps := flow.CompileWith(g, library{})
		var text []string
		for _, p := range ps {
			if !strings.Contains(p.Text, "nothing leads") {
				text = append(text, p.String())
			}
		}
		if all := strings.Join(text, "\n"); c.want == "" && all != "" || !strings.Contains(all, c.want) {
			t.Errorf("%s: %s, want %q", c.name, all, c.want)
		}
	}
}

func TestProblemsOfFormsAndExpressions(t *testing.T) {
	for _, c := range []struct{ typ, parameters, want string }{
		{"ExpressionNode", `"Expression": {"id": "x", "type": "String", "value": {"stringValue": "Session.Foo = 1"}}`, "error, node n, Expression, column 13: "},
		{"ExpressionNode", `"Expression": {"id": "x", "type": "String", "value": {"stringValue": "{{ Session.Foo }}"}}`, "error, node n, Expression, column "},
		{"ExpressionNode", `"Expression": {"id": "x", "type": "String", "value": {"stringValue": "Response.Status"}}`, "error, node n, Expression, column 1: unknown name Response"},
		{"ExpressionNode", `"Expression": {"id": "x", "type": "String", "value": {"stringValue": " "}}`, "error, node n, Expression: the expression is empty"},
		{"ExpressionNode", `"Expression": {"id": "x", "type": "String", "source": "Expression", "expression": "1 +"}`, "error, node n, Expression, column "},
		{"ExpressionNode", `"Expression": {"id": "x", "type": "String", "source": "Endpoint", "referenceId": "Flag"}`, ""},
		{"HttpRequestNode", `"Mappings": {"id": "m", "type": "List", "listParameters": [{"Expression": {"id": "x", "type": "String", "value": {"stringValue": "Response.Json.a + Session.B"}}, "Target": {"id": "t", "type": "String", "value": {"stringValue": "V"}}}]}`, ""},
		{"HttpRequestNode", `"Mappings": {"id": "m", "type": "List", "listParameters": [{"Expression": {"id": "x", "type": "String", "value": {"stringValue": "Response"}}}]}`, "error, node n, Mappings[1].Expression: a root stands alone"},
		{"HttpRequestNode", `"Mappings": {"id": "m", "type": "List", "listParameters": [{"Expression": {"id": "x", "type": "String", "source": "Session", "referenceId": "Code"}}]}`, "error, node n, Mappings[1].Expression: the expression must be stored here, not taken from Session"},
		{"HttpRequestNode", `"Mappings": {"id": "m", "type": "List", "listParameters": [{"Target": {"id": "t", "type": "String", "value": {"stringValue": "Digits"}}}]}`, "error, node n, Mappings[1].Target: Session.Digits is built in"},
		{"HttpRequestNode", `"Url": {"id": "x", "type": "String", "value": {"stringValue": "ftp://example.com"}}`, "error, node n, Url: the address begins with"},
		{"HttpRequestNode", `"Url": {"id": "x", "type": "String", "value": {"stringValue": "https://example.com/{{ Session.V }}"}}`, ""},
		{"HttpRequestNode", `"Headers": {"id": "m", "type": "List", "listParameters": [{"Name": {"id": "x", "type": "String", "value": {"stringValue": "a b"}}}]}`, "error, node n, Headers[1].Name: \"a b\" is no name of a header"},
		{"HttpRequestNode", `"Response": {"id": "x", "type": "String", "value": {"stringValue": "{{ Response.Status }}"}}`, "warning, node n, Response: HTTP Request has no parameter Response"},
		{"TimeOfDayNode", `"TimeZoneId": {"id": "x", "type": "TimeZoneId", "value": {"stringValue": "PST8PDT9"}}`, "error, node n, TimeZoneId: \"PST8PDT9\" is no time zone"},
		{"TimeOfDayNode", `"From": {"id": "x", "type": "Time", "value": {"stringValue": "9:60"}}`, "error, node n, From: \"9:60\" is no time of day"},
		{"TimeOfDayNode", `"Days": {"id": "x", "type": "String", "value": {"stringValue": "Mon-Fir"}}`, "error, node n, Days: \"Fir\" is no day of the week"},
		{"DateRangeNode", `"To": {"id": "x", "type": "Date", "value": {"stringValue": "tomorrow"}}`, "error, node n, To: \"tomorrow\" is no date"},
		{"CounterNode", `"Name": {"id": "x", "type": "String", "value": {"stringValue": "FromName"}}`, "error, node n, Name: Session.FromName is built in"},
		{"NumberComparisonNode", `"Operator": {"id": "x", "type": "String", "value": {"stringValue": "=="}}`, "error, node n, Operator: \"==\" is not one of ="},
		{"NumberComparisonNode", `"Operator": {"id": "x", "type": "String", "value": {"stringValue": "<="}}`, ""},
		{"ForEachNode", `"Item": {"id": "x", "type": "String", "isOutput": true, "source": "Session", "referenceId": "V"}`, ""},
		{"ForEachNode", `"Items": {"id": "x", "type": "List", "listParameters": [{"A": {"id": "y", "type": "String", "value": {"stringValue": "{{ 1 + }}"}}}]}`, "error, node n, Items[1].A, column "},
		{"ScheduleNode", `"Choices": {"id": "x", "type": "List", "listParameters": [{"State": {"id": "y", "type": "String", "source": "Session", "referenceId": "S"}}]}`, "error, node n, Choices[1]: the row has no literal State"},
	} {
		ps := compile(t, `{"name": "f", "nodes": [{"id": "n", "isStartNode": true, "spec": {"typeName": "`+c.typ+`", "url": "/u"}, "parameters": {`+c.parameters+`}}]}`)
		var text []string
		for _, p := range ps {
			if !strings.Contains(p.Text, "is not connected") {
				text = append(text, p.String())
			}
		}
		if all := strings.Join(text, "\n"); c.want == "" && all != "" || !strings.Contains(all, c.want) {
			t.Errorf("%s %s: %s, want %q", c.typ, c.parameters, all, c.want)
		}
	}
}

// A flow is shown as a node of its own.
func TestStartInfo(t *testing.T) {
	sig, _ := library{}.Signature("ask")
	b, err := json.Marshal(flow.StartInfo("ask", sig))
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{`"name":"Ask","typeName":"FlowNode","url":"/flows/start?flowId=ask","category":"Flows"`, `{"name":"Chosen","type":"String","description":"","isOutput":true}`,
		`{"name":"Sales","type":"Transition"`, `{"name":"Done","type":"Transition"`} {
		if !strings.Contains(string(b), part) {
			t.Errorf("%s is missing in %s", part, b)
		}
	}
	if strings.Contains(string(b), "Hidden") {
		t.Errorf("%s", b)
	}
}
