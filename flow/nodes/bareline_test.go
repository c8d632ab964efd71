package nodes

import (
	"context"
	"strings"
	"testing"

	"ringflow/flow"
)

// bareLine can do nothing but be answered.
type bareLine struct{ flow.Line }

func (bareLine) Answer(context.Context) error { return nil }
func (bareLine) Answered() bool               { return true }

// TestBareLine: what a line can't do is said in the log, and the flow goes on.
func TestBareLine(t *testing.T) {
	for typ, c := range map[string]struct{ parameters, exit, log string }{
		"StartRecordingNode":  {"", "Done", "this call can't be recorded"},
		"PauseRecordingNode":  {"", "Done", "no recording runs that could be paused"},
		"ResumeRecordingNode": {"", "Done", "there is no paused recording"},
		"StopRecordingNode":   {"", "Done", "no recording runs"},
		"SendDigitsNode":      {`"Digits": {"id": "d", "type": "String", "value": {"stringValue": "12"}}`, "Done", "no digits can be sent here"},
		"ParkNode":            {"", "Timeout", "no call can be parked here"},
		"RetrieveNode":        {`"Slot": {"id": "s", "type": "String", "value": {"stringValue": "701"}}`, "Not Found", "no call can be retrieved here"},
		"PickupNode":          {`"User": {"id": "u", "type": "User", "value": {"stringValue": "alice"}}`, "Nothing Ringing", "no call can be picked up here"},
		"TransferNode":        {`"Mode": {"id": "m", "type": "String", "value": {"stringValue": "Refer"}}`, "Failed", "the caller's phone can't be asked here"},
		"DetectMachineNode":   {"", "Unknown", "nobody can listen here"},
	} {
		g, err := flow.Parse([]byte(`{"nodes": [{"id": "n", "isStartNode": true, "spec": {"typeName": "` + typ + `", "url": "/json/reply/` + typ + `"}, "parameters": {` + c.parameters + `}}]}`))
		if err != nil {
			t.Fatal(err)
		}
		p, _ := flow.Compile(g)
		var lines []string
		exit := ""
		x := &flow.Execution{Line: bareLine{}, Session: &flow.Session{}, Trace: func(s flow.Step) {
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
