package api

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// decode reads an answer.
func decode[T any](t *testing.T, a answer) T {
	t.Helper()
	var out T
	if err := json.Unmarshal([]byte(a.body), &out); err != nil {
		t.Fatalf("%v: %s", err, a.body)
	}
	return out
}

// hash is what a client of the contract compares: SHA-256 of {nodes} with
// sorted keys, numbers as they stand.
func hash(t *testing.T, nodes json.RawMessage) [32]byte {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(nodes))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		t.Fatal(err)
	}
	sorted, err := json.Marshal(map[string]any{"nodes": v})
	if err != nil {
		t.Fatal(err)
	}
	return sha256.Sum256(sorted)
}

// awkward has all that a careless server would change.
const awkward = `[{"id":"n1","isStartNode":true,"name":"Töst \u00e9 <b>&amp;</b>","spec":{"name":"Say","typeName":"SayNode","url":"/json/reply/SayNode","mystery":[1,2.0,3e2,{"deep":null}]},
 "parameters":{"Text":{"id":"p1","type":"String","source":"Value","value":{}},"Next":{"id":"p2","type":"Transition","value":{"stringValue":""}},"Rate":{"id":"p3","type":"Number","value":{"numberValue":45.0,"stringValue":null}},
 "Rows":{"id":"p4","type":"List","listParameters":[{},{"A":{"id":"p5","value":{"boolValue":false}}}]}},"unknown":{"b":1,"a":12345678901234567890.000},"none":null},
 {"id":"n2","isStartNode":false,"spec":{"name":"?","typeName":"NobodyKnowsNode","url":"/json/reply/NobodyKnowsNode"},"parameters":{}}]`

func TestFlowNodesAreVerbatim(t *testing.T) {
	h := newHouse(t)
	made := decode[FlowInfo](t, h.want(200, admin, "POST", "/flows", `{"accountId":"`+h.account+`","name":"Menu","roles":["PhoneNumberRouting",3,"userdialout"],"nodes":`+awkward+`,"exits":[{"id":"e","name":"Done"}],"ui":{"zoom":1.50},"more":1}`))
	if made.Id == "" || made.NodeCount != 2 || fmt.Sprint(made.Roles) != "[PhoneNumberRouting UserDialOut]" || made.AccountName != "Default" || made.CreatedBy != adminEmail || made.Version != 1 {
		t.Errorf("%+v", made)
	}
	if hash(t, made.Nodes) != hash(t, json.RawMessage(awkward)) || string(made.UI) != `{"zoom":1.50}` {
		t.Error(string(made.Nodes), string(made.UI))
	}
	got := h.want(200, admin, "GET", "/flows/"+made.Id, "")
	if hash(t, decode[FlowInfo](t, got).Nodes) != hash(t, json.RawMessage(awkward)) {
		t.Error(got.body)
	}
	edited := strings.Replace(awkward, `"value":{}`, `"value":{"stringValue":"x"}`, 1)
	h.want(200, admin, "PATCH", "/flows/"+made.Id, `{"nodes":`+edited+`}`)
	after := decode[FlowInfo](t, h.want(200, admin, "GET", "/flows/"+made.Id, ""))
	if hash(t, after.Nodes) != hash(t, json.RawMessage(edited)) || after.Name != "Menu" || string(after.Exits) != `[{"id":"e","name":"Done"}]` || after.Version != 2 {
		t.Errorf("%+v", after)
	}
	if h.calls.reloads != 2 {
		t.Errorf("%d reloads", h.calls.reloads)
	}
}

// A flow under construction is never refused; what is no flow is.
func TestFlowShape(t *testing.T) {
	h := newHouse(t)
	in := `{"accountId":"` + h.account + `",`
	h.want(200, admin, "POST", "/flows", in+`"name":"no start","nodes":[{"id":"a"},{"id":"a"}]}`)
	empty := decode[FlowInfo](t, h.want(200, admin, "POST", "/flows", in+`"description":"d"}`))
	if string(empty.Nodes) != "[]" || empty.Name == "" {
		t.Errorf("%+v", empty)
	}
	for _, bad := range []string{`"nodes":{}}`, `"nodes":"x"}`, `"nodes":[1]}`, `"exits":7}`, `"roles":["Elephant"]}`} {
		h.want(400, admin, "POST", "/flows", in+bad)
	}
	h.want(204, admin, "DELETE", "/flows/"+empty.Id, "")
	for _, verb := range []string{"GET", "PATCH", "DELETE"} {
		h.want(404, admin, verb, "/flows/"+empty.Id, "")
	}
}

