package main

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// streamed is an event of the stream.
type streamed struct {
	ID, Type, AccountID string
	Data                struct {
		SessionID, Outcome, SipUserName string
		Online                          int
	}
}

// A phone that registers and a call are told to who listens, over server-sent events
// and a WebSocket alike, and again to who comes back.
func TestEventStream(t *testing.T) {
	h := startHouse(t)
	h.trunk("Carrier", M{"host": carrierHost, "port": strconv.Itoa(freePort(t)), "allowedIps": []string{carrierHost}})
	flow := h.flow("Wait", node("a", "AnswerNode", M{"Done": next("w")}), node("w", "WaitNode", M{"Timeout": amount(30)}))
	h.number(did, flow)
	ann := h.user("Ann", flow)
	auth := http.Header{"Authorization": {"Bearer " + h.api.token}}
	socket, _, err := websocket.Dial(t.Context(), h.api.base+"/events?types=registration.changed,session.started,session.answered,session.ended", &websocket.DialOptions{HTTPHeader: auth})
	if err != nil {
		t.Fatal(err)
	}
	defer socket.CloseNow() //nolint:errcheck // it has been closed by the far end, if all goes well
	newRawPhone(t, h, carrierHost, 0).register(ann)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	next := func() (e streamed) {
		t.Helper()
		_, data, err := socket.Read(ctx)
		if err != nil || json.Unmarshal(data, &e) != nil || e.AccountID != h.account {
			t.Fatalf("%v: %s", err, data)
		}
		return e
	}
	phone := next()
	if phone.Type != "registration.changed" || phone.Data.SipUserName != ann.SipUserName || phone.Data.Online != 1 {
		t.Errorf("%+v", phone)
	}
	h.sipp(t, "uac-bye", "-s", did, "-d", "500") // nothing orders what is told of one against the other
	call := ""
	for _, kind := range []string{"session.started", "session.answered", "session.ended"} {
		e := next()
		if call == "" {
			call = e.Data.SessionID
		}
		if e.Type != kind || e.Data.SessionID != call || call == "" {
			t.Errorf("%+v, want %s of %s", e, kind, call)
		}
	}

	req, err := http.NewRequestWithContext(ctx, http.MethodGet, h.api.base+"/events?sessionId="+call, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header = auth.Clone()
	req.Header.Set("Last-Event-ID", phone.ID)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var types []string
	for lines := bufio.NewScanner(res.Body); lines.Scan(); {
		if kind, ok := strings.CutPrefix(lines.Text(), "event: "); ok {
			types = append(types, kind)
			if kind == "session.ended" {
				break
			}
		}
	}
	all := strings.Join(types, " ")
	if !strings.HasPrefix(all, "session.started ") || !strings.Contains(all, " session.log ") || !strings.Contains(all, " session.answered ") || !strings.HasSuffix(all, " session.ended") {
		t.Errorf("told again: %s", all)
	}
}
