package api

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"
)

var manager = basic("manager@default.test")

// played is what came of a story, line by line.
type played struct {
	lines  []storyLine
	result *storyResult
	failed string
}

func read(t *testing.T, body string) played {
	t.Helper()
	var p played
	for line := range strings.SplitSeq(strings.TrimSpace(body), "\n") {
		if data, ok := strings.CutPrefix(line, "data: "); ok {
			line = data
		} else if line == "" || strings.HasPrefix(line, "event: ") {
			continue
		}
		var o struct {
			storyLine
			Result         *storyResult
			ResponseStatus *ResponseStatus
		}
		if err := json.Unmarshal([]byte(line), &o); err != nil || p.result != nil || p.failed != "" {
			t.Fatalf("%v in %s of\n%s", err, line, body)
		}
		switch {
		case o.Result != nil:
			p.result = o.Result
		case o.ResponseStatus != nil:
			p.failed = o.ResponseStatus.ErrorCode + ": " + o.ResponseStatus.Message
		default:
			p.lines = append(p.lines, o.storyLine)
		}
	}
	return p
}

// open sends a story and leaves the answer to be read.
func (h *house) open(ctx context.Context, who as, path, story string, more ...as) *http.Response {
	h.Helper()
	req, err := http.NewRequestWithContext(ctx, "POST", h.url+path, strings.NewReader(story))
	if err != nil {
		h.Fatal(err)
	}
	who(req)
	for _, m := range more {
		m(req)
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		h.Fatal(err)
	}
	return resp
}

// The transcript comes while the story plays: its first line is read before
// the flow may go on.
func TestStoryStreams(t *testing.T) {
	h := newHouse(t)
	for _, c := range []struct{ accept, kind, first string }{
		{"", "application/x-ndjson", `{"time":"00:00.0","text":"Greet starts: WhatToSay = \"Hello.\""}`},
		{"application/json", "application/x-ndjson", `{"time":"00:00.0",`},
		{"*/*", "application/x-ndjson", `{"time":"00:00.0",`},
		{"text/event-stream;q=0.1, application/x-ndjson", "application/x-ndjson", `{"time":"00:00.0",`},
		{"text/event-stream", "text/event-stream", "event: log"},
		{"application/json;q=0.9, text/event-stream", "text/event-stream", "event: log"},
	} {
		t.Run(c.accept, func(t *testing.T) {
			g := newGate(t.Name())
			id := h.newFlow(manager, gated(t.Name()))
			resp := h.open(t.Context(), manager, "/flows/"+id+"/test", "expect: {path: ['Greet: Done', 'Gate: Done', 'Bye: Done', End], heard: [Hello, Goodbye]}", header("Accept", c.accept))
			defer resp.Body.Close()
			r := bufio.NewReader(resp.Body)
			first, err := r.ReadString('\n')
			if err != nil || resp.StatusCode != 200 || resp.Header.Get("Content-Type") != c.kind || !strings.HasPrefix(first, c.first) {
				t.Fatalf("%d %v %q %v", resp.StatusCode, resp.Header, first, err)
			}
			<-g.came
			close(g.open)
			var rest strings.Builder
			if _, err := r.WriteTo(&rest); err != nil {
				t.Fatal(err)
			}
			p := read(t, first+rest.String())
			if p.result == nil || !p.result.Passed || p.result.End != "Ended" || p.result.Duration != "00:00.8" || len(p.lines) < 8 || p.lines[len(p.lines)-1].Time != "00:00.8" {
				t.Errorf("%+v", p)
			}
			if c.kind == "text/event-stream" && !strings.Contains(rest.String(), "event: result\ndata: {\"result\":{\"name\":\"story 1\",\"passed\":true,") {
				t.Error(rest.String())
			}
		})
	}
}

// A story that fails tells the first difference, and when it was.
func TestStoryFails(t *testing.T) {
	h := newHouse(t)
	id := h.keepFlow(h.account, "../testdata/flows/menu.json")
	for _, c := range []struct {
		story string
		want  storyResult
	}{
		{`{"name": "wrong way", "script": [{"wait": "3s"}, "press 1"], "world": {"parties": {"alice": {"busy": "2s"}}}, "expect": {"path": ["Menu: Sales", "Ring Bob"], "outcome": "Never"}}`,
			storyResult{Name: "wrong way", What: "step 1", Expected: "Menu: Sales"}},
		{"name: other end\nexpect: {end: HungUp}", storyResult{Name: "other end", What: "end", Expected: "HungUp", Was: "Ended"}},
	} {
		p := read(t, h.want(200, manager, "POST", "/flows/"+id+"/test", c.story).body)
		r := p.result
		if r == nil || r.Passed || r.Name != c.want.Name || r.What != c.want.What || r.Expected != c.want.Expected || r.Was == "" || c.want.Was != "" && r.Was != c.want.Was || r.At == "" || r.At == "00:00.0" || len(r.Path) == 0 {
			t.Errorf("%+v of %s", r, c.story)
		}
	}
}

