package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// cli is a client that knows the contract's description of the public one and
// nothing of this server: cookies by name=value, lists joined by commas, one
// more try after 429 and 5xx, a redirect is a failure, and exit codes.
type cli struct {
	*testing.T
	url     string
	cookies []string
}

var noRedirects = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

// run is one command's request, and how the client would exit.
func (c *cli) run(verb, path string, query url.Values, body []byte, kind string) (exit int, answer string) {
	c.Helper()
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	for try := 0; ; try++ {
		req, err := http.NewRequestWithContext(c.Context(), verb, c.url+path, bytes.NewReader(body))
		if err != nil {
			c.Fatal(err)
		}
		req.Header.Set("User-Agent", "evo-voice-cli/0.2.0")
		req.Header.Set("Accept", "application/json")
		if len(c.cookies) > 0 {
			req.Header.Set("Cookie", strings.Join(c.cookies, "; "))
		}
		if body != nil {
			req.Header.Set("Content-Type", kind)
		}
		resp, err := noRedirects.Do(req)
		if err != nil {
			c.Fatal(err)
		}
		text, err := io.ReadAll(resp.Body)
		if err := errors.Join(err, resp.Body.Close()); err != nil {
			c.Fatal(err)
		}
		if set := resp.Header.Values("Set-Cookie"); len(set) > 0 {
			c.cookies = nil
			for _, s := range set {
				pair, _, _ := strings.Cut(s, ";")
				c.cookies = append(c.cookies, pair)
			}
		}
		status := resp.StatusCode
		if try == 0 && (status == 429 || status >= 500) {
			continue
		}
		switch {
		case status == 401:
			return 4, string(text)
		case status == 403:
			return 6, string(text)
		case status == 404:
			return 5, string(text)
		case status == 429:
			return 7, string(text)
		case status >= 500:
			return 8, string(text)
		case status < 200 || status > 299: // a redirect, too
			return 1, string(text)
		}
		var list struct{ Items *[]any }
		if json.Unmarshal(text, &list) == nil && list.Items != nil && len(*list.Items) == 0 {
			return 3, string(text)
		}
		return 0, string(text)
	}
}

// want runs a command that must exit so; body is JSON.
func (c *cli) want(exit int, verb, path string, query url.Values, body any) map[string]any {
	c.Helper()
	var raw []byte
	if body != nil {
		var err error
		if raw, err = json.Marshal(body); err != nil {
			c.Fatal(err)
		}
	}
	got, text := c.run(verb, path, query, raw, "application/json")
	if got != exit {
		c.Fatalf("%s %s exits %d, want %d: %s", verb, path, got, exit, text)
	}
	var out map[string]any
	if text != "" && json.Unmarshal([]byte(text), &out) != nil {
		c.Logf("%s %s answers %s", verb, path, text)
	}
	return out
}

// edit writes nodes and compares the hash of what is there then.
func (c *cli) edit(flow string, nodes any) {
	c.Helper()
	c.want(0, "PATCH", "/flows/"+flow, nil, map[string]any{"nodes": nodes})
	if after := c.want(0, "GET", "/flows/"+flow, nil, nil); canonical(c.T, after["nodes"]) != canonical(c.T, nodes) {
		c.Fatal("exit 12: what was written isn't what is there")
	}
}

type thing = map[string]any

