package main

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"ringflow/endpoints"
	"ringflow/endpoints/sms/hook"
)

// echoes is a flow that says what it was told.
func echoes(h *house) string {
	return h.flow("Echo", node("s", "SayNode", M{"WhatToSay": text("You wrote: {{ Session.Body }}")}))
}

// Whoever can't prove who he is leaves nothing: no message, no session; what is repeated is
// taken once.
func TestForgedTextsLeaveNothing(t *testing.T) {
	x := startTextHouse(t, echoes, nil)
	const zoe = "+12025550143"
	form := x.twilio.form(zoe, did, "forged")
	body := hook.Text{ID: "1", From: zoe, To: did, Text: "forged"}
	now := time.Now()
	twilio, web := "/texts/twilio/"+x.twilio.id, "/texts/http/"+x.hook.id
	for name, c := range map[string]struct {
		want int
		post func() (int, string)
	}{
		"Twilio unsigned":         {403, func() (int, string) { return x.twilio.post(twilio, form, "") }},
		"Twilio, another token":   {403, func() (int, string) { return x.twilio.post(twilio, form, "guessed") }},
		"Twilio, another address": {403, func() (int, string) { return x.twilio.post("/texts/twilio/"+x.number, form, twilioToken) }},
		"Twilio, nobody's":        {403, func() (int, string) { return x.twilio.post("/texts/twilio/"+endpoints.NewID(), form, twilioToken) }},
		"Twilio's receipt":        {403, func() (int, string) { return x.twilio.post(twilio+"/status", form, "guessed") }},
		"webhook unsigned":        {401, func() (int, string) { return x.hook.post(web, "f1", now, "", body) }},
		"webhook, another secret": {401, func() (int, string) { return x.hook.post(web, "f2", now, "guessed, but long enough", body) }},
		"webhook, stale":          {401, func() (int, string) { return x.hook.post(web, "f3", now.Add(-6*time.Minute), hookSecret, body) }},
		"webhook, of tomorrow":    {401, func() (int, string) { return x.hook.post(web, "f4", now.Add(6*time.Minute), hookSecret, body) }},
		"webhook, another's":      {401, func() (int, string) { return x.hook.post("/texts/http/"+x.twilio.id, "f5", now, hookSecret, body) }},
		"webhook's receipt": {401, func() (int, string) {
			return x.hook.post(web+"/receipts", "f6", now, "", hook.Receipt{ID: "1", State: "delivered"})
		}},
		"MESSAGE of a stranger": {403, func() (int, string) { return x.strangersText("+12025550143"), "" }},
		"MESSAGE of a user's":   {401, func() (int, string) { return x.strangersText(x.user("Eve", "").SipUserName), "" }},
	} {
		if code, answer := c.post(); code != c.want && !(strings.HasPrefix(name, "MESSAGE") && (code == 401 || code == 403)) {
			t.Errorf("%s: %d %s, want %d", name, code, answer, c.want)
		}
	}
	if kept, sessions := x.kept(x.number, ""), x.sessions(""); len(kept)+len(sessions) > 0 {
		t.Fatalf("forged texts left %v and %v", kept, sessions)
	}
	// A request that is right, and again by who has heard it.
	for i, want := range []int{200, 409} {
		if code, answer := x.hook.post(web, "m1", now, hookSecret, hook.Text{ID: "one", From: zoe, To: did, Text: "by the webhook"}); code != want {
			t.Errorf("the %d. time: %d %s, want %d", i+1, code, answer, want)
		}
	}
	if code, answer := x.hook.post(web, "m2", now, hookSecret, hook.Text{ID: "one", From: zoe, To: did, Text: "by the webhook"}); code != 200 { // its sender hasn't heard the answer
		t.Errorf("signed anew: %d %s", code, answer)
	}
	form = x.twilio.form(zoe, did, "by Twilio")
	for range 3 {
		if code, answer := x.twilio.post(twilio, form, twilioToken); code != 200 {
			t.Errorf("Twilio's: %d %s", code, answer)
		}
	}
	x.hears(x.hook, zoe, "You wrote: by the webhook")
	x.hears(x.twilio, zoe, "You wrote: by Twilio")
	if kept := x.kept(x.number, ""); len(kept) != 4 {
		t.Errorf("%d messages are kept", len(kept))
	}
	x.hook.wants(t)
	x.twilio.wants(t)
}

// strangersText is the answer to a MESSAGE of somebody without credentials.
func (h *house) strangersText(from string) int {
	h.t.Helper()
	p := newRawPhone(h.t.(*testing.T), h, "127.0.0.9", 0)
	p.callID, p.target = "text"+from, "sip:"+did+"@"+h.sip.String()
	p.local, p.remote = "<sip:"+from+"@"+h.sip.String()+">;tag=raw", "<"+p.target+">"
	p.send(p.request("MESSAGE", 1, "forged"))
	code, _ := strconv.Atoi(strings.Fields(p.await("SIP/2.0 ", "MESSAGE"))[1])
	return code
}

