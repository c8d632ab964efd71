package session_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"ringflow/endpoints"
	"ringflow/flow"
	"ringflow/session"
)

// web stands for the servers that flows ask.
type web struct {
	mu     sync.Mutex
	asked  []string // account, method, address
	answer flow.HTTPResponse
	takes  time.Duration
}

func (w *web) For(account string) flow.HTTP { return asker{w, account} }
func (w *web) Close()                       {}

type asker struct {
	*web
	account string
}

func (a asker) Do(ctx context.Context, r flow.HTTPRequest) (flow.HTTPResponse, error) {
	a.mu.Lock()
	a.asked = append(a.asked, a.account+" "+r.Method+" "+r.URL)
	answer := a.answer
	a.mu.Unlock()
	select {
	case <-time.After(a.takes):
		return answer, nil
	case <-ctx.Done():
		return flow.HTTPResponse{}, context.Cause(ctx)
	}
}

func note(id, text, next string) node {
	n := node{id: id, typ: "LogNode", in: map[string]any{"Message": text}}
	if next != "" {
		n.to = map[string]string{"Done": next}
	}
	return n
}

// rings makes a call that nobody answers.
func (h *house) rings(number string) *session.Record {
	h.t.Helper()
	if _, err := h.carrier.call(h.t.Context(), toNumber(number)); err == nil {
		h.t.Fatal("the call was answered")
	}
	return h.record()
}

func TestHTTPRequest(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		w := &web{answer: flow.HTTPResponse{Status: 200, Body: `{"name": "Carla"}`}, takes: time.Second}
		h.Web = w
		h.number(did, node{id: "ask", typ: "HttpRequestNode", in: map[string]any{"Url": "https://crm.example.com/?n={{ Session.FromAddress }}", "Method": "GET",
			"Mappings": []map[string]any{{"Expression": "Response.Json.name", "Target": "Name"}}}, to: map[string]string{"Success": "ok", "On Failure": "bad"}},
			note("ok", "it is {{ Session.Name }}", ""), note("bad", "no answer", ""))
		logged(t, h.rings(did), "it is Carla\n")
		if want := h.account + " GET https://crm.example.com/?n=+14155550199"; len(w.asked) != 1 || w.asked[0] != want {
			t.Errorf("asked %v, want %s", w.asked, want)
		}
		w.takes = time.Hour
		logged(t, h.rings(did), "it took longer than 10 s", "no answer\n")
	})
}

func TestCookies(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		get := node{id: "get", typ: "GetCookieNode", in: map[string]any{"Name": "Seen", "Value": bound{"Session", "Seen"}}, to: map[string]string{"Found": "known", "Not Found": "new"}}
		h.number(did, get, note("known", "known since {{ Session.Seen }}", "clear"), node{id: "clear", typ: "ClearCookieNode", in: map[string]any{"Name": "Seen"}},
			note("new", "a new caller", "set"), node{id: "set", typ: "SetCookieNode", in: map[string]any{"Name": "Seen", "Value": "day one", "ExpiresInDays": 2}})
		logged(t, h.rings(did), "a new caller\n")
		logged(t, h.rings(did), "known since day one\n")
		logged(t, h.rings(did), "a new caller\n")
		time.Sleep(47 * time.Hour)
		logged(t, h.rings(did), "known since day one\n")
		logged(t, h.rings(did), "a new caller\n")
		time.Sleep(49 * time.Hour)
		logged(t, h.rings(did), "a new caller\n")
		// By the test clock a cookie expires, and is there again when it is off.
		h.clockAt("2030-01-01T00:00")
		logged(t, h.rings(did), "a new caller\n")
		if _, ok, err := h.store.Cookie(t.Context(), h.account, "+14155550199", "Seen", time.Now()); err != nil || !ok {
			t.Errorf("the cookie is gone: %v", err)
		}
	})
}

