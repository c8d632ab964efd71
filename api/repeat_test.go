package api

import (
	"bytes"
	"errors"
	"fmt"
	"mime/multipart"
	"net/http"
	"strings"
	"sync"
	"testing"

	"ringflow/endpoints"
	"ringflow/session"
	"ringflow/store"
)

func key(k string) as { return header("Idempotency-Key", k) }

// restart is a server on the same database, as after a kill: its run is a new one.
func (h *house) restart() {
	h.Helper()
	db, err := store.Open(h.Context(), store.Options{Dir: h.dir})
	if err != nil {
		h.Fatal(err)
	}
	h.Cleanup(func() {
		if err := db.Close(); err != nil {
			h.Error(err)
		}
	})
	s := h.server
	h.serve(&Server{Store: db, Calls: s.Calls, Blob: s.Blob, Realm: s.Realm, Log: s.Log})
}

// A call that is asked for twice under one key is placed once, whatever
// happens between; the answer is the first one.
func TestCallOnce(t *testing.T) {
	h := newHouse(t)
	f := h.furnish(h.account).flow
	body := `{"flowId":"` + f + `","numberToDial":"+18005550199"}`
	first := h.want(200, manager, "POST", "/sessions/outgoing", body, key("k 1"))
	if first.Header.Get("Idempotent-Replayed") != "" {
		t.Error(first.Header)
	}
	asXML := `<NewOutgoingSession xmlns="http://schemas.datacontract.org/2004/07/Voice.Api.Sessions"><FlowId>` + f + `</FlowId><NumberToDial>+18005550199</NumberToDial></NewOutgoingSession>`
	for name, a := range map[string]answer{
		"the same":          h.want(200, manager, "POST", "/sessions/outgoing", body, key("k 1")),
		"in another order":  h.want(200, manager, "POST", "/sessions/outgoing", `{"numberToDial":"+18005550199", "FLOWID":"`+f+`"}`, key("k 1")),
		"by its DTO":        h.want(200, manager, "POST", "/json/reply/NewOutgoingSession", body, key("k 1")),
		"in another format": h.want(200, manager, "POST", "/sessions/outgoing", asXML, header("Content-Type", "application/xml"), key("k 1")),
	} {
		if a.body != first.body || a.Header.Get("Content-Type") != first.Header.Get("Content-Type") || a.Header.Get("Idempotent-Replayed") != "true" {
			t.Errorf("%s: %s %v, want %s", name, a.body, a.Header, first.body)
		}
	}
	for _, other := range []string{strings.Replace(body, "99", "98", 1), strings.Replace(body, "}", `,"callerId":"+18005550100"}`, 1)} {
		if a := h.want(422, manager, "POST", "/sessions/outgoing", other, key("k 1")); !strings.Contains(a.body, `"errorCode":"IdempotencyKeyReused"`) {
			t.Error(a.body)
		}
	}
	h.want(422, manager, "POST", "/flows/"+f+"/copy", "", key("k 1"))
	if n := len(h.calls.asked); n != 1 {
		t.Fatalf("%d calls were placed", n)
	}
	if a := h.want(200, admin, "POST", "/sessions/outgoing", body, key("k 1")); a.body == first.body || len(h.calls.asked) != 2 {
		t.Error("one login has another's key")
	}
	h.want(200, manager, "POST", "/sessions/outgoing", body)
	if len(h.calls.asked) != 3 {
		t.Error("without a key each request is one")
	}
	for _, bad := range []string{strings.Repeat("k", 256), "é", " "} {
		h.want(400, manager, "POST", "/sessions/outgoing", body, key(bad))
	}
	h.want(200, manager, "POST", "/sessions/outgoing", body, key(strings.Repeat("k", 255)))
	h.want(401, nobody, "POST", "/sessions/outgoing", body, key("k 1"))
	h.want(403, basic("user@default.test"), "POST", "/sessions/outgoing", body, key("k 1"))
}