// STOP silences a number towards who wrote it, whatever flows and people want; START ends that; HELP
// is answered; no flow hears them.
func TestStopStartHelp(t *testing.T) {
	x := startTextHouse(t, echoes, nil)
	x.patch("/system/settings", M{"accountId": x.account, "textHelp": "Call us."})
	const zoe = "+12025550143"
	const stopped, started = "You get no more messages from this number. Reply START to get them again.", "You get messages from this number again. Reply STOP to end them."
	said := []string{}
	hears := func(words, answer string) {
		t.Helper()
		x.twilio.write(zoe, did, words)
		said = append(said, answer)
		x.hears(x.twilio, zoe, said...)
	}
	hears("hello", "You wrote: hello")
	hears("HELP", "Call us.")
	hears(" stop. ", stopped)
	x.twilio.write(zoe, did, "still there?")
	x.eventually("the flow has run for nothing", func() bool {
		for _, m := range x.kept(x.number, zoe) {
			if m.State == endpoints.MessageQueued {
				return false
			}
		}
		return strings.Count(x.sessions("channel=Chat")[0].text(), `Flow "Echo", version 1, starts`) == 2
	})
	if code, b := x.request(http.MethodPost, "/messages", "application/json", strings.NewReader(`{"endpointId":"`+x.number+`","toAddress":"`+zoe+`","text":"An offer!"}`)); code == http.StatusOK {
		x.eventually("what is written to who wants nothing fails", func() bool {
			for _, m := range x.kept(x.number, zoe) {
				if m.Text == "An offer!" {
					return m.State == endpoints.MessageFailed && strings.Contains(m.Error, "STOP")
				}
			}
			return false
		})
	} else if code < 400 || code >= 500 {
		t.Errorf("%d %s", code, b)
	}
	var list struct {
		Items []struct{ Address, Word string }
	}
	x.get("/endpoints/"+x.number+"/text-stops", &list)
	if len(list.Items) != 1 || list.Items[0].Address != zoe {
		t.Errorf("%+v", list)
	}
	hears("START", started)
	hears("YES", "You wrote: YES")
	x.twilio.wants(t)
	for _, s := range x.sessions("channel=Chat") {
		if log := s.text(); strings.Contains(log, "HELP") || strings.Contains(log, "stop.") {
			t.Errorf("a flow heard of it:\n%s", log)
		}
	}
}

// A number that has sent its texts of the minute lets the others wait; one range of numbers gets a
// hundred new texts a day, answers not counted.
func TestTextsWaitForTheirTurn(t *testing.T) {
	x := startTextHouse(t, echoes, M{"texts": M{"carrier": "Sip", "textsPerMinute": 1}}, "RINGFLOW_LOG_LEVEL=error")
	write := func(to string) {
		t.Helper()
		code, b := x.request(http.MethodPost, "/messages", "application/json", strings.NewReader(`{"endpointId":"`+x.number+`","toAddress":"`+to+`","text":"An offer!"}`))
		if code != http.StatusOK {
			t.Fatalf("to %s: %d %s", to, code, b)
		}
	}
	counts := func() map[endpoints.MessageState]int {
		n := map[endpoints.MessageState]int{}
		for _, m := range x.kept(x.number, "") {
			n[m.State]++
		}
		return n
	}
	for i := range 12 {
		write(writer(i))
	}
	x.eventually("ten have left, two wait", func() bool { return counts()[endpoints.MessageSent] == 10 && x.outbox.Stats().Retried >= 2 })
	if n := counts(); n[endpoints.MessageQueued] != 2 || n[endpoints.MessageFailed] > 0 || len(x.sip.texts()) != 10 {
		t.Fatalf("%v, and the carrier has %d", n, len(x.sip.texts()))
	}
	x.patch("/endpoints/"+x.number, M{"texts": M{"carrier": "Sip", "textsPerMinute": 60_000}})
	for i := range 100 {
		write(writer(i))
	}
	x.eventually("the range is full", func() bool { return counts()[endpoints.MessageFailed] == 8 }) // ten had left, two more wait behind those that wait
	for _, m := range x.kept(x.number, "") {
		if m.State == endpoints.MessageFailed && !strings.Contains(m.Error, "+1202200") {
			t.Fatalf("%+v", m)
		}
	}
	x.sip.write(writer(99), did, "hello")
	x.eventually("who writes is answered", func() bool {
		for _, line := range x.sip.texts() {
			if line == did+" "+writer(99)+": You wrote: hello" {
				return true
			}
		}
		return false
	})
}
