package api

import (
	"fmt"
	"strings"
	"testing"
)

func end(outcome string) string {
	return `[{"id":"` + outcome + `","isStartNode":true,"spec":{"name":"End","typeName":"EndNode","url":"/json/reply/EndNode"},"parameters":{}}]`
}

// With drafts a save waits: calls run what was published, the editor sees what
// was saved last, and the hash of what it wrote holds.
func TestDrafts(t *testing.T) {
	h := newHouse(t)
	manager := basic("manager@default.test")
	f := decode[FlowInfo](t, h.want(200, manager, "POST", "/flows", `{"name":"Menu","nodes":`+end("one")+`}`))
	if f.Draft || f.Version != 1 || f.LiveVersion != 1 {
		t.Errorf("%+v", f)
	}
	live := func() string {
		t.Helper()
		got, err := h.server.Store.Flow(t.Context(), f.Id)
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintf("%d %s %.14s", got.Version, got.Name, got.Raw.Nodes)
	}
	path := "/flows/" + f.Id
	reloads := h.calls.reloads
	f = decode[FlowInfo](t, h.want(200, manager, "PATCH", path, `{"draft":true,"name":"Menu 2","nodes":`+end("two")+`}`))
	if !f.Draft || f.Version != 2 || f.LiveVersion != 1 || live() != `1 Menu [{"id":"one","` {
		t.Errorf("%+v, live %s", f, live())
	}
	f = decode[FlowInfo](t, h.want(200, manager, "PATCH", path, `{"description":"d"}`)) // on what was saved last, and a draft again
	if !f.Draft || f.Version != 3 || f.LiveVersion != 1 || f.Name != "Menu 2" || live() != `1 Menu [{"id":"one","` {
		t.Errorf("%+v, live %s", f, live())
	}
	if h.calls.reloads != reloads {
		t.Error("a draft was told to the switchboard")
	}
	read := decode[FlowInfo](t, h.want(200, manager, "GET", path, ""))
	if hash(t, read.Nodes) != hash(t, []byte(end("two"))) || read.Version != 3 || read.CreatedBy != "manager@default.test" || read.DateCreated.IsZero() {
		t.Errorf("%+v", read)
	}
	for _, query := range []string{"?includeNodes=true", ""} {
		list := decode[ListResponse[FlowInfo]](t, h.want(200, manager, "GET", "/flows"+query, ""))
		if len(list.Items) != 1 || list.Items[0].Version != 3 || list.Items[0].Name != "Menu 2" || (query != "") != strings.Contains(string(list.Items[0].Nodes), "two") {
			t.Errorf("%s: %+v", query, list)
		}
	}
	f = decode[FlowInfo](t, h.want(200, manager, "POST", path+"/publish", ""))
	if f.LiveVersion != 3 || f.Version != 3 || !f.Draft || live() != `3 Menu 2 [{"id":"two","` || h.calls.reloads == reloads {
		t.Errorf("%+v, live %s", f, live())
	}
	h.want(200, manager, "POST", path+"/publish", "") // nothing new: no harm
	f = decode[FlowInfo](t, h.want(200, manager, "POST", path+"/publish", `{"version":1}`))
	if f.LiveVersion != 1 || f.Version != 3 || live() != `1 Menu [{"id":"one","` {
		t.Errorf("%+v, live %s", f, live())
	}
	h.want(404, manager, "POST", path+"/publish", `{"version":9}`)
	f = decode[FlowInfo](t, h.want(200, manager, "PATCH", path, `{"draft":false}`))
	if f.Draft || f.Version != 4 || f.LiveVersion != 4 || live() != `4 Menu 2 [{"id":"two","` {
		t.Errorf("%+v, live %s", f, live())
	}
	h.want(400, manager, "POST", path+"/publish", `{"version":1}`) // without drafts it is restored
	born := decode[FlowInfo](t, h.want(200, manager, "POST", "/flows", `{"name":"Born","draft":true,"nodes":`+end("one")+`}`))
	if !born.Draft || born.LiveVersion != 1 || born.Version != 2 || string(born.Nodes) != end("one") {
		t.Errorf("%+v", born)
	}
	if got, err := h.server.Store.Flow(t.Context(), born.Id); err != nil || got.Raw.Nodes != nil {
		t.Errorf("live before it was published: %+v %v", got, err)
	}
}