// What can't be played has a status of its own, and says where it is wrong.
func TestStoryRefused(t *testing.T) {
	h := newHouse(t)
	id := h.keepFlow(h.account, "../testdata/flows/menu.json")
	theirs := h.furnish(h.other).flow
	broken := h.newFlow(manager, `{"name":"Broken","nodes":[{"id":"a","spec":{"typeName":"NoNode"}}]}`)
	huge := `{"name": "` + strings.Repeat("x", maxStory) + `"}`
	for _, c := range []struct {
		status               int
		id, query, body, say string
	}{
		{404, theirs, "", "{}", "there is no flow"},
		{404, "nobody", "", "{}", "there is no flow"},
		{404, id, "?version=9", "{}", "there is no version of the flow"},
		{413, id, "", huge, "larger than 262144 bytes"},
		{400, id, "", "", "there is no story"},
		{400, id, "", "name: x\nscript:\n- jump", `story: line 3: unknown verb`},
		{400, id, "", "{\n\"wrold\": {}}", `story: line 2: there is no member \"wrold\" in a story`},
		{400, id, "", "flow: ../testdata/flows/menu.json", "story: flow: the path names the flow, and no file is read here"},
		{400, id, "", "flow: /etc/passwd", "no file is read here"},
		{400, id, "", "world: {flows: {x: menu.json}}", "story: world.flows names files"},
		{400, id, "", "a: &a x\nb: *a", "line 2: *a: aliases are not taken here"},
		{400, id, "", "session: {Nobody: x}", `session: a story can't set \"Nobody\"`},
		{400, id, "", "script: [press secret]", "the world has none"},
		{400, broken, "", "{}", "the story can't be played: Broken: "},
	} {
		a := h.want(c.status, manager, "POST", "/flows/"+c.id+"/test"+c.query, c.body)
		if !strings.Contains(a.body, c.say) || !strings.Contains(a.body, "responseStatus") {
			t.Errorf("%.60q: %s, want %s", c.body, a.body, c.say)
		}
	}
	h.want(401, nobody, "POST", "/flows/"+id+"/test", "{}")
	h.want(403, basic("user@default.test"), "POST", "/flows/"+id+"/test", "{}")
	h.want(404, basic("manager@other.test"), "POST", "/flows/"+id+"/test", "{}")
	h.want(200, admin, "POST", "/flows/"+id+"/test", "flow: "+id) // as --from-session writes it
	for _, kind := range []string{"application/yaml", "application/json", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"} {
		h.want(200, manager, "POST", "/flows/"+id+"/test", "name: any type", header("Content-Type", kind))
	}
}

// Who goes away ends the story, and so does the server.
func TestStoryIsCancelled(t *testing.T) {
	h := newHouse(t)
	ends := map[string]func(cancel func()){
		"client": func(cancel func()) { cancel() },
		"server": func(func()) { h.server.Close() },
	}
	for _, by := range []string{"client", "server"} {
		g := newGate(t.Name() + by)
		id := h.newFlow(manager, gated(t.Name()+by))
		ctx, cancel := context.WithCancel(t.Context())
		resp := h.open(ctx, manager, "/flows/"+id+"/test", "{}")
		r := bufio.NewReader(resp.Body)
		if _, err := r.ReadString('\n'); err != nil {
			t.Fatal(err)
		}
		<-g.came
		ends[by](cancel)
		select {
		case err := <-g.ended:
			if err == nil {
				t.Error("nothing ended it")
			}
		case <-time.After(time.Minute):
			t.Fatalf("the story goes on after the %s is gone", by)
		}
		var rest strings.Builder
		_, err := r.WriteTo(&rest)
		if by == "client" != errors.Is(err, context.Canceled) || by == "server" != strings.Contains(rest.String(), `{"responseStatus":{"errorCode":"ServiceUnavailable","message":"the server shuts down"}}`) {
			t.Errorf("%s: %v %s", by, err, rest.String())
		}
		cancel()
		resp.Body.Close()
	}
}

// More stories at once than the server takes are asked to come again.
func TestStoriesAtOnce(t *testing.T) {
	h := newHouse(t)
	id := h.keepFlow(h.account, "../testdata/flows/menu.json")
	var all []*gate
	for i := range cap(h.server.runs) {
		name := t.Name() + string(rune('a'+i))
		g := newGate(name)
		resp := h.open(t.Context(), manager, "/flows/"+h.newFlow(manager, gated(name))+"/test", "{}")
		defer resp.Body.Close()
		<-g.came
		all = append(all, g)
	}
	for _, path := range []string{"/test", "/explore"} {
		a := h.want(503, manager, "POST", "/flows/"+id+path, "{}")
		if a.Header.Get("Retry-After") == "" || !strings.Contains(a.body, "at work") {
			t.Error(a.Header, a.body)
		}
	}
	for _, g := range all {
		close(g.open)
		<-g.ended
	}
	h.want(200, manager, "POST", "/flows/"+id+"/test", "{}")
}

// The flow is the one that was saved last, or the version that is named; those
// that it starts are the account's, and no other's.
func TestStoryOfWhichFlow(t *testing.T) {
	h := newHouse(t)
	say := func(text string) string {
		return `"name":"Draft","nodes":[{"id":"a","name":"Say","isStartNode":true,"spec":{"typeName":"SayNode","url":"/json/reply/SayNode"},"parameters":{"WhatToSay":{"id":"p","type":"String","value":{"stringValue":"` + text + `"}}}}]`
	}
	id := h.newFlow(manager, "{"+say("Old")+"}")
	h.want(200, manager, "PATCH", "/flows/"+id, `{`+say("New")+`,"draft":true}`)
	for query, heard := range map[string]string{"": "New", "?version=1": "Old", "?version=2": "New"} {
		p := read(t, h.want(200, manager, "POST", "/flows/"+id+"/test"+query, "expect: {heard: ["+heard+"]}").body)
		if p.result == nil || !p.result.Passed {
			t.Errorf("%s: %+v", query, p)
		}
	}
	foreign := h.furnish(h.other).flow
	for sub, want := range map[string]string{id: "the flow Draft, version 1, starts", foreign: "there is no such flow", "nobody": "there is no such flow"} {
		main := h.newFlow(manager, `{"name":"Main",`+startOf(sub, "")+`}`)
		a := h.want(200, manager, "POST", "/flows/"+main+"/test", "{}")
		if !strings.Contains(a.body, want) {
			t.Errorf("no %q in %s", want, a.body)
		}
	}
}