// What is refused has done nothing: the key is free. What broke half way is not
// done again unless it surely wasn't done.
func TestCallThatFailed(t *testing.T) {
	h := newHouse(t)
	f := h.furnish(h.account).flow
	body := `{"flowId":"` + f + `","numberToDial":"+18005550199"}`
	h.want(400, manager, "POST", "/sessions/outgoing", `{"flowId":"`+f+`"}`, key("a"))
	h.want(404, manager, "POST", "/sessions/outgoing", `{"flowId":"x","numberToDial":"+18005550199"}`, key("a"))
	h.calls.refuse = session.ErrDraining
	h.want(503, manager, "POST", "/sessions/outgoing", body, key("a"))
	h.calls.refuse = nil
	h.want(200, manager, "POST", "/sessions/outgoing", body, key("a"))
	if len(h.calls.asked) != 2 {
		t.Errorf("%+v", h.calls.asked)
	}

	h.calls.refuse = errors.New("the disk is full") // nothing was written, so nobody was dialled
	h.want(500, manager, "POST", "/sessions/outgoing", body, key("b"))
	h.calls.refuse = nil
	h.want(200, manager, "POST", "/sessions/outgoing", body, key("b"))

	h.calls.after = func() { panic("after the session was written") }
	h.want(500, manager, "POST", "/sessions/outgoing", body, key("c"))
	h.calls.after = nil
	placed := len(h.calls.asked)
	id := h.calls.asked[placed-1].ID
	for range 2 {
		if a := decode[SessionInfo](t, h.want(200, manager, "POST", "/sessions/outgoing", body, key("c"))); a.Id != id || len(h.calls.asked) != placed {
			t.Errorf("%+v; %d calls", a, len(h.calls.asked))
		}
	}
}

// A server that was killed while a request ran, and one that was killed after it.
func TestKeyOutlivesServer(t *testing.T) {
	h := newHouse(t)
	at := h.furnish(h.account)
	f := at.flow
	login, err := h.server.Store.LoginByEmail(t.Context(), "manager@default.test")
	if err != nil {
		t.Fatal(err)
	}
	body := `{"flowId":"` + f + `","numberToDial":"+18005550199"}`
	first := h.want(200, manager, "POST", "/sessions/outgoing", body, key("done"))
	request := func(in any, name string) string {
		a, err := asked(&Request{Operation: newRegistry(operations()).byName[strings.ToLower(name)]}, in)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	call := request(&NewOutgoingSession{FlowId: f, NumberToDial: "+18005550199"}, "NewOutgoingSession")
	text := SendMessage{EndpointId: at.endpoint, ToAddress: "web:v", Text: "hello"}
	for _, p := range []*store.Repeat{
		{LoginID: login.ID, Key: "before the session", Asked: call, SessionID: "none"},
		{LoginID: login.ID, Key: "after the session", Asked: call, SessionID: at.session},
		{LoginID: login.ID, Key: "after the message", Asked: request(&text, "SendMessage"), SessionID: at.message},
		{LoginID: login.ID, Key: "before the message", Asked: request(&text, "SendMessage"), SessionID: endpoints.NewID()},
		{LoginID: login.ID, Key: "copy", Asked: request(&CopyFlow{FlowId: f}, "CopyFlow")},
	} {
		if _, err := h.server.Store.Reserve(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
	if a := h.want(409, manager, "POST", "/sessions/outgoing", body, key("after the session")); !strings.Contains(a.body, "isn't answered yet") || a.Header.Get("Retry-After") == "" {
		t.Error(a.body)
	}
	h.restart()
	if a := h.want(200, manager, "POST", "/sessions/outgoing", body, key("done")); a.body != first.body {
		t.Errorf("%s, was %s", a.body, first.body)
	}
	if a := decode[SessionInfo](t, h.want(200, manager, "POST", "/sessions/outgoing", body, key("after the session"))); a.Id != at.session || len(h.calls.asked) != 1 {
		t.Errorf("%+v %d", a, len(h.calls.asked))
	}
	second := h.want(200, manager, "POST", "/sessions/outgoing", body, key("before the session"))
	if again := h.want(200, manager, "POST", "/sessions/outgoing", body, key("before the session")); again.body != second.body || len(h.calls.asked) != 2 {
		t.Errorf("%s %d", again.body, len(h.calls.asked))
	}
	write := `{"endpointId":"` + at.endpoint + `","toAddress":"web:v","text":"hello"}`
	if a := decode[MessageInfo](t, h.want(200, manager, "POST", "/messages", write, key("after the message"))); a.Id != at.message || len(h.calls.verbs) != 0 {
		t.Errorf("%+v %v", a, h.calls.verbs)
	}
	wrote := decode[MessageInfo](t, h.want(200, manager, "POST", "/messages", write, key("before the message")))
	if a := decode[MessageInfo](t, h.want(200, manager, "POST", "/messages", write, key("before the message"))); a.Id != wrote.Id || len(h.calls.verbs) != 1 {
		t.Errorf("%+v %v", a, h.calls.verbs)
	}
	for range 2 {
		if a := h.want(409, manager, "POST", "/flows/"+f+"/copy", "", key("copy")); !strings.Contains(a.body, `"errorCode":"IdempotencyKeyLost"`) {
			t.Error(a.body)
		}
	}
}

// Many at once with one key: one runs, the others get its answer or are asked to wait.
func TestKeyAtOnce(t *testing.T) {
	h := newHouse(t)
	f := h.furnish(h.account).flow
	h.want(200, manager, "GET", "/flows/"+f, "") // its password is known from now on
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			for {
				switch a := h.do(manager, "POST", "/sessions/outgoing", `{"flowId":"`+f+`","numberToDial":"+18005550199"}`, key("k")); a.StatusCode {
				case 200:
					return
				case 409:
				default:
					t.Errorf("%d %s", a.StatusCode, a.body)
					return
				}
			}
		})
	}
	wg.Wait()
	if len(h.calls.asked) != 1 {
		t.Errorf("%d calls", len(h.calls.asked))
	}
}

