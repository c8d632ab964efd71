package main

import (
	"net/http"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"ringflow/endpoints/email/smtptest"
)

// kill -9 at any step of a mail: it reaches its owner all the same, once, or,
// when the mail server had it already, twice with one Message-ID. What it says is
// as durable: the token opens the door.
func TestKilledWhileMailing(t *testing.T) {
	t.Parallel()
	reached, killed := make(chan struct{}), make(chan struct{})
	var at atomic.Value // the step at which it is killed
	at.Store("")
	smtp := &smtptest.Server{}
	smtp.Answer = func(verb, _ string) string {
		if !at.CompareAndSwap(verb, "") {
			return ""
		}
		reached <- struct{}{}
		<-killed
		return smtptest.Cut
	}
	settings := []string{"RINGFLOW_MAIL_SMTP=" + smtp.Start(t), "RINGFLOW_MAIL_TLS=none", "RINGFLOW_MAIL_FROM=phones@example.test"}
	p := startProcess(t, t.TempDir(), settings...)
	messageID := regexp.MustCompile(`(?m)^Message-ID: (<\S+>)`)
	came := 0
	for _, step := range []string{"CONNECT", "RCPT", "LINE", "END", "KEPT"} {
		at.Store(step)
		if code, b := p.request(http.MethodPost, "/auth/forgot-password", "application/json", strings.NewReader(`{"emailAddress":"admin@ringflow.local"}`)); code != http.StatusNoContent {
			t.Fatalf("%d %s", code, b)
		}
		<-reached
		p.kill()
		killed <- struct{}{}
		p = p.again(settings...)
		want := came + 1
		if step == "KEPT" {
			want++
		}
		all := smtp.Wait(t, want)
		var last struct {
			Items []struct {
				ID, State string
				Tries     int
			}
		}
		p.eventually("the mail is noted as sent", func() bool {
			p.get("/notifications?sortOrder=Descend&countPerPage=1", &last)
			return len(last.Items) == 1 && last.Items[0].State == "Sent"
		})
		if m := last.Items[0]; m.Tries != 2 || len(smtp.Mails()) != want {
			t.Errorf("killed at %s: %+v, %d mails came, want %d", step, m, len(smtp.Mails())-came, want-came)
		}
		for _, mail := range all[came:] {
			if id := messageID.FindSubmatch(mail.Data); id == nil || string(id[1]) != "<"+last.Items[0].ID+"@example.test>" {
				t.Errorf("killed at %s: Message-ID %q, the message is %s", step, id, last.Items[0].ID)
			}
		}
		token := regexp.MustCompile(`(?m)^ {4}([A-Za-z0-9_-]{20,})\r?$`).FindSubmatch(all[want-1].Data)
		if token == nil {
			t.Fatalf("no token in %s", all[want-1].Data)
		}
		recovery := `{"emailAddress":"admin@ringflow.local","token":"` + string(token[1]) + `","newPassword":"changed after ` + step + `"}`
		if code, b := p.request(http.MethodPost, "/auth/recover", "application/json", strings.NewReader(recovery)); code != http.StatusNoContent {
			t.Errorf("killed at %s: the token is of no use: %d %s", step, code, b)
		}
		came = want
	}
}
