package flow_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"ringflow/flow"
)

// builtIn are the Session fields as the language names them, and Transcription,
// in which a Transcription Ready branch finds what was said; * marks those that
// a flow may write.
const builtIn = `Id Channel Direction Started Answered FromAddress FromName* ToAddress Destination
	EndpointId EndpointName CustomerId CustomerName FlowId FlowName Outcome* AnsweredByName DialStatus DialSipCode Digits Body
	MediaUris RecordingFileId ForwardedFrom Diversion CallerName StirVerstat SipCallId SipHeader ParentSessionId ConsoleData*
	Transcription MachineDetection`

// Each built-in is there, no other is, and only three can be written: as a
// target, as where an output goes, and as a counter's name.
func TestSessionFieldsAreBuiltIn(t *testing.T) {
	var names []string
	for _, f := range strings.Fields(builtIn) {
		name, writable := strings.CutSuffix(f, "*")
		names = append(names, name)
		value := func(name, v string) string {
			return `"` + name + `": {"id": "` + name + `", "type": "String", "value": {"stringValue": "` + v + `"}}`
		}
		for what, parameters := range map[string][2]string{
			"Target " + name:            {"SetValueNode", value("Target", name)},
			"Target Session." + name:    {"SetValueNode", value("Target", "Session."+name)},
			"output to Session " + name: {"GetCookieNode", value("Name", "c") + `, "Value": {"id": "v", "type": "String", "isOutput": true, "source": "Session", "referenceId": "` + name + `"}`},
		} {
			ps := flow.Errors(compile(t, `{"name": "f", "nodes": [{"id": "n", "isStartNode": true, "spec": {"typeName": "`+parameters[0]+`", "url": "/u"}, "parameters": {`+parameters[1]+`}}]}`))
			if writable != (len(ps) == 0) || !writable && !strings.Contains(ps[0].Text, "Session."+name+" is built in") {
				t.Errorf("%s: %v", what, ps)
			}
		}
		if err := flow.CheckVariable(name); err == nil {
			t.Errorf("a counter may be named %s", name)
		}
	}
	slices.Sort(names)
	if got := flow.SessionFields(); !slices.Equal(got, names) {
		t.Errorf("there are %q, want %q", got, names)
	}
}

// plain is a node whose text is no template.
type plain struct{ text string }

func (n *plain) Spec(s *flow.Spec) {
	s.Title, s.Doc, s.Category = "Plain", "For tests.", flow.General
	s.String(&n.text, "Text", "", "The text.").NoEvalTemplate()
	s.Exit("Done", "It is done.")
}

func (n *plain) Run(_ context.Context, x *flow.Execution) (string, error) {
	x.Logf("%s", n.text)
	return "Done", nil
}

// A parameter that says noEvalTemplate takes text as it stands, also text that
// would be a bad template.
func TestNoEvalTemplate(t *testing.T) {
	flow.Register("PlainNode", func() flow.Node { return new(plain) })
	for _, text := range []string{"{{ Session.FromName }}", "{{{{ stays four", "{{ open"} {
		l := &log{}
		if r, err := program(t, "a PlainNode; Text="+text).Run(context.Background(), execution(l)); err != nil || r.End != flow.Ended || !l.has("Plain: "+text) {
			t.Errorf("%s: %+v %v %v", text, r, err, l.lines)
		}
	}
	for _, i := range flow.Available() {
		if i.TypeName == "PlainNode" && !i.Fields[0].NoEvalTemplate {
			t.Error("the designer is not told of it")
		}
	}
}