// All that makes something takes a key, and makes it once.
func TestMadeOnce(t *testing.T) {
	h := newHouse(t)
	at := h.furnish(h.account)
	count := func(list string) int {
		return decode[ListResponse[EntityInfo]](t, h.want(200, manager, "GET", list, "")).TotalCount
	}
	upload := func(name string) answer {
		var b bytes.Buffer
		w := multipart.NewWriter(&b) // with another boundary each time
		part, err := w.CreateFormFile("file", name)
		if err == nil {
			_, err = fmt.Fprint(part, "hello")
		}
		if err := errors.Join(err, w.Close()); err != nil {
			t.Fatal(err)
		}
		return h.do(manager, "POST", "/files", b.String(), header("Content-Type", w.FormDataContentType()), key("upload"))
	}
	for _, c := range []struct {
		list string
		make func() answer
	}{
		{"/flows", func() answer { return h.do(manager, "POST", "/flows", `{"name":"F","nodes":[]}`, key("flow")) }},
		{"/flows", func() answer { return h.do(manager, "POST", "/flows/"+at.flow+"/copy", "", key("copy")) }},
		{"/customers", func() answer { return h.do(manager, "POST", "/customers", `{"name":"C"}`, key("customer")) }},
		{"/endpoints", func() answer {
			return h.do(manager, "POST", "/endpoints/users", `{"firstName":"Zoe"}`, key("user"))
		}},
		{"/endpoints", func() answer {
			return h.do(manager, "POST", "/endpoints/phone-numbers", `{"number":"+18005550188"}`, key("number"))
		}},
		{"/files", func() answer { return upload("a.txt") }},
	} {
		was := count(c.list)
		first, second := c.make(), c.make()
		if first.StatusCode != http.StatusOK || second.StatusCode != http.StatusOK || first.body != second.body || first.Header.Get("ETag") != second.Header.Get("ETag") {
			t.Errorf("%s: %d %s, then %d %s", c.list, first.StatusCode, first.body, second.StatusCode, second.body)
		}
		if n := count(c.list); n != was+1 {
			t.Errorf("%s: %d more", c.list, n-was)
		}
	}
	if a := upload("b.txt"); a.StatusCode != 422 {
		t.Errorf("another file: %d %s", a.StatusCode, a.body)
	}
}
