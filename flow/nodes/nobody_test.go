package nodes

import (
	"context"
	"strings"
	"testing"

	"ringflow/flow"
)

// TestNobodyOutside: where there is nothing beside the line, a node takes the
// way of having found nothing, and says so.
func TestNobodyOutside(t *testing.T) {
	text := func(name, v string) string {
		return `"` + name + `": {"id": "` + name + `", "type": "String", "value": {"stringValue": "` + v + `"}}`
	}
	for typ, c := range map[string]struct{ parameters, exit, log string }{
		"FindCustomerNode": {text("Field", "Id") + "," + text("Value", "1"), "Not Found", "there are no customers to look for here"},
		"FindEndpointNode": {text("Field", "Id") + "," + text("Value", "1"), "Not Found", "there are no endpoints to look for here"},
		"ScheduleNode":     {"", "No Matches", "there are no schedules here"},
		"HttpRequestNode":  {text("Url", "https://example.com"), "On Failure", "no requests can be sent here"},
		"SetCookieNode":    {text("Name", "a"), "Done", "no cookies are kept here"},
		"GetCookieNode":    {text("Name", "a"), "Not Found", "no cookies are kept here"},
		"ClearCookieNode":  {text("Name", "a"), "Done", "no cookies are kept here"},
		"FlowNode":         {"", "", "no other flow can be started here"},
	} {
		g, err := flow.Parse([]byte(`{"nodes": [{"id": "n", "isStartNode": true, "spec": {"typeName": "` + typ + `", "url": "/flows/start?flowId=f"}, "parameters": {` + c.parameters + `}}]}`))
		if err != nil {
			t.Fatal(err)
		}
		p, _ := flow.Compile(g)
		var lines []string
		exit := ""
		x := &flow.Execution{Session: &flow.Session{FromAddress: "+14155550123"}, Trace: func(s flow.Step) {
			lines = append(lines, s.Lines()...)
			if s.Part == flow.Left {
				exit = s.Transition
			}
		}}
		if _, err := p.Run(context.Background(), x); err != nil || exit != c.exit || !strings.Contains(strings.Join(lines, "\n"), c.log) {
			t.Errorf("%s: %q %v %v", typ, exit, err, lines)
		}
	}
}
