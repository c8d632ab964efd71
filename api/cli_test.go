package api

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"ringflow/api/apitest"
)

type thing = apitest.Thing

// The public client works through all that an operator does.
func TestOperatorsClient(t *testing.T) {
	h := newHouse(t)
	makesReports(h)
	c := &apitest.Client{TB: t, URL: h.url}
	c.Want(apitest.Unknown, "GET", "/flows", nil, nil)
	c.Want(apitest.Unknown, "POST", "/auth/credentials", nil, thing{"provider": "credentials", "userName": "manager@default.test", "password": "wrong"})
	account := c.Login("manager@default.test", password)[0]
	in := url.Values{"accountIds": {account}}
	with := func(more ...string) url.Values {
		q := url.Values{"accountIds": {account}}
		for i := 0; i < len(more); i += 2 {
			q.Set(more[i], more[i+1])
		}
		return q
	}
	one := url.Values{"accountId": {account}}
	c.Want(apitest.Done, "GET", "/accounts/"+account, nil, nil)
	c.Want(apitest.NotThere, "GET", "/accounts/"+h.other, nil, nil)

	user := c.Want(apitest.Done, "POST", "/endpoints/users", nil, thing{"accountId": account, "firstName": "Ann"})["id"].(string)
	number := c.Want(apitest.Done, "POST", "/endpoints/phone-numbers", nil, thing{"accountId": account, "number": "+18005550123"})["id"].(string)
	c.Want(apitest.Done, "GET", "/endpoints", with("type", "PhoneNumber", "nameFilter", "0123"), nil)
	c.Want(apitest.Empty, "GET", "/endpoints", with("type", "AssistantBot"), nil)
	if l := c.Want(apitest.Done, "GET", "/endpoints", with("specificIds", user+","+number), nil)["items"].([]any); len(l) != 2 {
		t.Errorf("%d of 2 ids joined by a comma", len(l))
	}
	customer := c.Want(apitest.Done, "POST", "/customers", nil, thing{"accountId": account, "name": "Acme"})["id"].(string)
	c.Want(apitest.Done, "PATCH", "/customers/"+customer, nil, thing{"referenceId": "7"})
	c.Want(apitest.Done, "GET", "/customers", in, nil)

	flow := c.Want(apitest.Done, "POST", "/flows", nil, thing{"accountId": account, "name": "SMOKE", "description": "d", "notes": "n", "parameters": []any{}, "exits": []any{}, "nodes": []any{}, "roles": []any{}})["id"].(string)
	sub := c.Want(apitest.Done, "POST", "/flows", nil, thing{"accountId": account, "name": "SUB", "nodes": []any{thing{"id": "a", "isStartNode": true, "spec": thing{"typeName": "SayNode", "url": "/json/reply/SayNode"}, "parameters": thing{}}}})["id"].(string)
	start := thing{"id": "start", "isStartNode": true, "spec": thing{"typeName": "FlowNode", "url": "/flows/start?flowId=" + sub}, "parameters": thing{"Next": thing{"id": "p", "type": "Transition", "value": thing{}}}, "x": nil, "n": 45.0}
	c.Edit(flow, []any{start})
	start["parameters"].(thing)["Next"].(thing)["value"] = thing{"stringValue": "tell"}
	c.Edit(flow, []any{start, thing{"id": "tell", "spec": thing{"typeName": "SayNode", "url": "/json/reply/SayNode"}, "parameters": thing{}}})
	c.Want(apitest.Done, "PATCH", "/endpoints/"+number, nil, thing{"flowId": flow})
	c.Want(apitest.Done, "GET", "/flows", with("all", "true", "includeNodes", "true"), nil)
	if l := c.Want(apitest.Done, "GET", "/endpoints", with("flowIds", flow, "all", "true"), nil)["items"].([]any); len(l) != 1 {
		t.Errorf("the flow has %d endpoints", len(l))
	}
	c.Want(apitest.Done, "GET", "/system/settings", one, nil)
	c.Want(apitest.Done, "PATCH", "/json/reply/PatchSystemSettings", nil, thing{"accountId": account, "documentation": "d"})
	c.Want(apitest.Done, "GET", "/json/reply/ListLogEntries", in, nil)

	packed := c.Want(apitest.Done, "GET", "/packages", url.Values{"accountId": {account}, "flowIds": {flow}}, nil)
	theirs := &apitest.Client{TB: t, URL: h.url}
	theirs.Login("manager@other.test", password)
	made := theirs.Want(apitest.Done, "POST", "/packages", nil, thing{"accountId": h.other, "package": packed})["flows"].([]any)
	if got := theirs.Want(apitest.Done, "GET", "/flows/"+made[0].(thing)["id"].(string), nil, nil); len(made) != 2 || !strings.Contains(apitest.Canonical(t, got["nodes"]), made[1].(thing)["id"].(string)) {
		t.Errorf("%v", got)
	}

	file, uri := c.Upload(account, "a.txt", "hello")
	if exit, text := c.Run("GET", uri, nil, nil, ""); exit != apitest.Done || text != "hello" {
		t.Errorf("%d %q", exit, text)
	}
	c.Want(apitest.Done, "DELETE", "/files/"+file, nil, nil)
	c.Want(apitest.NotThere, "GET", "/files/"+file, nil, nil)

	call := c.Want(apitest.Done, "POST", "/sessions/outgoing", nil, thing{"flowId": flow, "numberToDial": "+18005550199"})["id"].(string)
	if len(c.Log(call)) == 0 {
		t.Error("the session has no log")
	}
	c.Want(apitest.Done, "GET", "/sessions/"+call, nil, nil)
	c.Want(apitest.Done, "GET", "/calls/active", one, nil)
	c.Want(apitest.Done, "DELETE", "/sessions/"+call, nil, nil)
	c.Want(apitest.Forbidden, "GET", "/sessions/active", nil, nil)

	for _, path := range []string{"/reports/cdr", "/reports/call-history", "/json/reply/EndpointsReport"} {
		id := c.Want(apitest.Done, "POST", path, nil, thing{"accountId": account, "startDate": "2026-01-01", "timeZoneId": "Europe/Berlin"})["id"].(string)
		h.reported(manager, id) // when it is done
		if exit, text := c.Run("GET", "/reports/"+id+".xlsx", nil, nil, ""); exit != apitest.Done || !strings.HasPrefix(text, "PK") {
			t.Errorf("%s: %d, %d bytes", path, exit, len(text))
		}
		c.Want(apitest.Done, "DELETE", "/reports/"+id, nil, nil)
		c.Want(apitest.NotThere, "DELETE", "/reports/"+id, nil, nil)
	}
	if left := c.Want(apitest.Done, "GET", "/reports", one, nil)["reports"].([]any); len(left) != 0 {
		t.Errorf("%v", left)
	}
	c.Want(apitest.Done, "DELETE", "/endpoints/"+number, nil, nil)
	c.Want(apitest.Done, "DELETE", "/flows/"+flow, nil, nil)
	c.Want(apitest.NotThere, "GET", "/flows/"+flow, nil, nil)
}