func TestFlowCopyAndLists(t *testing.T) {
	h := newHouse(t)
	for _, name := range []string{"Alpha", "Beta", "Gamma"} {
		h.want(200, admin, "POST", "/flows", `{"accountId":"`+h.account+`","name":"`+name+`","roles":["UI"],"nodes":`+strings.ReplaceAll(awkward, "NobodyKnowsNode", name+"Node")+`}`)
	}
	list := func(query string) ListResponse[FlowInfo] {
		return decode[ListResponse[FlowInfo]](t, h.want(200, admin, "GET", "/flows?"+query, ""))
	}
	all := list("accountIds=" + h.account)
	if len(all.Items) != 3 || all.TotalCount != 3 || all.TotalPages != 1 || all.HasMorePages || all.Items[0].Name != "Alpha" || all.Items[0].Nodes != nil || all.Items[0].NodeCount != 2 {
		t.Errorf("%+v", all)
	}
	second := list("page=1&countPerPage=2&sortField=name&sortOrder=Descend")
	if len(second.Items) != 1 || second.Items[0].Name != "Alpha" || second.TotalPages != 2 || second.HasMorePages {
		t.Errorf("%+v", second)
	}
	if got := list("nodeTypeFilter=betanode&includeNodes=true"); len(got.Items) != 1 || got.Items[0].Name != "Beta" || got.TotalCount != 1 || got.Items[0].Nodes == nil {
		t.Errorf("%+v", got)
	}
	if got := list("nameFilter=ALPH&role=ui"); len(got.Items) != 1 {
		t.Errorf("%+v", got)
	}
	if got := list("role=Reference"); len(got.Items) != 0 {
		t.Errorf("%+v", got)
	}
	if a := h.want(200, admin, "GET", "/flows?page=9", ""); !strings.Contains(a.body, `"items":[]`) {
		t.Error(a.body)
	}
	h.want(400, admin, "GET", "/flows?page=-1", "")
	h.want(400, admin, "GET", "/flows?countPerPage=5000", "")
	h.want(400, admin, "GET", "/flows?sortField=nodes%3Bdrop", "")
	h.want(404, basic("manager@default.test"), "GET", "/flows?accountIds=nobody", "")
	copied := decode[FlowInfo](t, h.want(200, admin, "POST", "/flows/"+all.Items[1].Id+"/copy", ""))
	if copied.Id == all.Items[1].Id || copied.Name != "Copy of Beta" || copied.NodeCount != 2 {
		t.Errorf("%+v", copied)
	}
}

func TestValidateFlow(t *testing.T) {
	h := newHouse(t)
	a := h.want(200, admin, "POST", "/flows/validate", `{"name":"x","nodes":[{"id":"a","isStartNode":true,"spec":{"typeName":"NobodyKnowsNode","url":"/json/reply/NobodyKnowsNode"},"parameters":{}}]}`)
	found := decode[ValidateFlowResponse](t, a)
	if !slices.ContainsFunc(found.Problems, func(p FlowProblem) bool { return p.NodeId == "a" && p.Severity == "error" }) {
		t.Error(a.body)
	}
	if a := h.want(200, admin, "GET", "/flows", ""); !strings.Contains(a.body, `"items":[]`) {
		t.Error("it was saved", a.body)
	}
	h.want(400, admin, "POST", "/flows/validate", `{"nodes":"x"}`)
}

// Thousands of nodes are a flow, too.
func TestLargeFlow(t *testing.T) {
	h := newHouse(t)
	var b strings.Builder
	for i := range 2000 {
		fmt.Fprintf(&b, `,{"id":"n%d","isStartNode":%t,"spec":{"name":"Say","typeName":"SayNode","url":"/json/reply/SayNode"},"parameters":{"Text":{"id":"p%d","type":"String","source":"Value","value":{"stringValue":"%s"}}}}`, i, i == 0, i, strings.Repeat("word ", 120))
	}
	nodes := "[" + b.String()[1:] + "]"
	made := decode[FlowInfo](t, h.want(200, admin, "POST", "/flows", `{"accountId":"`+h.account+`","name":"large","nodes":`+nodes+`}`))
	if hash(t, made.Nodes) != hash(t, json.RawMessage(nodes)) {
		t.Error("changed")
	}
}
