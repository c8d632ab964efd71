package api

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"ringflow/api/apitest"
)

// A flow that starts another and one that it starts, which uses fields.
const (
	packedMain = `[{"id":"n","isStartNode":true,"name":"Ask","spec":{"name":"Flow","typeName":"FlowNode","url":"/flows/start?flowId=%s","more":1.50},"parameters":{"Done":{"id":"p","type":"Transition","value":{"stringValue":"s"}}}},{"id":"s","name":"Tell","spec":{"typeName":"SayNode","url":"/json/reply/SayNode"},"parameters":{"WhatToSay":{"id":"w","type":"String","source":"Value","value":{"stringValue":"Done."}},"Next":{"id":"t","type":"Transition","value":{}}}}]`
	packedSub  = `[{"id":"n","isStartNode":true,"name":"Hello","spec":{"typeName":"SayNode","url":"/json/reply/SayNode"},"parameters":{"WhatToSay":{"id":"w","type":"String","source":"Value","value":{"stringValue":"Tier {{ Customer.Tier }} of {{ System.Region }}."}},"Next":{"id":"t","type":"Transition","value":{"stringValue":"Done"}}}}]`
)

func (h *house) packed() (main, sub string) {
	h.Helper()
	h.want(200, manager, "PATCH", "/system/settings", `{"customerFields":[{"name":"Tier","type":"String"},{"name":"Unused","type":"String"}],"endpointFields":[{"name":"Desk","type":"Number"}],"systemFields":[{"name":"Region","type":"String","value":{"stringValue":"north"}}]}`)
	sub = h.newFlow(manager, `{"name":"Greeting","nodes":`+packedSub+`,"exits":[{"id":"e","name":"Done"}]}`)
	return h.newFlow(manager, `{"name":"Front door","description":"d","notes":"kept","roles":["UI"],"nodes":`+fmt.Sprintf(packedMain, sub)+`}`), sub
}

// A package goes into another account, where its flows start each other, and
// run.
func TestPackage(t *testing.T) {
	h := newHouse(t)
	main, sub := h.packed()
	a := h.want(200, manager, "GET", "/packages?accountId="+h.account+"&flowIds="+main, "")
	p := decode[PackageInfo](t, a)
	if len(p.Flows) != 2 || p.Flows[0].Id != main || p.Flows[1].Id != sub || len(p.CustomerFields) != 1 || p.CustomerFields[0].Name != "Tier" || len(p.SystemFields) != 1 || len(p.EndpointFields) != 0 {
		t.Fatal(a.body)
	}
	if strings.Contains(a.body, "north") || strings.Contains(a.body, h.account) {
		t.Errorf("what is the account's own went with it: %s", a.body)
	}
	if all := decode[PackageInfo](t, h.want(200, manager, "GET", "/packages?flowIds="+main+"&includeAllCustomFields=true", "")); len(all.CustomerFields) != 2 || len(all.EndpointFields) != 1 {
		t.Errorf("%+v", all)
	}
	theirs := basic("manager@other.test")
	h.want(200, theirs, "POST", "/flows", `{"name":"front DOOR","nodes":[]}`)
	h.want(404, manager, "POST", "/packages", `{"accountId":"`+h.other+`","package":`+a.body+`}`)
	got := decode[ImportPackageResponse](t, h.want(200, theirs, "POST", "/packages", `{"accountId":"`+h.other+`","package":`+a.body+`}`))
	if len(got.Flows) != 2 || got.Flows[0].Name != "Front door (2)" || got.Flows[0].PackageName != "Front door" || got.Flows[1].Name != "Greeting" || len(got.CustomerFields) != 1 || len(got.SystemFields) != 1 {
		t.Fatalf("%+v", got)
	}
	f := decode[FlowInfo](t, h.want(200, theirs, "GET", "/flows/"+got.Flows[0].Id, ""))
	if want := fmt.Sprintf(packedMain, got.Flows[1].Id); string(f.Nodes) != want || f.Description != "" || len(f.Roles) != 0 || f.Notes != "kept" || f.AccountId != h.other {
		t.Errorf("%+v\n%s\n%s", f, f.Nodes, want)
	}
	if v := h.want(200, theirs, "GET", "/system/settings", "").body; !strings.Contains(v, `"name":"Tier"`) || !strings.Contains(v, `"name":"Region"`) || strings.Contains(v, "Unused") {
		t.Error(v)
	}
	ran := h.want(200, theirs, "POST", "/flows/"+got.Flows[0].Id+"/test", `{"name":"it runs"}`).body
	if !strings.Contains(ran, "Tier  of") || !strings.Contains(ran, "Done.") {
		t.Errorf("the imported flow: %s", ran)
	}
	again := decode[ImportPackageResponse](t, h.want(200, theirs, "POST", "/packages", `{"package":`+a.body+`}`))
	if again.Flows[0].Name != "Front door (3)" || again.Flows[1].Name != "Greeting (2)" || len(again.CustomerFields) != 0 {
		t.Errorf("%+v", again)
	}
	xml := h.want(200, manager, "GET", "/packages.xml?flowIds="+main, "").body
	inXML := strings.NewReplacer("PackageInfo", "Package").Replace(xml[strings.Index(xml, "<PackageInfo"):])
	if three := decode[ImportPackageResponse](t, h.want(200, theirs, "POST", "/packages.json", "<ImportPackage>"+inXML+"</ImportPackage>", header("Content-Type", "application/xml"))); len(three.Flows) != 2 || three.Flows[0].Name != "Front door (4)" {
		t.Errorf("%+v", three)
	}
}