// The public client works through all that an operator does.
func TestOperatorsClient(t *testing.T) {
	h := newHouse(t)
	makesReports(h)
	login := &cli{T: t, url: h.url}
	login.want(4, "GET", "/flows", nil, nil)
	login.want(4, "POST", "/auth/credentials", nil, thing{"provider": "credentials", "userName": "manager@default.test", "password": "wrong"})
	login.want(0, "POST", "/auth/credentials", nil, thing{"provider": "credentials", "userName": "manager@default.test", "password": password, "rememberMe": true})
	status := login.want(0, "GET", "/auth/status", nil, nil)
	account := status["accountIds"].([]any)[0].(string)
	if status["isAuthenticated"] != true || len(status["accountNames"].([]any)) != 1 {
		t.Fatalf("%v", status)
	}
	in := url.Values{"accountIds": {account}}
	with := func(more ...string) url.Values {
		q := url.Values{"accountIds": {account}}
		for i := 0; i < len(more); i += 2 {
			q.Set(more[i], more[i+1])
		}
		return q
	}
	one := url.Values{"accountId": {account}}
	c := login
	c.want(0, "GET", "/accounts/"+account, nil, nil)
	c.want(5, "GET", "/accounts/"+h.other, nil, nil)

	user := c.want(0, "POST", "/endpoints/users", nil, thing{"accountId": account, "firstName": "Ann"})["id"].(string)
	number := c.want(0, "POST", "/endpoints/phone-numbers", nil, thing{"accountId": account, "number": "+18005550123"})["id"].(string)
	c.want(0, "GET", "/endpoints", with("type", "PhoneNumber", "nameFilter", "0123"), nil)
	c.want(3, "GET", "/endpoints", with("type", "AssistantBot"), nil)
	if l := c.want(0, "GET", "/endpoints", with("specificIds", user+","+number), nil)["items"].([]any); len(l) != 2 {
		t.Errorf("%d of 2 ids joined by a comma", len(l))
	}
	customer := c.want(0, "POST", "/customers", nil, thing{"accountId": account, "name": "Acme"})["id"].(string)
	c.want(0, "PATCH", "/customers/"+customer, nil, thing{"referenceId": "7"})
	c.want(0, "GET", "/customers", in, nil)

	flow := c.want(0, "POST", "/flows", nil, thing{"accountId": account, "name": "SMOKE", "description": "d", "notes": "n", "parameters": []any{}, "exits": []any{}, "nodes": []any{}, "roles": []any{}})["id"].(string)
	sub := c.want(0, "POST", "/flows", nil, thing{"accountId": account, "name": "SUB", "nodes": []any{thing{"id": "a", "isStartNode": true, "spec": thing{"typeName": "SayNode", "url": "/json/reply/SayNode"}, "parameters": thing{}}}})["id"].(string)
	start := thing{"id": "start", "isStartNode": true, "spec": thing{"typeName": "FlowNode", "url": "/flows/start?flowId=" + sub}, "parameters": thing{"Next": thing{"id": "p", "type": "Transition", "value": thing{}}}, "x": nil, "n": 45.0}
	c.edit(flow, []any{start})
	start["parameters"].(thing)["Next"].(thing)["value"] = thing{"stringValue": "tell"}
	c.edit(flow, []any{start, thing{"id": "tell", "spec": thing{"typeName": "SayNode", "url": "/json/reply/SayNode"}, "parameters": thing{}}})
	c.want(0, "PATCH", "/endpoints/"+number, nil, thing{"flowId": flow})
	c.want(0, "GET", "/flows", with("all", "true", "includeNodes", "true"), nil)
	if l := c.want(0, "GET", "/endpoints", with("flowIds", flow, "all", "true"), nil)["items"].([]any); len(l) != 1 {
		t.Errorf("the flow has %d endpoints", len(l))
	}
	c.want(0, "GET", "/system/settings", one, nil)
	c.want(0, "PATCH", "/json/reply/PatchSystemSettings", nil, thing{"accountId": account, "documentation": "d"})
	c.want(0, "GET", "/json/reply/ListLogEntries", in, nil)

	packed := c.want(0, "GET", "/packages", url.Values{"accountId": {account}, "flowIds": {flow}}, nil)
	theirs := &cli{T: t, url: h.url}
	theirs.want(0, "POST", "/auth/credentials", nil, thing{"provider": "credentials", "userName": "manager@other.test", "password": password})
	made := theirs.want(0, "POST", "/packages", nil, thing{"accountId": h.other, "package": packed})["flows"].([]any)
	if got := theirs.want(0, "GET", "/flows/"+made[0].(thing)["id"].(string), nil, nil); len(made) != 2 || !strings.Contains(canonical(t, got["nodes"]), made[1].(thing)["id"].(string)) {
		t.Errorf("%v", got)
	}

	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	part, err := w.CreateFormFile("file", "a.txt")
	if err == nil {
		_, err = fmt.Fprint(part, "hello")
	}
	if err := errors.Join(err, w.WriteField("accountId", account), w.Close()); err != nil {
		t.Fatal(err)
	}
	exit, text := c.run("POST", "/files", nil, b.Bytes(), w.FormDataContentType())
	var file struct{ ID, URI string }
	if exit != 0 || json.Unmarshal([]byte(text), &file) != nil {
		t.Fatalf("%d %s", exit, text)
	}
	if exit, text := c.run("GET", file.URI, nil, nil, ""); exit != 0 || text != "hello" {
		t.Errorf("%d %q", exit, text)
	}
	c.want(0, "DELETE", "/files/"+file.ID, nil, nil)
	c.want(5, "GET", "/files/"+file.ID, nil, nil)

	call := c.want(0, "POST", "/sessions/outgoing", nil, thing{"flowId": flow, "numberToDial": "+18005550199"})["id"].(string)
	l := c.want(0, "GET", "/sessions", url.Values{"specificIds": {call}, "countPerPage": {"1"}, "simplifiedPaging": {"true"}}, nil)["items"].([]any)
	if len(l) != 1 || len(l[0].(thing)["log"].([]any)) == 0 {
		t.Errorf("%v", l)
	}
	c.want(0, "GET", "/sessions/"+call, nil, nil)
	c.want(0, "GET", "/calls/active", one, nil)
	c.want(0, "DELETE", "/sessions/"+call, nil, nil)
	c.want(6, "GET", "/sessions/active", nil, nil)

	for _, path := range []string{"/reports/cdr", "/reports/call-history", "/json/reply/EndpointsReport"} {
		id := c.want(0, "POST", path, nil, thing{"accountId": account, "startDate": "2026-01-01", "timeZoneId": "Europe/Berlin"})["id"].(string)
		h.reported(manager, id) // when it is done
		if exit, text := c.run("GET", "/reports/"+id+".xlsx", nil, nil, ""); exit != 0 || !strings.HasPrefix(text, "PK") {
			t.Errorf("%s: %d, %d bytes", path, exit, len(text))
		}
		c.want(0, "DELETE", "/reports/"+id, nil, nil)
		c.want(5, "DELETE", "/reports/"+id, nil, nil)
	}
	if left := c.want(0, "GET", "/reports", one, nil)["reports"].([]any); len(left) != 0 {
		t.Errorf("%v", left)
	}
	c.want(0, "DELETE", "/endpoints/"+number, nil, nil)
	c.want(0, "DELETE", "/flows/"+flow, nil, nil)
	c.want(5, "GET", "/flows/"+flow, nil, nil)
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