// 2,000 nodes with all that clients put into them come back as they went.
func TestLargeFlowInFull(t *testing.T) {
	h := newHouse(t)
	var b strings.Builder
	for i := range 2000 {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"unknown":{"z":[3,1,2],"a":null},"id":"n%d","isStartNode":%t,"x":45.0,"y":45,"big":12345678901234567890,"name":"Ü & <b>","spec":{"url":"/json/reply/SayNode","typeName":"SayNode"},"parameters":{"Next":{"id":"p%d","type":"Transition","value":{}}}}`, i, i == 0, i)
	}
	nodes := "[" + b.String() + "]"
	id := h.newFlow(manager, `{"name":"Large","nodes":`+nodes+`}`)
	if f := decode[FlowInfo](t, h.want(200, manager, "GET", "/flows/"+id, "")); string(f.Nodes) != nodes || f.NodeCount != 2000 {
		t.Errorf("JSON: %d nodes, %d bytes of %d", f.NodeCount, len(f.Nodes), len(nodes))
	}
	escaped := strings.NewReplacer("&", "&amp;", "<", "&lt;").Replace(nodes)
	h.want(200, manager, "PATCH", "/flows/"+id, `{"nodes":[]}`)
	h.want(200, manager, "PATCH", "/flows/"+id, "<PatchFlow><Nodes>"+escaped+"</Nodes></PatchFlow>", header("Content-Type", "application/xml"))
	if f := decode[FlowInfo](t, h.want(200, manager, "GET", "/flows/"+id, "")); string(f.Nodes) != nodes {
		t.Errorf("XML: %d bytes of %d", len(f.Nodes), len(nodes))
	}
}
