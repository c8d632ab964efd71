package main

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// The server is killed while a call is recorded, and at moments after its end:
// what its flow does with the recording is done by the next one, once. The web
// server that is told of it is on this machine, which the configuration allows.
func TestKilledBeforeRecordingReady(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var told []string
	web := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		told = append(told, r.URL.Path)
	}))
	defer web.Close()
	const allowed = "RINGFLOW_FLOW_HTTPALLOW=127.0.0.1/32"
	p := startProcess(t, t.TempDir(), allowed)
	alices := p.user("Alice", p.flow("Idle", node("e", "EndNode", nil)))
	p.trunk("Carrier", M{"host": carrierHost, "port": freePort(t), "allowedIps": []string{carrierHost}})
	p.number(did, p.flow("To Alice",
		node("d", "DialNode", M{"Destinations": destinations(alices.SipUserName), "RecordCall": yes(), "Recording Ready": next("w")}),
		node("w", "WaitNode", M{"Timeout": amount(2), "Done": next("h")}),
		node("h", "HttpRequestNode", M{"Url": text(web.URL + "/{{ Session.RecordingFileId }}"), "Success": next("l")}),
		node("l", "LogNode", M{"Message": text("the web knows {{ Session.RecordingFileId }}")})))
	alice := p.talkerAt(t, "127.0.0.8", 0, 700, alices)
	caller := p.talkerAt(t, carrierHost, 0, 440, phoneAccount{})
	for _, after := range []time.Duration{-time.Millisecond, 0, 3 * time.Millisecond, 10 * time.Millisecond, 300 * time.Millisecond} {
		leg := caller.calls(did)
		nextLeg(t, "Alice", alice.up)
		pause(t.Context(), 3*time.Second)
		if after >= 0 {
			if err := leg.Hangup(t.Context(), nil); err != nil {
				t.Error(err)
			}
			pause(t.Context(), after)
		}
		p.kill()
		p = p.again(allowed)
		var files []string
		p.eventually("the web knows all recordings", func() bool {
			files = p.files()
			mu.Lock()
			defer mu.Unlock()
			return len(files) > 0 && len(told) >= len(files)
		})
	}
	pause(t.Context(), 4*time.Second)
	files := p.files()
	mu.Lock()
	defer mu.Unlock()
	var want []string
	for _, id := range files {
		want = append(want, "/"+id)
	}
	slices.Sort(told)
	if len(want) != 5 || !slices.Equal(told, want) {
		t.Errorf("the web was told of %v; there are %v", told, want)
	}
	for _, s := range p.sessions("") {
		if n := strings.Count(s.text(), "l: the web knows "); n != 1 {
			t.Errorf("it stands %d times in the log\n%s", n, s.text())
		}
	}
	hangUp(alice.phone, caller.phone)
}
