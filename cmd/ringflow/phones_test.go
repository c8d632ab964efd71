package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// hears asserts which tone a phone heard, also where the machine left packets out.
func hears(t *testing.T, who string, wav []byte, hz, not float64) {
	t.Helper()
	if got := max(level(wav, hz), typically(wav, hz)); got < 0.7 {
		t.Errorf("%s heard %.2f of %.0f Hz in %d bytes", who, got, hz, len(wav))
	}
	if got := level(wav, not); got > 0.1 {
		t.Errorf("%s heard %.2f of %.0f Hz, which is somebody else's", who, got, not)
	}
}

// A carrier's caller presses 1, Alice's real phone rings and answers, and each
// hears the other's tone; digits that she presses are counted once.
func TestCallerReachesAPhone(t *testing.T) {
	h := demoHouse(t)
	var d demoPhones
	if err := readPrivate(demoFile(h.data), &d); err != nil {
		t.Fatal(err)
	}
	alice := h.startBaresip(t, phoneAccount{SipUserName: "alice", SipPassword: d.Phones["alice"]}, 700, "auto")
	dir := t.TempDir()
	sent, saved := filepath.Join(dir, "sent.wav"), filepath.Join(dir, "saved.wav")
	if err := os.WriteFile(sent, tone(440, 20*time.Second), 0o600); err != nil {
		t.Fatal(err)
	}
	c := h.run(t, "call", demoNumber, "--press", "1", "--after", "1s", "--play", sent, "--save", saved, "--hangup-after", "12s")
	alice.waits("CALL_ESTABLISHED")
	if err := c.wait(); err != nil {
		t.Fatal(err)
	}
	alice.waits("CALL_CLOSED")
	wav, err := os.ReadFile(saved)
	if err != nil {
		t.Fatal(err)
	}
	// The caller heard the menu first: the last seconds are Alice's.
	hears(t, "the caller", append(wav[:44:44], wav[max(44, len(wav)-4*16000):]...), 700, 440)
	hears(t, "Alice", alice.heard(), 440, 700)
}

// Two real phones: one dials the other by what its user's flow matches.
func TestPhoneCallsPhone(t *testing.T) {
	h := demoHouse(t)
	var d demoPhones
	if err := readPrivate(demoFile(h.data), &d); err != nil {
		t.Fatal(err)
	}
	alice := h.startBaresip(t, phoneAccount{SipUserName: "alice", SipPassword: d.Phones["alice"]}, 700, "manual")
	bob := h.startBaresip(t, phoneAccount{SipUserName: "bob", SipPassword: d.Phones["bob"]}, 900, "auto")
	alice.do("dial", "4001")
	bob.waits("CALL_ESTABLISHED")
	alice.waits("CALL_ESTABLISHED")
	pause(context.Background(), 3*time.Second)
	alice.do("hangup", "")
	alice.waits("CALL_CLOSED")
	bob.waits("CALL_CLOSED")
	hears(t, "Alice", alice.heard(), 900, 700)
	hears(t, "Bob", bob.heard(), 700, 900)
}

