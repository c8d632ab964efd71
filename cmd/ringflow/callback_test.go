package main

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"ringflow/endpoints"
)

const callbackSecret = endpoints.SecretMark + "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="

// has is the last event of a type, and its session.
func (c *receiver) has(kind endpoints.EventType) (n int, data struct{ ID, Outcome, MachineDetection, ToAddress string }) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, e := range c.events {
		if e.Type == kind {
			n++
			_ = json.Unmarshal(e.Data, &data) // what isn't read is empty
		}
	}
	return n, data
}

// idsOf are the ids that events of a type came under.
func (c *receiver) idsOf(kind endpoints.EventType) map[string]bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	ids := make(map[string]bool)
	for i, e := range c.events {
		if e.Type == kind {
			ids[c.ids[i]] = true
		}
	}
	return ids
}

// Who asks for a call is told what becomes of it, signed and each once: that it began, rang,
// was answered, and by whom, and ended. Of another call he is told nothing.
func TestStatusCallback(t *testing.T) {
	h := startHouse(t, "RINGFLOW_FLOW_HTTPALLOW=127.0.0.1/32")
	port := freePort(t)
	h.trunk("Carrier", M{"host": carrierHost, "port": port, "allowedIps": []string{carrierHost}})
	flow := h.flow("Waits", node("w", "WaitNode", M{"Timeout": amount(60)}))
	h.number(did, flow)
	callee := h.talkerAt(t, carrierHost, uint16(port), 440, phoneAccount{})
	program := &receiver{secret: callbackSecret}
	server := httptest.NewServer(program)
	t.Cleanup(server.Close)
	ask := M{"flowId": flow, "numberToDial": "+12025550199", "callerId": did}
	other := h.post("/sessions/outgoing", ask)
	nextLeg(t, "the callee of the other call", callee.up)
	ask["statusCallback"], ask["statusCallbackSecret"], ask["machineDetection"] = server.URL+"/calls", callbackSecret, "Detect"
	id := h.post("/sessions/outgoing", ask)
	leg := nextLeg(t, "the callee", callee.up)
	h.eventually("it is told who answered", func() bool { n, _ := program.has(endpoints.SessionDetected); return n > 0 })
	if err := leg.Hangup(t.Context(), nil); err != nil {
		t.Error(err)
	}
	h.eventually("the end was told", func() bool { n, _ := program.has(endpoints.SessionEnded); return n > 0 })
	if code, b := h.request("DELETE", "/sessions/"+other, "", nil); code != 204 {
		t.Errorf("%d %s", code, b)
	}
	h.allOver()
	told := strings.Fields(program.types())
	slices.Sort(told)
	want := []string{"session.answered", "session.detected", "session.ended", "session.started"}
	if told = slices.DeleteFunc(told, func(s string) bool { return s == "session.ringing" }); !slices.Equal(told, want) { // he may answer before he rings
		t.Errorf("told %v, want %v", told, want)
	}
	for _, kind := range endpoints.CallbackEvents {
		if n, data := program.has(kind); n > 0 && (data.ID != id || data.ToAddress != "+12025550199") {
			t.Errorf("%s: %+v", kind, data)
		}
	}
	if _, data := program.has(endpoints.SessionDetected); data.MachineDetection == "" {
		t.Error("it isn't told who answered")
	}
}

// A call that rings and is not answered is told to ring.
func TestStatusCallbackOfRinging(t *testing.T) {
	h := startHouse(t, "RINGFLOW_FLOW_HTTPALLOW=127.0.0.1/32")
	port := freePort(t)
	h.trunk("Carrier", M{"host": carrierHost, "port": port, "allowedIps": []string{carrierHost}})
	flow := h.flow("Waits", node("w", "WaitNode", M{"Timeout": amount(60)}))
	h.number(did, flow)
	r := h.ringerAt(t, carrierHost, uint16(port), phoneAccount{})
	program := &receiver{}
	server := httptest.NewServer(program)
	t.Cleanup(server.Close)
	program.mu.Lock() // until its secret is known
	var made struct{ ID, StatusCallbackSecret string }
	h.postInto("/sessions/outgoing", M{"flowId": flow, "numberToDial": "+12025550199", "callerId": did, "statusCallback": server.URL, "statusCallbackEvents": []string{"session.ringing", "session.ended"}}, &made)
	program.secret = made.StatusCallbackSecret
	program.mu.Unlock()
	nextLeg(t, "the callee", r.rings)
	h.eventually("it is told that it rings", func() bool { n, _ := program.has(endpoints.SessionRinging); return n == 1 })
	if code, b := h.request("DELETE", "/sessions/"+made.ID, "", nil); code != 204 {
		t.Errorf("%d %s", code, b)
	}
	h.eventually("the end was told", func() bool { _, data := program.has(endpoints.SessionEnded); return data.Outcome != "" })
	if got := program.types(); got != "session.ringing session.ended" {
		t.Errorf("told %s", got)
	}
}

// kill -9 while a call that was asked for is up: what became of it is told all the same,
// as one message each, signed as before. What was told but not yet noted when the server died
// comes again under the webhook-id that it had: so it is here of the answer.
func TestStatusCallbackAfterAKill(t *testing.T) {
	t.Parallel()
	program := &receiver{secret: callbackSecret}
	told := make(chan struct{}, 1)
	killed, kill := context.WithCancel(t.Context())
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		program.ServeHTTP(w, r)
		if n, _ := program.has(endpoints.SessionAnswered); n == 1 {
			select {
			case told <- struct{}{}:
				<-killed.Done() // it took it, and the server never hears of that
			default:
			}
		}
	}))
	t.Cleanup(server.Close)
	settings := []string{"RINGFLOW_FLOW_HTTPALLOW=127.0.0.1/32"}
	p := startProcess(t, t.TempDir(), settings...)
	port := freePort(t)
	p.trunk("Carrier", M{"host": carrierHost, "port": port, "allowedIps": []string{carrierHost}})
	flow := p.flow("Waits", node("w", "WaitNode", M{"Timeout": amount(60)}))
	p.number(did, flow)
	callee := p.talkerAt(t, carrierHost, uint16(port), 440, phoneAccount{})
	id := p.post("/sessions/outgoing", M{"flowId": flow, "numberToDial": "+12025550199", "callerId": did, "statusCallback": server.URL, "statusCallbackSecret": callbackSecret})
	leg := nextLeg(t, "the callee", callee.up)
	p.eventually("the answer is told", func() bool { return len(told) > 0 })
	p.kill()
	kill()
	p = p.again(settings...)
	p.eventually("the end was told", func() bool {
		_, data := program.has(endpoints.SessionEnded)
		return data.ID == id && data.Outcome == "server failure"
	})
	_ = leg.Hangup(t.Context(), nil) // of a server that knows nothing of it
	p.eventually("the answer is told again", func() bool { n, _ := program.has(endpoints.SessionAnswered); return n == 2 })
	for _, kind := range []endpoints.EventType{endpoints.SessionStarted, endpoints.SessionAnswered, endpoints.SessionEnded} {
		if ids := program.idsOf(kind); len(ids) != 1 {
			t.Errorf("%s was told under %d ids", kind, len(ids))
		}
	}
}
