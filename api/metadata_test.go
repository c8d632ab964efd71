package api

import (
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"ringflow/api/form"
)

// The index leads to a page of every operation in every format, and tells what
// isn't served.
func TestMetadata(t *testing.T) {
	h := newHouse(t)
	index := h.want(200, nobody, "GET", "/metadata", "")
	for _, o := range operations() {
		for _, f := range form.Formats() {
			if link := "/" + string(f) + "/metadata?op=" + o.Name; !strings.Contains(index.body, `"`+link+`"`) {
				t.Errorf("the index doesn't lead to %s", link)
			}
		}
		a := h.want(200, nobody, "GET", "/json/metadata?op="+strings.ToUpper(o.Name), "")
		if !isPage(a) || !strings.Contains(a.body, "<h2>"+o.Name+"</h2>") || !strings.Contains(html.UnescapeString(a.body), o.Summary) {
			t.Errorf("%s: %s", o.Name, a.body)
		}
		if strings.Contains(a.body, "Requires Authentication") == o.Anonymous {
			t.Errorf("%s: who may isn't told", o.Name)
		}
		s := form.NewCodec(o.request).Shape(o.request)
		for _, m := range s.Members {
			if !strings.Contains(a.body, "<td><code>"+m.JSON+"</code></td>") {
				t.Errorf("%s: no parameter %s", o.Name, m.JSON)
			}
		}
	}
	for _, o := range outOfScope(operations()) {
		if !strings.Contains(index.body, "<th>"+o.Name+"</th>") {
			t.Errorf("the index doesn't tell that %s is missing", o.Name)
		}
	}
	h.want(404, nobody, "GET", "/json/metadata?op=Nobody", "")
	h.want(400, nobody, "GET", "/json/metadata?op=GetFlow&lang=cobol", "")
}

// A page has what the original's have: who may, routes, parameters, samples.
func TestMetadataPage(t *testing.T) {
	h := newHouse(t)
	host := strings.TrimPrefix(h.url, "http://")
	for format, wants := range map[string][]string{
		"json":  {"POST /sessions/outgoing HTTP/1.1", "Accept: application/json", `"numberToDial": "String"`, "Content-Type: application/json; charset=utf-8"},
		"xml":   {"Content-Type: application/xml", `<NewOutgoingSession xmlns:i="http://www.w3.org/2001/XMLSchema-instance" xmlns="http://schemas.datacontract.org/2004/07/Voice.Api.Sessions">`, "<NumberToDial>String</NumberToDial>", "<CallState>Disconnected</CallState>"},
		"jsv":   {"{flowId:String,numberToDial:String,"},
		"csv":   {"Accept: text/csv", "id,dateCreated,"},
		"jsonl": {"Accept: text/jsonl"},
	} {
		a := h.want(200, nobody, "GET", "/"+format+"/metadata?op=NewOutgoingSession", "")
		text := html.UnescapeString(a.body)
		for _, want := range append(wants, "Requires any of the roles: SystemAdministrator, Manager", "Host: "+host, "/json|xml|csv|jsv|jsonl}/reply/NewOutgoingSession"[6:], "append the <strong>."+format+"</strong> suffix", "SessionInfo", "<td>body</td>") {
			if !strings.Contains(text, want) {
				t.Errorf("%s: no %s in\n%s", format, want, text)
			}
		}
	}
	a := h.want(200, nobody, "GET", "/json/metadata?op=GetFlow", "")
	for _, want := range []string{"<td><code>flowId</code></td><td>path</td><td>string</td><td>Yes</td>", "GET /flows/{flowId} HTTP/1.1", "<code>nodes</code>"} {
		if !strings.Contains(a.body, want) {
			t.Errorf("no %s in\n%s", want, a.body)
		}
	}
	source := html.UnescapeString(h.want(200, nobody, "GET", "/json/metadata?op=NewOutgoingSession&lang=TypeScript", "").body)
	for _, want := range []string{"export class NewOutgoingSession implements IReturn<SessionInfo> {", "public flowId?: string;", "public flowParams?: Struct;", "public legs?: SessionLegInfo[];", "export enum SessionCallState {", `getMethod() { return "POST"; }`} {
		if !strings.Contains(source, want) {
			t.Errorf("no %s in\n%s", want, source)
		}
	}
	all := h.want(200, nobody, "GET", "/types/typescript", "")
	if strings.Count(all.body, "{") != strings.Count(all.body, "}") || !strings.Contains(all.body, "export class ListResponseOfFlowInfo {") || strings.Count(all.body, "export class FlowInfo ") != 1 {
		t.Error(all.body)
	}
}

// The page of the whole API has all of it, and the browser runs nothing but its script.
func TestDocsPage(t *testing.T) {
	h := newHouse(t)
	a := h.want(200, nobody, "GET", "/docs", "")
	if !isPage(a) {
		t.Fatal(a.Header)
	}
	for _, o := range operations() {
		if !strings.Contains(a.body, `id="`+o.Name+`"`) {
			t.Errorf("no %s", o.Name)
		}
	}
	for _, want := range []string{`id="type-FlowInfo"`, `href="#type-FlowInfo"`, `id="type-SessionCallState"`, `id="search"`} {
		if !strings.Contains(a.body, want) {
			t.Errorf("no %s", want)
		}
	}
	policy := a.Header.Get("Content-Security-Policy")
	if strings.Contains(policy, "unsafe") || !strings.Contains(policy, "default-src 'none'") || strings.Count(policy, "sha256-") != 2 || strings.Contains(a.body, " src=") || strings.Contains(a.body, "https://") {
		t.Error(policy)
	}
}

// Nothing that comes with a request becomes a part of a page.
func TestMetadataEscapes(t *testing.T) {
	h := newHouse(t)
	for _, p := range payloads {
		for _, path := range []string{"/metadata?op=" + url.QueryEscape(p), "/json/metadata?op=GetFlow&lang=" + url.QueryEscape(p)} {
			if a := h.do(nobody, "GET", path, ""); a.StatusCode >= 500 || strings.Contains(a.body, "<script>alert") || strings.Contains(a.body, "<img") {
				t.Errorf("%s: %d %s", path, a.StatusCode, a.body)
			}
		}
	}
	a := h.want(200, nobody, "GET", "/json/metadata?op=GetFlow", "", func(r *http.Request) { r.Host = "x<b>.test" })
	if strings.Contains(a.body, "x<b>") {
		t.Error(a.body)
	}
}

func isPage(a answer) bool {
	return a.Header.Get("Content-Type") == "text/html; charset=utf-8" && strings.HasPrefix(a.body, "<!doctype html>") && a.Header.Get("X-Content-Type-Options") == "nosniff"
}
