package api

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// The contract's public client, request by request: cookies by name=value only,
// lists joined by commas, no body no type, and the hash of a graph compared
// before and after each edit.
func TestPublicClient(t *testing.T) {
	h := newHouse(t)
	agent := func(r *http.Request) {
		r.Header.Set("User-Agent", "evo-voice-cli/0.2.0")
		r.Header.Set("Accept", "application/json")
	}
	login := h.want(200, agent, "POST", "/auth/credentials", strings.Replace(credentials, adminEmail, "manager@default.test", 1))
	me := func(r *http.Request) {
		agent(r)
		cookies(login, "ss-id", "ss-pid", "ss-opt")(r)
	}
	status := decode[UserInfo](t, h.want(200, me, "GET", "/auth/status", ""))
	if !status.IsAuthenticated || len(status.AccountIds) != 1 || len(status.AccountNames) != 1 || status.EmailAddress != "manager@default.test" {
		t.Fatalf("%+v", status)
	}
	account := status.AccountIds[0]
	h.want(200, me, "GET", "/accounts/"+account, "")
	if a := h.want(200, me, "GET", "/endpoints?accountIds="+account+"&type=AssistantBot&countPerPage=5", ""); a.body != `{"items":[],"totalCount":0,"totalPages":0,"hasMorePages":false}` {
		t.Error(a.body)
	}

	made := decode[FlowInfo](t, h.want(200, me, "POST", "/flows", `{"name":"SMOKE","description":"Disposable","parameters":[],"exits":[],"nodes":`+awkward+`,"roles":[],"accountId":"`+account+`"}`))
	if l := decode[ListResponse[FlowInfo]](t, h.want(200, me, "GET", "/flows?accountIds="+account+"&nameFilter=SMOKE&all=true", "")); len(l.Items) != 1 || l.Items[0].Id != made.Id {
		t.Errorf("%+v", l)
	}
	before := decode[FlowInfo](t, h.want(200, me, "GET", "/flows/"+made.Id, ""))
	again := decode[FlowInfo](t, h.want(200, me, "GET", "/flows/"+made.Id, ""))
	if hash(t, before.Nodes) != hash(t, again.Nodes) {
		t.Error("two reads differ")
	}
	var nodes []map[string]any
	if err := json.Unmarshal(before.Nodes, &nodes); err != nil {
		t.Fatal(err)
	}
	nodes[1]["parameters"] = map[string]any{"Text": map[string]any{"id": "new", "type": "String", "source": "Value", "value": map[string]any{}}}
	edited, err := json.Marshal(nodes)
	if err != nil {
		t.Fatal(err)
	}
	h.want(200, me, "PATCH", "/flows/"+made.Id, `{"nodes":`+string(edited)+`}`)
	if after := decode[FlowInfo](t, h.want(200, me, "GET", "/flows/"+made.Id, "")); hash(t, after.Nodes) != hash(t, edited) {
		t.Error("the edit isn't what is read")
	}
	h.want(200, me, "GET", "/flows?accountIds="+account+"&all=true&includeNodes=true", "")
	h.want(200, me, "GET", "/endpoints?accountIds="+account+"&flowIds="+made.Id+","+made.Id+"&all=true", "")
	h.want(200, me, "GET", "/system/settings?accountId="+account, "")

	out := decode[SessionInfo](t, h.want(200, me, "POST", "/sessions/outgoing", `{"flowId":"`+made.Id+`","numberToDial":"+18005550199"}`))
	if l := decode[ListResponse[SessionInfo]](t, h.want(200, me, "GET", "/sessions?specificIds="+out.Id+"&countPerPage=1&simplifiedPaging=true", "")); len(l.Items) != 1 || len(l.Items[0].Log) == 0 {
		t.Errorf("%+v", l)
	}
	h.want(200, me, "GET", "/sessions?accountIds="+account+"&startDate=2026-01-01&log=x&sortOrder=Descend", "")
	h.want(200, me, "GET", "/calls/active?accountId="+account, "")
	h.want(204, me, "DELETE", "/flows/"+made.Id, "")
	h.want(404, me, "GET", "/flows/"+made.Id, "")
	if l := decode[ListResponse[LogEntryInfo]](t, h.want(200, me, "GET", "/json/reply/ListLogEntries?accountIds="+account+"&customerIds=_&startDate=2026-01-01", "")); len(l.Items) == 0 {
		t.Errorf("%+v", l)
	}
}
