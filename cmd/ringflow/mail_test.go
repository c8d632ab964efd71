package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"ringflow/endpoints"
	"ringflow/endpoints/email/smtptest"
	"ringflow/session"
)

// The whole way of a mail: a forgotten password's token reaches its owner through
// a real SMTP server and opens the door again; a voice message goes along as a
// file; what is refused is seen, and sent when it is asked for again; the counts
// say so.
func TestMail(t *testing.T) {
	refuse := make(chan struct{}, 1)
	smtp := &smtptest.Server{Answer: func(verb, arg string) string {
		if verb == "RCPT" && strings.Contains(arg, "full@") {
			select {
			case <-refuse:
				return "552 mailbox full"
			default:
			}
		}
		return ""
	}, User: "me", Password: "secret of mail"}
	h := startHouse(t, "RINGFLOW_MAIL_SMTP="+smtp.Start(t), "RINGFLOW_MAIL_TLS=none", "RINGFLOW_MAIL_USER=me", "RINGFLOW_MAIL_PASSWORD=secret of mail",
		"RINGFLOW_MAIL_FROM=Phones <phones@example.test>")
	code, _ := h.request(http.MethodPost, "/auth/forgot-password", "application/json", strings.NewReader(`{"emailAddress":"admin@ringflow.local"}`))
	if code != http.StatusNoContent {
		t.Fatal(code)
	}
	mail := smtp.Wait(t, 1)[0]
	token := regexp.MustCompile(`(?m)^ {4}([A-Za-z0-9_-]{20,})\r?$`).FindSubmatch(mail.Data)
	if mail.From != "phones@example.test" || mail.User != "me" || len(mail.To) != 1 || mail.To[0] != "admin@ringflow.local" || token == nil {
		t.Fatalf("%+v\n%s", mail, mail.Data)
	}
	recovery := `{"emailAddress":"admin@ringflow.local","token":"` + string(token[1]) + `","newPassword":"a quite new one"}`
	if code, b := h.request(http.MethodPost, "/auth/recover", "application/json", strings.NewReader(recovery)); code != http.StatusNoContent {
		t.Fatalf("%d %s", code, b)
	}

	ctx := context.Background()
	sound := bytes.Repeat([]byte("RIFF"), 50_000)
	file := &endpoints.File{AccountID: h.account, Type: endpoints.VoiceMessage, FileName: "m.wav", ContentType: "audio/wav"}
	file.ID = endpoints.NewID()
	if _, err := h.blobs.Put(file.ID, bytes.NewReader(sound)); err != nil {
		t.Fatal(err)
	}
	if err := h.store.PutFile(ctx, file); err != nil {
		t.Fatal(err)
	}
	voice := session.Mail{AccountID: h.account, Key: "voicemail/" + file.ID, To: []string{"full@example.test"}, Subject: "Voice message", Text: "You have one.",
		Attach: []session.MailFile{{FileID: file.ID, Name: "m.wav", ContentType: "audio/wav"}}}
	refuse <- struct{}{}
	if err := h.calls.Mail.Mail(ctx, voice); err != nil {
		t.Fatal(err)
	}
	type notification struct {
		ID, State, ErrorMessage string
		Attachments             []struct{ ID string }
	}
	var failed notification
	h.eventually("the mail is given up", func() bool {
		var list struct{ Items []notification }
		h.get("/notifications?states=Failed&accountIds="+h.account, &list)
		if len(list.Items) == 0 {
			return false
		}
		failed = list.Items[0]
		return true
	})
	if !strings.Contains(failed.ErrorMessage, "mailbox full") || len(failed.Attachments) != 1 || failed.Attachments[0].ID != file.ID {
		t.Errorf("%+v", failed)
	}
	if err := h.calls.Mail.Mail(ctx, voice); err != nil { // its key is known
		t.Fatal(err)
	}
	h.post("/notifications/"+failed.ID+"/resend", M{})
	mails := smtp.Wait(t, 2)
	if len(mails) != 2 || mails[1].To[0] != "full@example.test" || len(mails[1].Data) < len(sound)*4/3 || !bytes.Contains(mails[1].Data, []byte("<"+failed.ID+"@example.test>")) {
		t.Errorf("%d mails, the last of %d bytes", len(mails), len(mails[1].Data))
	}
	h.eventually("all is counted", func() bool {
		_, b := h.request(http.MethodGet, "/metrics", "", nil)
		page := string(b)
		for _, want := range []string{`ringflow_outbox_queued{channel="email"} 0`, "ringflow_outbox_sent_total 2", "ringflow_outbox_failed_total 1"} {
			if !strings.Contains(page, want+"\n") {
				return false
			}
		}
		return true
	})
}

// Put just before the end, a mail goes out in the next life.
func TestMailOutlivesTheServer(t *testing.T) {
	data := t.TempDir()
	smtp := &smtptest.Server{}
	address := smtp.Start(t)
	settings := []string{"RINGFLOW_MAIL_SMTP=" + address, "RINGFLOW_MAIL_TLS=none", "RINGFLOW_MAIL_FROM=phones@example.test"}
	h := startHouseIn(t, data, settings...)
	box := h.calls.Mail
	h.outbox.Close()
	if err := box.Mail(context.Background(), session.Mail{AccountID: h.account, Key: "k", To: []string{"a@example.test"}, Subject: "s", Text: "t"}); err != nil {
		t.Fatal(err)
	}
	h.server.Close()
	if n := len(smtp.Mails()); n != 0 {
		t.Fatalf("%d mails came", n)
	}
	startHouseIn(t, data, settings...)
	if mails := smtp.Wait(t, 1); mails[0].To[0] != "a@example.test" {
		t.Errorf("%+v", mails)
	}
}

// A voice message that was kept when the server died, and not yet mailed, is
// mailed by the next life.
func TestMessageOfDeadServerIsMailed(t *testing.T) {
	data := t.TempDir()
	smtp := &smtptest.Server{}
	settings := []string{"RINGFLOW_MAIL_SMTP=" + smtp.Start(t), "RINGFLOW_MAIL_TLS=none", "RINGFLOW_MAIL_FROM=phones@example.test"}
	h := startHouseIn(t, data, settings...)
	ctx := context.Background()
	ann := &endpoints.Endpoint{AccountID: h.account, Kind: endpoints.User, FirstName: "Ann", SipUserName: "ann", EmailAddress: "ann@example.test"}
	if err := h.store.PutEndpoint(ctx, ann); err != nil {
		t.Fatal(err)
	}
	file := &endpoints.File{AccountID: h.account, UserID: ann.ID, Type: endpoints.VoiceMessage, FileName: "m.wav", ContentType: "audio/wav"}
	file.ID = endpoints.NewID()
	if _, err := h.blobs.Put(file.ID, strings.NewReader("RIFF")); err != nil {
		t.Fatal(err)
	}
	if err := h.store.PutFile(ctx, file); err != nil {
		t.Fatal(err)
	}
	note, err := json.Marshal(M{"File": file, "Mail": true})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.blobs.Note(file.ID, note); err != nil {
		t.Fatal(err)
	}
	h.server.Close()
	startHouseIn(t, data, settings...)
	if mail := smtp.Wait(t, 1)[0]; len(mail.To) != 1 || mail.To[0] != "ann@example.test" || !bytes.Contains(mail.Data, []byte("m.wav")) {
		t.Errorf("%+v\n%s", mail, mail.Data)
	}
}