// What names things of its account isn't packed, and each of them is told.
func TestPackageBound(t *testing.T) {
	h := newHouse(t)
	at := h.furnish(h.account)
	id := h.newFlow(manager, `{"name":"Play","parameters":[{"name":"Who","type":"User","defaultValue":{"stringValue":"`+at.endpoint+`"}}],"nodes":[
		{"id":"a","name":"Music","isStartNode":true,"spec":{"typeName":"PlayNode","url":"/json/reply/PlayNode"},"parameters":{
			"AudioFile":{"id":"1","type":"AudioFile","source":"Value","value":{"stringValue":"`+at.file+`"}},
			"Other":{"id":"2","type":"AudioFile","source":"Session","referenceId":"X","value":{"stringValue":"`+at.file+`"}},
			"Far":{"id":"3","type":"AudioFile","value":{"stringValue":"https://example.com/a.wav"}},
			"Rows":{"id":"4","type":"List","listParameters":[{"Target":{"id":"5","type":"Team","value":{"stringValue":"sales"}}}]},
			"Data":{"id":"6","type":"Struct","value":{"structValue":{"A":{"stringValue":"`+at.customer+`"}}}}}}]}`)
	a := h.want(400, manager, "GET", "/packages?flowIds="+id, "")
	for _, part := range []string{`node \"Music\", AudioFile: \"` + at.file, `Rows[0].Target: \"sales\"`, `Data: \"` + at.customer, `parameter Who, defaultValue: \"` + at.endpoint} {
		if !strings.Contains(a.body, part) {
			t.Errorf("%s isn't told: %s", part, a.body)
		}
	}
	if strings.Contains(a.body, "Far") || strings.Contains(a.body, "Other") {
		t.Error(a.body)
	}
	h.want(404, manager, "GET", "/packages?flowIds="+h.furnish(h.other).flow, "")
	h.want(400, manager, "GET", "/packages", "")
}

// All of a package or nothing.
func TestPackageRefused(t *testing.T) {
	h := newHouse(t)
	h.packed()
	before := h.want(200, manager, "GET", "/flows?includeNodes=true", "").body + h.want(200, manager, "GET", "/system/settings", "").body
	ok := `{"id":"a","name":"A","nodes":[]}`
	for status, packages := range map[int][]string{
		400: {
			`{}`, `{"flows":[]}`, `{"flows":[` + ok + `,{"id":"b","name":"B","nodes":{}}]}`, `{"flows":[` + ok + `,` + ok + `]}`,
			`{"flows":[` + ok + `,{"id":"b","name":"B","nodes":` + fmt.Sprintf(packedMain, "nowhere") + `}]}`,
			`{"flows":[` + ok + `,{"id":"b","name":"` + strings.Repeat("x", 300) + `","nodes":[]}],"customerFields":[{"name":"New","type":"String"}]}`,
			`{"flows":[` + ok + `],"customerFields":[{"name":"New","type":"Bogus"}]}`,
		},
		409: {`{"flows":[` + ok + `],"customerFields":[{"name":"New","type":"String"},{"name":"tier","type":"Number"}]}`},
	} {
		for _, p := range packages {
			h.want(status, manager, "POST", "/packages", `{"package":`+p+`}`)
		}
	}
	if after := h.want(200, manager, "GET", "/flows?includeNodes=true", "").body + h.want(200, manager, "GET", "/system/settings", "").body; after != before {
		t.Errorf("something stayed:\n%s\n%s", before, after)
	}
}

