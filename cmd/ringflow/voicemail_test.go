package main

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"ringflow/endpoints"
)

// register registers a phone as a user, by digest.
func (p *rawPhone) register(a phoneAccount) {
	p.t.Helper()
	uri := "sip:" + p.server.String()
	ask := func(cseq int, more string) string {
		p.send(fmt.Sprintf("REGISTER %s SIP/2.0\r\nVia: SIP/2.0/UDP %s;rport;branch=z9hG4bKreg%d\r\nMax-Forwards: 70\r\nFrom: <sip:%s@%s>;tag=reg\r\nTo: <sip:%s@%s>\r\nCall-ID: reg\r\nCSeq: %d REGISTER\r\nContact: <sip:%s@%s>\r\nExpires: 600\r\n%sContent-Length: 0\r\n\r\n",
			uri, p.conn.LocalAddr(), cseq, a.SipUserName, p.server, a.SipUserName, p.server, cseq, a.SipUserName, p.conn.LocalAddr(), more))
		return p.await("SIP/2.0 ", fmt.Sprintf("%d REGISTER", cseq))
	}
	challenge := ask(1, "")
	part := func(name string) string {
		m := regexp.MustCompile(name + `="([^"]*)"`).FindStringSubmatch(challenge)
		if m == nil {
			p.t.Fatalf("no %s in\n%s", name, challenge)
		}
		return m[1]
	}
	ha2 := md5.Sum([]byte("REGISTER:" + uri))
	sum := md5.Sum([]byte(endpoints.HA1MD5(a.SipUserName, part("realm"), a.SipPassword) + ":" + part("nonce") + ":00000001:c:auth:" + hex.EncodeToString(ha2[:])))
	answer := ask(2, fmt.Sprintf("Authorization: Digest username=%q, realm=%q, nonce=%q, uri=%q, algorithm=MD5, qop=auth, nc=00000001, cnonce=\"c\", response=\"%x\"\r\n", a.SipUserName, part("realm"), part("nonce"), uri, sum))
	if !strings.HasPrefix(answer, "SIP/2.0 200 ") {
		p.t.Fatal(answer)
	}
}

// isTold waits for a NOTIFY with these words, and takes it. A server that has just started
// may tell what was so before.
func (p *rawPhone) isTold(words ...string) {
	p.t.Helper()
	for {
		m := p.await("NOTIFY ", "NOTIFY")
		p.send(replyTo(m, "200 OK"))
		if !strings.Contains(m, "Event: message-summary") {
			p.t.Errorf("of another event:\n%s", m)
		}
		if !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(m, w) }) {
			return
		}
	}
}

// A message lights the lamp of a phone that never asked; when it is marked as saved
// the lamp goes out, and when it is deleted nothing is left.
func TestMessageWaiting(t *testing.T) {
	h, _ := carrierHouse(t)
	alice := h.user("Alice", "")
	greeting := h.upload("greeting.wav", tone(1000, 500*time.Millisecond))
	h.number(did, h.flow("Voicemail", node("vm", "VoicemailNode", M{
		"User":      M{"type": "User", "value": M{"stringValue": alice.ID}},
		"AudioFile": M{"type": "AudioFile", "value": M{"stringValue": greeting}},
	})))
	phone := newRawPhone(t, h, "127.0.0.1", 0)
	phone.register(alice)
	leg, err := h.listener(t, carrierHost, phoneAccount{}).hear(t.Context(), did, "+12025550143", newEar(t, "127.0.0.1", 440))
	if err != nil {
		t.Fatal(err)
	}
	h.hasRecorded(2500 * time.Millisecond)
	if err := leg.Hangup(t.Context(), nil); err != nil {
		t.Error(err)
	}
	phone.isTold("Messages-Waiting: yes", "Voice-Message: 1/0")
	var list struct {
		Items []struct {
			ID       string `json:"id"`
			UserID   string `json:"userId"`
			IsUnread bool   `json:"isUnread"`
			Duration int    `json:"recordingDuration"`
		}
	}
	h.get("/files?type=VoiceMessage&isUnread=true", &list)
	if len(list.Items) != 1 || list.Items[0].UserID != alice.ID || !list.Items[0].IsUnread || list.Items[0].Duration < 2 {
		t.Fatalf("listed %+v", list)
	}
	if code, body := h.request("PATCH", "/files/"+list.Items[0].ID, "application/json", bytes.NewReader([]byte(`{"isUnread":false}`))); code != 200 {
		t.Fatalf("%d: %s", code, body)
	}
	phone.isTold("Messages-Waiting: no", "Voice-Message: 0/1")
	if code, body := h.request("DELETE", "/files/"+list.Items[0].ID, "", bytes.NewReader(nil)); code != 204 {
		t.Fatalf("%d: %s", code, body)
	}
	phone.isTold("Messages-Waiting: no", "Voice-Message: 0/0")
}
