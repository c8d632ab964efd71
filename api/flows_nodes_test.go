package api

import (
	"slices"
	"strings"
	"testing"

	"ringflow/flow"
	_ "ringflow/flow/nodes" // as the server has them
)

// asker is a flow that others can start; it must be told a question, and ends by an exit.
const asker = `"name":"Ask","parameters":[{"name":"Question","type":"String","isPublic":true},{"name":"Answer","type":"String","isPublic":true,"isOutput":true},{"name":"Secret","type":"String"}],"exits":[{"id":"e1","name":"Yes"}],"nodes":[]`

func startOf(flowID, parameters string) string {
	return `"nodes":[{"id":"a","isStartNode":true,"spec":{"name":"Ask","typeName":"FlowNode","url":"/flows/start?flowId=` + flowID + `"},"parameters":{` + parameters + `}}]`
}

// A flow that starts another is held against what that one takes and gives.
func TestValidateKnowsTheAccountsFlows(t *testing.T) {
	h := newHouse(t)
	manager := basic("manager@default.test")
	ask := decode[FlowInfo](t, h.want(200, manager, "POST", "/flows", `{`+asker+`}`))
	foreign := h.furnish(h.other)
	problems := func(who as, body string) []FlowProblem {
		t.Helper()
		a := h.want(200, who, "POST", "/flows/validate", body)
		if !strings.Contains(a.body, `"problems":[`) {
			t.Error(a.body)
		}
		return decode[ValidateFlowResponse](t, a).Problems
	}
	says := func(all []FlowProblem, severity, parameter, text string) bool {
		return slices.ContainsFunc(all, func(p FlowProblem) bool {
			return p.NodeId == "a" && p.Severity == severity && p.Parameter == parameter && strings.Contains(p.Text, text)
		})
	}
	const wrong = `"Elephant":{"id":"p1","type":"String","value":{"stringValue":"x"}},"No":{"id":"p2","type":"Transition","value":{"stringValue":""}}`
	all := problems(manager, `{`+startOf(ask.Id, wrong)+`}`)
	if !says(all, "warning", "No", "has no exit No") || !says(all, "warning", "Elephant", "") {
		t.Errorf("%+v", all)
	}
	for _, id := range []string{"nobody", foreign.flow} {
		if all := problems(manager, `{`+startOf(id, "")+`}`); !says(all, "error", "", "there is no flow "+id) {
			t.Errorf("%+v", all)
		}
	}
	if all := problems(admin, `{"accountId":"`+h.other+`",`+startOf(foreign.flow, "")+`}`); says(all, "error", "", "") {
		t.Errorf("%+v", all)
	}
	if all := problems(admin, `{`+startOf(ask.Id, "")+`}`); says(all, "error", "", "") { // the account that the login names
		t.Errorf("%+v", all)
	}
	h.want(404, manager, "POST", "/flows/validate", `{"accountId":"`+h.other+`","nodes":[]}`)
	broken := problems(manager, `{"nodes":[{"id":"a","isStartNode":true,"spec":{"typeName":"EndNode","url":"/json/reply/EndNode"},"parameters":{"Outcome":{"id":"p","type":"String","source":"Value","value":{"stringValue":"Hello {{ Nobody.Name }}"}}}}]}`)
	if !slices.ContainsFunc(broken, func(p FlowProblem) bool {
		return p.Parameter == "Outcome" && p.Severity == "error" && p.Column != nil && *p.Column > 1
	}) {
		t.Errorf("%+v", broken)
	}
}

func TestAvailableNodesHaveTheFlows(t *testing.T) {
	h := newHouse(t)
	manager := basic("manager@default.test")
	ask := decode[FlowInfo](t, h.want(200, manager, "POST", "/flows", `{`+asker+`}`))
	foreign := h.furnish(h.other)
	nodes := func(who as, query string) []FlowNodeSpec {
		t.Helper()
		return decode[[]FlowNodeSpec](t, h.want(200, who, "GET", "/flows/available-nodes"+query, ""))
	}
	starts := func(all []FlowNodeSpec, id string) *FlowNodeSpec {
		if i := slices.IndexFunc(all, func(n FlowNodeSpec) bool { return n.Url == "/flows/start?flowId="+id }); i >= 0 {
			return &all[i]
		}
		return nil
	}
	plain := flow.Available()
	for _, all := range [][]FlowNodeSpec{nodes(manager, ""), nodes(manager, "?flowId="+ask.Id), nodes(admin, "?accountId="+h.account), nodes(admin, "")} {
		n := starts(all, ask.Id)
		if n == nil || n.Name != "Ask" || n.TypeName != "FlowNode" || n.Category != "Flows" || len(all) != len(plain)+1 || starts(all, foreign.flow) != nil {
			t.Fatalf("%+v", n)
		}
		var fields []string
		for _, f := range n.Fields {
			fields = append(fields, f.Name)
		}
		if got := strings.Join(fields, " "); !strings.HasPrefix(got, "Question Answer Yes") || strings.Contains(got, "Secret") {
			t.Error(got)
		}
	}
	h.want(404, manager, "GET", "/flows/available-nodes?flowId="+foreign.flow, "")
}

func TestParameterFieldNames(t *testing.T) {
	h := newHouse(t)
	manager := basic("manager@default.test")
	h.want(200, manager, "PATCH", "/system/settings", `{"customerFields":[{"id":"c1","name":"Tier"}],"systemFields":[{"name":"Key","uiHint":"Password","value":{"stringValue":"hush"}}],
		"endpointFields":[{"name":"Floor","type":"Number"},{"name":"Desk","endpointType":"User"},{"name":"Door","endpointType":"PhoneNumber"}]}`)
	a := h.want(200, manager, "GET", "/flows/parameters?excludeBuiltInFields=true", "")
	names := func(all []GetParameterField) string {
		var out []string
		for _, f := range all {
			if f.Field == nil || f.Field.Name != f.FieldName || f.Field.Type != f.ValueType {
				t.Errorf("%+v", f)
			}
			out = append(out, f.FieldName+":"+string(f.ValueType))
		}
		return strings.Join(out, " ")
	}
	got := decode[GetParameterFieldNamesResponse](t, a)
	for _, c := range []struct{ got, want string }{
		{names(got.Customer), "Tier:String"}, {names(got.System), "Key:String"}, {names(got.Session), ""},
		{names(got.Endpoint), "Floor:Number Desk:String Door:String"}, {names(got.User), "Floor:Number Desk:String"},
	} {
		if c.got != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
	if strings.Contains(a.body, "hush") || got.Customer[0].Field.Id != "c1" {
		t.Error(a.body)
	}
	whole := decode[GetParameterFieldNamesResponse](t, h.want(200, manager, "GET", "/flows/parameters", ""))
	for _, c := range []struct{ got, want string }{
		{names(whole.Customer), "Id:String Name:String ReferenceId:String Tier:String"}, {names(whole.System), "CallerId:PhoneNumber"}, {names(whole.Session), "FromAddress:String"},
		{names(whole.Session), "DialSipCode:Number"}, {names(whole.Endpoint), "PhoneNumber:PhoneNumber"}, {names(whole.User), "SipUserName:String"},
	} {
		if !strings.Contains(c.got, c.want) {
			t.Errorf("%q lacks %q", c.got, c.want)
		}
	}
	h.want(404, manager, "GET", "/flows/parameters?accountId="+h.other, "")
}