func TestFinder(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.settings(func(s *endpoints.Settings) {
			s.CustomerFields = []*endpoints.CustomerField{{DataField: field("Phone", "")}, {DataField: field("Tier", "")}}
			s.EndpointFields = []*endpoints.EndpointField{{DataField: field("Ext", ""), EndpointType: endpoints.User}}
		})
		top := h.customer(&endpoints.Customer{Name: "Acme", Data: words("Tier", "gold", "Undefined", "x")})
		carla := h.customer(&endpoints.Customer{Name: "Carla's", ParentCustomerID: top.ID, Data: words("Phone", "+14155550199")})
		alice := h.user("alice")
		alice.Data = words("Ext", "12")
		h.put(alice)
		h.number(did,
			node{id: "who", typ: "FindCustomerNode", in: map[string]any{"Field": "Phone", "Value": "{{ Session.FromAddress }}"}, to: map[string]string{"Found": "is"}},
			note("is", "{{ Customer.Name }} is {{ Customer.Tier }}", "ext"),
			node{id: "ext", typ: "FindEndpointNode", in: map[string]any{"Field": "Ext", "Value": "12", "Endpoint": bound{"Session", "Found"}}, to: map[string]string{"Found": "there"}},
			note("there", "rings {{ Session.Found }}", "no"),
			node{id: "no", typ: "FindCustomerNode", in: map[string]any{"Field": "Undefined", "Value": "x"}, to: map[string]string{"Not Found": "still"}},
			note("still", "still {{ Customer.Name }}", "last"),
			node{id: "last", typ: "FindEndpointNode", in: map[string]any{"Field": "Undefined", "Value": "x"}, to: map[string]string{"Not Found": "end"}}, note("end", "all asked", ""))
		r := h.rings(did)
		logged(t, r, "Carla's is gold\n", "rings "+alice.ID+"\n", "still Carla's\n", "all asked\n")
		if r.CustomerID != carla.ID || r.CustomerName != "Carla's" {
			t.Errorf("the session's customer is %q", r.CustomerName)
		}
	})
}

// A flow starts another one, in the version that there was when the call began.
func TestSubFlow(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		sub := &flow.Flow{AccountID: h.account, Name: "Greets", Raw: graph(t, note("n", "first for {{ Flow.Who }}", ""))}
		sub.Raw.Parameters = []byte(`[{"name": "Who", "type": "String", "isPublic": true}]`)
		if err := h.store.PutFlow(t.Context(), sub); err != nil {
			t.Fatal(err)
		}
		starts := func(id, flow, next string) node {
			return node{id: id, typ: "FlowNode", url: "/flows/start?flowId=" + flow, in: map[string]any{"Who": "{{ Session.FromName }}"}, to: map[string]string{"Done": next}}
		}
		h.number(did, starts("a", sub.ID, "wait"), node{id: "wait", typ: "WaitNode", in: map[string]any{"Timeout": 10}, to: map[string]string{"Done": "b"}}, starts("b", sub.ID, "end"), note("end", "back again", ""))
		called := make(chan error, 1)
		go func() {
			_, err := h.carrier.call(t.Context(), toNumber(did))
			called <- err
		}()
		time.Sleep(5 * time.Second)
		sub.Raw.Nodes = graph(t, note("n", "second for {{ Flow.Who }}", "")).Nodes
		if err := h.store.PutFlow(t.Context(), sub); err != nil {
			t.Fatal(err)
		}
		if err := <-called; err == nil {
			t.Error("the call was answered")
		}
		r := h.record()
		logged(t, r, "back again\n")
		if text := logText(r); strings.Count(text, "first for Carla\n") != 2 || strings.Contains(text, "second") {
			t.Errorf("the version changed in the call:\n%s", text)
		}

		// Another account's flow does not exist here, and one with errors can't run.
		other := &endpoints.Account{Name: "Other"}
		if err := h.store.PutAccount(t.Context(), other); err != nil {
			t.Fatal(err)
		}
		foreign := &flow.Flow{AccountID: other.ID, Name: "Foreign", Raw: graph(t, note("n", "a foreign flow ran", ""))}
		if err := h.store.PutFlow(t.Context(), foreign); err != nil {
			t.Fatal(err)
		}
		broken := h.flow(node{id: "a", typ: "NoSuchNode"})
		gone := endpoints.NewID()
		for number, c := range map[string]struct{ id, why string }{
			"+18005550101": {foreign.ID, `Refused with 480: flow "Test" has an error; error, node a: there is no flow ` + foreign.ID},
			"+18005550102": {gone, "there is no flow " + gone},
			"+18005550103": {broken, "the flow Test has errors"}, // which is seen when it is started
			"+18005550104": {h.flow(starts("a", foreign.ID, "")), "there is no such flow"},
			"+18005550105": {h.flow(starts("a", gone, "")), "there is no such flow"},
		} {
			h.number(number, starts("a", c.id, ""))
			r := h.rings(number)
			logged(t, r, c.why)
			if strings.Contains(logText(r), "a foreign flow ran") {
				t.Error("another account's flow ran")
			}
		}
		// What was missing counts as soon as it is there.
		late := &flow.Flow{AccountID: h.account, Name: "Late", Raw: graph(t, note("n", "better late", ""))}
		late.ID = gone
		if err := h.store.PutFlow(t.Context(), late); err != nil {
			t.Fatal(err)
		}
		logged(t, h.rings("+18005550102"), "better late\n")
	})
}
