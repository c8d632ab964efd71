package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"

	"ringflow/endpoints"
	"ringflow/endpoints/webhook"
)

// receiver is somebody else's server that events are posted to.
type receiver struct {
	mu     sync.Mutex
	events []endpoints.Event
	ids    []string // webhook-id of each
	refuse endpoints.EventType
	secret string
}

func (c *receiver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	var e endpoints.Event
	if err != nil || json.Unmarshal(body, &e) != nil {
		http.Error(w, "no event", http.StatusBadRequest)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	want, err := webhook.Sign(c.secret, r.Header.Get("webhook-id"), r.Header.Get("webhook-timestamp"), body)
	if err != nil || r.Header.Get("webhook-signature") != want {
		http.Error(w, "not signed", http.StatusUnauthorized)
		return
	}
	if e.Type == c.refuse {
		http.Error(w, "not now", http.StatusServiceUnavailable)
		return
	}
	c.events, c.ids = append(c.events, e), append(c.ids, r.Header.Get("webhook-id"))
}

// types are of the events that were taken, but for the tests.
func (c *receiver) types() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var all []string
	for _, e := range c.events {
		if e.Type != endpoints.WebhookTest {
			all = append(all, string(e.Type))
		}
	}
	return strings.Join(all, " ")
}

// A program is told of a call by a webhook that was made by REST: signed, each event
// once; what it did not take is seen, and comes again when it is asked for.
func TestWebhook(t *testing.T) {
	h := startHouse(t, "RINGFLOW_FLOW_HTTPALLOW=127.0.0.1/32")
	port := strconv.Itoa(freePort(t))
	h.trunk("Carrier", M{"host": carrierHost, "port": port, "allowedIps": []string{carrierHost}})
	h.number(did, h.flow("Wait", node("a", "AnswerNode", M{"Done": next("w")}), node("w", "WaitNode", M{"Timeout": amount(30)})))
	program := &receiver{refuse: endpoints.SessionAnswered}
	server := httptest.NewServer(program)
	t.Cleanup(server.Close)
	var hook struct{ ID, Secret string }
	h.postInto("/webhooks", M{"accountId": h.account, "name": "CRM", "url": server.URL + "/calls"}, &hook)
	program.mu.Lock()
	program.secret = hook.Secret
	program.mu.Unlock()
	if !strings.HasPrefix(hook.Secret, endpoints.SecretMark) {
		t.Fatalf("%+v", hook)
	}
	h.post("/webhooks/"+hook.ID+"/test", M{})
	h.eventually("the test came", func() bool { program.mu.Lock(); defer program.mu.Unlock(); return len(program.events) == 1 })

	h.sipp(t, "uac-bye", "-s", did, "-d", "500")
	h.eventually("the call was told", func() bool {
		return program.types() == "session.started session.ended" || program.types() == "session.ended session.started"
	})

	type delivery struct{ ID, Event, State, ErrorMessage string }
	var list struct{ Items []delivery }
	var waits delivery
	h.eventually("what was not taken is seen", func() bool {
		h.get("/webhooks/"+hook.ID+"/deliveries?states=Queued", &list)
		if len(list.Items) != 1 || list.Items[0].ErrorMessage == "" {
			return false
		}
		waits = list.Items[0]
		return true
	})
	if waits.Event != string(endpoints.SessionAnswered) || waits.ErrorMessage != "it answered 503" {
		t.Errorf("%+v", waits)
	}
	program.mu.Lock()
	program.refuse = ""
	program.mu.Unlock()
	h.post("/webhooks/"+hook.ID+"/deliveries/"+waits.ID+"/replay", M{})
	h.eventually("it came after all", func() bool { return strings.HasSuffix(program.types(), "session.answered") })
	program.mu.Lock()
	defer program.mu.Unlock()
	if last := program.ids[len(program.ids)-1]; last != waits.ID {
		t.Errorf("it came as %s, and was %s", last, waits.ID)
	}
}

// An address within reach of the server only is not asked, and the answer says why.
func TestWebhookStaysOutside(t *testing.T) {
	h := startHouse(t)
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("it was asked") }))
	t.Cleanup(server.Close)
	hook := h.post("/webhooks", M{"accountId": h.account, "url": server.URL})
	h.post("/webhooks/"+hook+"/test", M{})
	var list struct {
		Items []struct{ ErrorMessage string }
	}
	h.eventually("the refusal is seen", func() bool {
		h.get("/webhooks/"+hook+"/deliveries", &list)
		return len(list.Items) == 1 && strings.Contains(list.Items[0].ErrorMessage, "is not a public address")
	})
}