// POST /sessions/outgoing, in the words of the contract: JSON and XML, with and
// without a caller ID, and what is refused before anything is dialled.
func TestOutgoingSession(t *testing.T) {
	h, port := carrierHouse(t)
	h.number(did, "")
	flow := h.flow("Greeting", node("s", "SayNode", M{"WhatToSay": text("Hello.")}))
	broken := h.flow("Broken", node("s", "SayNode", M{"WhatToSay": text("{{ nonsense(( }}")}))
	p := strconv.Itoa(port)
	for name, c := range map[string]struct{ contentType, accept, body string }{
		"JSON with caller ID": {"application/json", "application/json", `{"flowId":"` + flow + `","numberToDial":"+12025550199","callerId":"` + did + `"}`},
		"JSON without":        {"application/json", "application/json", `{"flowId":"` + flow + `","numberToDial":"+12025550199"}`},
		"XML": {"application/xml", "application/xml", `<NewOutgoingSession xmlns:i="http://www.w3.org/2001/XMLSchema-instance" xmlns="http://schemas.datacontract.org/2004/07/Voice.Api.Sessions">
  <CallerId>` + did + `</CallerId><FlowId>` + flow + `</FlowId><NumberToDial>+12025550199</NumberToDial></NewOutgoingSession>`},
	} {
		t.Run(name, func(t *testing.T) {
			h := h.on(t)
			callee := h.startSipp(t, "uas-answer", "-p", p)
			h.listening(carrierHost, port)
			code, b := h.request(http.MethodPost, "/sessions/outgoing"+map[bool]string{true: ".xml"}[name == "XML"], c.contentType, strings.NewReader(c.body))
			if code != http.StatusOK {
				t.Fatalf("%d %s", code, b)
			}
			if name == "XML" {
				if !bytes.Contains(b, []byte("<SessionInfo")) || !bytes.Contains(b, []byte("<Id ")) {
					t.Errorf("no SessionInfo in XML: %s", b)
				}
			} else {
				var s sessionOf
				if err := json.Unmarshal(b, &s); err != nil || s.ID == "" || s.Ended {
					t.Errorf("no live session: %s", b)
				}
			}
			callee.passes()
			messages, _ := os.ReadFile(filepath.Join(callee.dir, "messages"))
			if from := lineWith(string(messages), "From:"); !strings.Contains(from, did) {
				t.Errorf("the caller ID is %q, not %s", from, did)
			}
			h.eventually("the flow ran and the session is closed", func() bool {
				s := h.sessions("")[0]
				return s.Ended && strings.Contains(s.text(), "Hello.")
			})
		})
	}
	before := len(h.sessions(""))
	for name, c := range map[string]struct {
		body string
		want int
	}{
		"no such flow":     {`{"flowId":"0123456789abcdef0123456789abcdef","numberToDial":"+12025550199"}`, 404},
		"broken flow":      {`{"flowId":"` + broken + `","numberToDial":"+12025550199"}`, 400},
		"no number":        {`{"flowId":"` + flow + `","numberToDial":"tomorrow"}`, 400},
		"caller ID":        {`{"flowId":"` + flow + `","numberToDial":"+12025550199","callerId":"+12025550000"}`, 400},
		"forbidden number": {`{"flowId":"` + flow + `","numberToDial":"+19005550199"}`, 400},
	} {
		code, b := h.request(http.MethodPost, "/sessions/outgoing", "application/json", strings.NewReader(c.body))
		if code != c.want && !(name == "forbidden number" && code == 403) {
			t.Errorf("%s: %d %s, want %d", name, code, b, c.want)
		}
		if !bytes.Contains(b, []byte("responseStatus")) {
			t.Errorf("%s: the error has no responseStatus: %s", name, b)
		}
	}
	if after := len(h.sessions("")); after != before {
		t.Errorf("%d refused calls have left sessions", after-before)
	}
}

func lineWith(text, prefix string) string {
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, prefix) {
			return strings.TrimSpace(line)
		}
	}
	return ""
}

// Whoever is not known places no call: 60 forms of an outside number, from an
// address that is no trunk's, and no leg leaves the server.
func TestAnonymousCallsReachNobody(t *testing.T) {
	h, port := carrierHouse(t)
	h.number(did, h.flow("Out", node("d", "DialNode", M{"Destinations": destinations("+12025550199")})))
	placed := make(chan struct{})
	callee := h.startSipp(t, "uas-486", "-p", strconv.Itoa(port))
	go func() { callee.done <- <-callee.done; close(placed) }()
	h.listening(carrierHost, port)
	var forms []string
	for _, prefix := range []string{"", "+", "00", "011", "9", "90", "900", "9011", "*9", "#", "1", "+1", "001", "8", "0", "*72", "99", "7", "6", "55"} {
		for _, number := range []string{"12025550199", "442071838750", "4412345678;user=phone"} {
			forms = append(forms, prefix+number)
		}
	}
	if len(forms) < 60 {
		t.Fatalf("only %d forms", len(forms))
	}
	for _, f := range append(forms, did) {
		code := h.strangersInvite(f)
		if code != 401 && code != 403 && code != 0 {
			t.Errorf("an INVITE to %s from a stranger got %d", f, code)
		}
	}
	select {
	case <-placed:
		t.Error("a leg left the server")
	default:
	}
	if n := len(h.sessions("")); n != 0 {
		t.Errorf("strangers have made %d sessions", n)
	}
}
