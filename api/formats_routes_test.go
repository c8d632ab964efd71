package api

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// The pre-defined routes take any verb, any case and any way to say what is
// wanted, and answer in their own format unless a suffix says another.
func TestPredefinedRoutes(t *testing.T) {
	h := newHouse(t)
	flow := h.furnish(h.account).flow
	plain := func(r *http.Request) { r.Header.Del("Content-Type") }
	for _, c := range []struct{ verb, path, body, want string }{
		{"GET", "/json/reply/GetFlow?flowId=" + flow, "", "application/json"},
		{"PUT", "/json/reply/GETFLOW?FLOWID=" + flow, "", "application/json"},
		{"DELETE", "/xml/reply/getflow?FlowId=" + flow, "", "application/xml"},
		{"POST", "/csv/reply/GetFlow", `{"flowId":"` + flow + `"}`, "text/csv"},
		{"POST", "/jsonl/reply/GetFlow", `{"FLOWID":"` + flow + `"}`, "text/jsonl"},
		{"POST", "/jsv/reply/GetFlow", "{flowId:" + flow + "}", "text/jsv"},
		{"POST", "/xml/reply/GetFlow", "<GetFlow><FlowId>" + flow + "</FlowId></GetFlow>", "application/xml"},
		{"POST", "/XML/Reply/GetFlow", "<GetFlow><FlowId>" + flow + "</FlowId></GetFlow>", "application/xml"},
		{"PATCHY", "/api/GetFlow?flowId=" + flow, "", "application/json"},
		{"GET", "/api/GetFlow.xml?flowId=" + flow, "", "application/xml"},
		{"GET", "/api/GetFlow?format=jsv&flowId=" + flow, "", "text/jsv"},
		{"GET", "/json/reply/GetFlow.csv?flowId=" + flow, "", "text/csv"},
	} {
		a := h.want(200, admin, c.verb, c.path, c.body, plain)
		if got := a.Header.Get("Content-Type"); got != c.want+"; charset=utf-8" || !strings.Contains(a.body, flow) {
			t.Errorf("%s %s: %s %s", c.verb, c.path, got, a.body)
		}
	}
	h.want(400, admin, "GET", "/json/reply/GetFlow", "") // of no flow
	h.want(404, admin, "GET", "/yaml/reply/GetFlow?flowId="+flow, "")
	h.want(404, admin, "GET", "/json/ask/GetFlow?flowId="+flow, "")
}

// One way: it is done, and nothing is told but that.
func TestOneway(t *testing.T) {
	h := newHouse(t)
	flow := h.furnish(h.account).flow
	for format, body := range map[string]string{
		"json": `{"flowId":"` + flow + `","notes":"by json"}`, "xml": "<PatchFlow><FlowId>" + flow + "</FlowId><Notes>by xml</Notes></PatchFlow>",
		"jsv": "{flowId:" + flow + ",notes:by jsv}", "csv": `{"flowId":"` + flow + `","notes":"by csv"}`,
	} {
		a := h.want(204, admin, "POST", "/"+format+"/oneway/PatchFlow", body, func(r *http.Request) { r.Header.Del("Content-Type") })
		if got := decode[FlowInfo](t, h.want(200, admin, "GET", "/flows/"+flow, "")); got.Notes != "by "+format || a.body != "" {
			t.Errorf("%s: %q, answered %q", format, got.Notes, a.body)
		}
	}
	h.want(404, admin, "POST", "/json/oneway/PatchFlow?flowId=nobody", "")
	h.want(401, nobody, "POST", "/json/oneway/PatchFlow?flowId="+flow, "")
}

// JSON is answered, and no script: there is no JSONP.
func TestNoJSONP(t *testing.T) {
	h := newHouse(t)
	a := h.want(200, admin, "GET", "/accounts.json?callback=alert", "")
	if !json.Valid([]byte(a.body)) || strings.Contains(a.body, "alert") {
		t.Error(a.body)
	}
}

// Complex members stand in a query as JSV or JSON; dates as people and as .NET write them.
func TestQueries(t *testing.T) {
	h := newHouse(t)
	query := "accountId=" + h.account + "&firstName=Ann&DATA={Tier:{stringValue:Gold},Rate:{numberValue:1.5}}&flowParams={\"Who\":{\"boolValue\":true}}"
	made := decode[EndpointInfo](t, h.want(200, admin, "POST", "/endpoints/users?"+strings.NewReplacer(`"`, "%22", "{", "%7B", "}", "%7D").Replace(query), ""))
	if d := made.Data; d["Tier"].String == nil || *d["Tier"].String != "Gold" || d["Rate"].Number == nil || *d["Rate"].Number != 1.5 || made.FlowParams["Who"].Bool == nil {
		t.Errorf("%+v %+v", made.Data, made.FlowParams)
	}
	found := decode[ListResponse[EndpointInfo]](t, h.want(200, admin, "GET", "/endpoints?accountIds="+h.account+"&FlowParametersFilter=%7BWho:%7BboolValue:true%7D%7D", ""))
	if len(found.Items) != 1 || found.Items[0].Id != made.Id {
		t.Errorf("%+v", found)
	}
	for _, date := range []string{"2026-01-01", "2026-01-01T00:00:00Z", "2026-01-01T01:00:00%2B01:00", "/Date(1767225600000)/", "/Date(1767225600000-0500)/", "%5C/Date(1767225600000)%5C/"} {
		h.want(204, admin, "DELETE", "/sessions?accountId="+h.account+"&startDateTime=2020-01-01&endDateTime="+date, "")
	}
}

// TestOnewayOfBytes wants no body of what answers with bytes or streams, and the same refusals.
func TestOnewayOfBytes(t *testing.T) {
	h := newHouse(t)
	file := h.furnish(h.account).file
	for _, c := range []struct{ name, query string }{{"GetFileContent", "fileId=" + file}, {"WatchEvents", "accountIds=" + h.account}} {
		path := "/json/oneway/" + c.name + "?" + c.query
		if a := h.want(204, admin, "GET", path, ""); a.body != "" {
			t.Errorf("%s: %q", c.name, a.body)
		}
		h.want(404, basic("manager@other.test"), "GET", path, "")
		h.want(401, nobody, "GET", path, "")
	}
}