func TestFlowDiff(t *testing.T) {
	h := newHouse(t)
	id := h.newFlow(manager, `{"name":"F","nodes":[{"id":"a","name":"One","x":45,"parameters":{"P":{"value":{"stringValue":"old"}}}},{"id":"b"},{"id":"c"}]}`)
	h.want(200, manager, "PATCH", "/flows/"+id, `{"name":"G","draft":true,"nodes":[{"id":"a","name":"One","x":45.0,"parameters":{"P":{"value":{"stringValue":"new"}},"Q":{}}},{"id":"c"},{"id":"d","name":"Four"}]}`)
	a := h.want(200, manager, "GET", "/flows/"+id+"/diff", "")
	want := `{"from":1,"to":2,"added":[{"id":"d","name":"Four"}],"removed":[{"id":"b"}],"changed":[{"id":"a","name":"One","members":[{"path":"parameters.P.value.stringValue","before":"old","after":"new"},{"path":"parameters.Q","after":{}}]}],"members":[{"path":"name","before":"F","after":"G"}]}`
	var got, wanted any
	if json.Unmarshal([]byte(a.body), &got) != nil || json.Unmarshal([]byte(want), &wanted) != nil || apitest.Canonical(t, got) != apitest.Canonical(t, wanted) {
		t.Errorf("%s\nwant\n%s", a.body, want)
	}
	for _, path := range []string{"/versions/1/diff/2", "/diff?from=1&to=2"} {
		if b := h.want(200, manager, "GET", "/flows/"+id+path, ""); b.body != a.body {
			t.Errorf("%s: %s", path, b.body)
		}
	}
	if d := decode[DiffFlowVersionsResponse](t, h.want(200, manager, "GET", "/flows/"+id+"/diff?from=2", "")); len(d.Added)+len(d.Removed)+len(d.Changed)+len(d.Members) != 0 {
		t.Errorf("%+v", d)
	}
	h.want(404, manager, "GET", "/flows/"+id+"/diff?to=7", "")
	h.want(404, basic("manager@other.test"), "GET", "/flows/"+id+"/diff", "")
}

// Tags are the flow's, whatever its version, and filter lists.
func TestFlowTags(t *testing.T) {
	h := newHouse(t)
	tags := decode[SystemSettingsInfo](t, h.want(200, manager, "PATCH", "/system/settings", `{"tags":[{"name":"red","color":1},{"name":"blue","color":2}]}`)).Tags
	id := h.newFlow(manager, `{"name":"F","nodes":[],"tagIds":["`+tags[0].Id+`"]}`)
	h.newFlow(manager, `{"name":"G","nodes":[]}`)
	f := decode[FlowInfo](t, h.want(200, manager, "PATCH", "/flows/"+id, `{"tagIds":["`+tags[0].Id+`","`+tags[1].Id+`"],"draft":true,"notes":"n"}`))
	if len(f.Tags) != 2 || f.Tags[0].Name != "red" {
		t.Errorf("%+v", f)
	}
	for filter, n := range map[string]int{tags[0].Id: 1, tags[0].Id + "," + tags[1].Id: 1, "0123456789abcdef0123456789abcdef": 0, "": 2} {
		l := decode[ListResponse[FlowInfo]](t, h.want(200, manager, "GET", "/flows?tagIds="+filter, ""))
		if len(l.Items) != n || n == 1 && len(l.Items[0].Tags) != 2 {
			t.Errorf("%s: %+v", filter, l)
		}
	}
	h.want(400, manager, "PATCH", "/flows/"+id, `{"tagIds":["nothing"]}`)
	if f := decode[FlowInfo](t, h.want(200, manager, "PATCH", "/flows/"+id, `{"tagIds":[]}`)); len(f.Tags) != 0 {
		t.Errorf("%+v", f)
	}
}
