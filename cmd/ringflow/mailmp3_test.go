package main

import (
	"bytes"
	"encoding/base64"
	"math"
	"mime"
	"mime/multipart"
	"net/mail"
	"strings"
	"testing"
	"time"

	"ringflow/endpoints/email/smtptest"
	"ringflow/media"
)

// A box that asks for MP3 has its messages sent as that: what a caller says comes by
// e-mail, and can be heard.
func TestMessageByMailAsMP3(t *testing.T) {
	needProgram(t, "lame", "lame")
	smtp := &smtptest.Server{}
	h := startHouse(t, "RINGFLOW_MAIL_SMTP="+smtp.Start(t), "RINGFLOW_MAIL_TLS=none", "RINGFLOW_MAIL_FROM=phones@example.test")
	h.trunk("Carrier", M{"host": carrierHost, "port": freePort(t), "allowedIps": []string{carrierHost}})
	alice := h.user("Alice", "")
	if code, body := h.request("PATCH", "/endpoints/"+alice.ID, "application/json", strings.NewReader(`{"emailAddress":"alice@example.test","voicemailMp3":true}`)); code != 200 || !bytes.Contains(body, []byte(`"voicemailMp3":true`)) {
		t.Fatalf("%d %s", code, body)
	}
	greeting := h.upload("greeting.wav", tone(1000, 500*time.Millisecond))
	h.number(did, h.flow("Voicemail", node("vm", "VoicemailNode", M{
		"User":      M{"type": "User", "value": M{"stringValue": alice.ID}},
		"AudioFile": M{"type": "AudioFile", "value": M{"stringValue": greeting}},
	})))
	leg, err := h.listener(t, carrierHost, phoneAccount{}).hear(t.Context(), did, "+12025550143", newEar(t, "127.0.0.1", 440))
	if err != nil {
		t.Fatal(err)
	}
	h.hasRecorded(2500 * time.Millisecond)
	if err := leg.Hangup(t.Context(), nil); err != nil {
		t.Error(err)
	}
	name, kind, sound := attachment(t, smtp.Wait(t, 1)[0].Data)
	if !strings.HasSuffix(name, ".mp3") || kind != "audio/mpeg" {
		t.Errorf("attached is %s, of type %s", name, kind)
	}
	clip, err := media.DecodeClip(bytes.NewReader(sound))
	if err != nil {
		t.Fatal(err)
	}
	if d := clip.Duration(); d < 2*time.Second || d > 5*time.Second {
		t.Errorf("it is %s long", d)
	}
	samples := clip.Samples()[4000:12000] // a second of it
	var re, im, all float64
	for i, s := range samples {
		a := 2 * math.Pi * 440 * float64(i) / media.ClipRate
		re, im, all = re+float64(s)*math.Cos(a), im+float64(s)*math.Sin(a), all+float64(s)*float64(s)
	}
	if share := 2 * (re*re + im*im) / float64(len(samples)) / all; share < 0.8 {
		t.Errorf("only %.0f %% of what is heard is what the caller said", 100*share)
	}
}

// attachment is the file of a mail.
func attachment(t *testing.T, raw []byte) (name, kind string, content []byte) {
	t.Helper()
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	_, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	for r := multipart.NewReader(m.Body, params["boundary"]); ; {
		p, err := r.NextPart()
		if err != nil {
			t.Fatalf("no file is attached: %v", err)
		}
		if p.FileName() == "" {
			continue
		}
		var b bytes.Buffer
		if _, err := b.ReadFrom(base64.NewDecoder(base64.StdEncoding, p)); err != nil {
			t.Fatal(err)
		}
		kind, _, _ = mime.ParseMediaType(p.Header.Get("Content-Type"))
		return p.FileName(), kind, b.Bytes()
	}
}