// Every save is a version, and each can be had back.
func TestFlowVersions(t *testing.T) {
	h := newHouse(t)
	manager := basic("manager@default.test")
	f := decode[FlowInfo](t, h.want(200, manager, "POST", "/flows", `{"name":"One","nodes":`+end("one")+`,"exits":[{"id":"e","name":"Yes"}]}`))
	path := "/flows/" + f.Id
	h.want(200, admin, "PATCH", path, `{"name":"Two","nodes":`+end("two")+`,"exits":[]}`)
	h.want(200, manager, "PATCH", path, `{"nodes":[]}`)
	list := decode[ListResponse[FlowVersionInfo]](t, h.want(200, manager, "GET", path+"/versions", ""))
	if list.TotalCount != 3 || len(list.Items) != 3 || list.Items[0].Version != 3 || !list.Items[0].IsLive || list.Items[1].SavedBy != adminEmail || list.Items[1].IsLive || list.Items[1].Name != "Two" || list.Items[2].NodeCount != 1 || list.Items[2].DateSaved.IsZero() {
		t.Errorf("%+v", list)
	}
	if second := decode[ListResponse[FlowVersionInfo]](t, h.want(200, manager, "GET", path+"/versions?countPerPage=2&page=1", "")); len(second.Items) != 1 || second.Items[0].Version != 1 || second.TotalPages != 2 {
		t.Errorf("%+v", second)
	}
	for query, want := range map[string]string{
		"?sortField=version": "[1 2 3]", "?sortField=VERSION&sortOrder=Descend": "[3 2 1]", "?sortOrder=Ascend": "[1 2 3]", "?sortField=nodeCount": "[3 1 2]",
		"?specificIds=1,3": "[3 1]", "?specificIds=nobody": "[]", "?sortField=name&countPerPage=2&simplifiedPaging=true": "[1 2]", "?page=7": "[]",
	} {
		got := []int{}
		for _, v := range decode[ListResponse[FlowVersionInfo]](t, h.want(200, manager, "GET", path+"/versions"+query, "")).Items {
			got = append(got, v.Version)
		}
		if fmt.Sprint(got) != want {
			t.Errorf("%s: %v, want %s", query, got, want)
		}
	}
	h.want(400, manager, "GET", path+"/versions?sortField=nodes", "")
	h.want(400, manager, "PATCH", path, `{"name":"a\u0000b"}`)
	old := decode[FlowInfo](t, h.want(200, manager, "GET", path+"/versions/1", ""))
	if old.Version != 1 || old.LiveVersion != 3 || old.Name != "One" || string(old.Nodes) != end("one") || old.Id != f.Id {
		t.Errorf("%+v", old)
	}
	back := decode[FlowInfo](t, h.want(200, manager, "POST", path+"/versions/1/restore", ""))
	if back.Version != 4 || back.LiveVersion != 4 || back.Name != "One" || hash(t, back.Nodes) != hash(t, f.Nodes) || string(back.Exits) != `[{"id":"e","name":"Yes"}]` || back.LastModifiedBy != "manager@default.test" {
		t.Errorf("%+v", back)
	}
	h.want(200, manager, "PATCH", path, `{"draft":true}`)
	waiting := decode[FlowInfo](t, h.want(200, manager, "POST", path+"/versions/2/restore", ""))
	if !waiting.Draft || waiting.LiveVersion != 4 || waiting.Version != 6 || waiting.Name != "Two" {
		t.Errorf("%+v", waiting)
	}
	for _, missing := range []string{"GET " + path + "/versions/99", "GET " + path + "/versions/0", "POST " + path + "/versions/99/restore", "GET /flows/nobody/versions"} {
		verb, target, _ := strings.Cut(missing, " ")
		h.want(404, manager, verb, target, "")
	}
	h.want(400, manager, "GET", path+"/versions/first", "")
	h.want(404, basic("manager@other.test"), "GET", path+"/versions/1", "")
}

// A flow that a schedule runs stays.
func TestScheduledFlowsAreNotDeleted(t *testing.T) {
	h := newHouse(t)
	manager := basic("manager@default.test")
	mine := h.furnish(h.account)
	h.want(200, manager, "PATCH", "/endpoints/"+mine.endpoint, `{"flowSchedule":"Scheduled","scheduledFlows":[{"state":"Holiday","flowId":"`+mine.flow+`"}]}`)
	if a := h.want(400, manager, "DELETE", "/flows/"+mine.flow, ""); !strings.Contains(a.body, "Ann") {
		t.Error(a.body)
	}
	h.want(200, manager, "PATCH", "/endpoints/"+mine.endpoint, `{"scheduledFlows":[]}`)
	h.want(204, manager, "DELETE", "/flows/"+mine.flow, "")
}
