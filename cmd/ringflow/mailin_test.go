package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/mail"
	"net/smtp"
	"net/textproto"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"ringflow/endpoints"
	"ringflow/endpoints/email/smtptest"
)

// mailHouse is a house that takes mail for sales@x.test, whose flow says words, and sends by out.
func mailHouse(t *testing.T, out *smtptest.Server, words string) *house {
	t.Helper()
	h := startHouse(t, mailSettings(t, out)...)
	h.mails(h.flow("Mail", node("s", "SayNode", M{"WhatToSay": text(words)})))
	return h
}

func mailSettings(t *testing.T, out *smtptest.Server) []string {
	return []string{"RINGFLOW_MAIL_LISTEN=127.0.0.1:0", "RINGFLOW_MAIL_HOST=mx.x.test", "RINGFLOW_MAIL_SMTP=" + out.Start(t), "RINGFLOW_MAIL_TLS=none",
		"RINGFLOW_MAIL_FROM=phones@x.test", "RINGFLOW_MAIL_RESOLVER=127.0.0.1:1", "RINGFLOW_MAIL_MEGABYTES=1"}
}

// mails gives sales@x.test its flow.
func (h *house) mails(flow string) string {
	h.t.Helper()
	return h.post("/endpoints/email", M{"accountId": h.account, "emailAddress": "sales@x.test", "displayName": "Sales", "flowId": flow})
}

// swaks sends a mail by Debian's program.
func (h *house) swaks(args ...string) error {
	h.t.Helper()
	program, err := exec.LookPath("swaks")
	if err != nil {
		h.t.Fatal("swaks is not installed: apt-get install swaks")
	}
	b, err := exec.Command(program, append([]string{"--server", h.mailAddr, "--helo", "y.test"}, args...)...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w: %s", err, b)
	}
	return nil
}

// A mail of a real client runs the flow, and what it says comes back in the same thread; what machines write
// doesn't, what is too much isn't taken, and nothing that stands in a subject or a name becomes a
// line of a header.
func TestMailRunsTheFlow(t *testing.T) {
	out := &smtptest.Server{}
	h := mailHouse(t, out, "You wrote: {{ Session.Body }}")
	if err := h.swaks("--from", "zoe@y.test", "--to", "sales@x.test", "--header", "Subject: Hours", "--header", "Message-Id: <1@y.test>", "--body", "When?\\n\\nOn Sat, Nov 21, 2026 at 3:04 PM Ann <ann@x.test> wrote:\\n> Old"); err != nil {
		t.Fatal(err)
	}
	answer := out.Wait(t, 1)[0]
	head := mailHead(t, answer)
	if answer.From != "sales@x.test" || fmt.Sprint(answer.To) != "[zoe@y.test]" || head.Get("Subject") != "Re: Hours" || head.Get("In-Reply-To") != "<1@y.test>" || head.Get("References") != "<1@y.test>" ||
		head.Get("Auto-Submitted") != "auto-replied" || !bytes.Contains(answer.Data, []byte("You wrote: When?")) || bytes.Contains(answer.Data, []byte("Old")) {
		t.Errorf("%s", answer.Data)
	}
	// Our own answer, and other machines': kept, not answered.
	loops := [][]string{{"--header", "Message-Id: " + head.Get("Message-Id")}, {"--header", "Auto-Submitted: auto-replied"}, {"--header", "Precedence: bulk"}, {"--header", "X-Loop: sales@x.test"}, {"--header", "List-Id: <l.y.test>"}}
	for _, more := range loops {
		if err := h.swaks(append([]string{"--from", "robot@y.test", "--to", "sales@x.test", "--body", "I am away"}, more...)...); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.swaks("--from", "<>", "--to", "sales@x.test", "--header", "From: robot@y.test", "--body", "It came back"); err != nil {
		t.Fatal(err)
	}
	for _, to := range []string{"bob@y.test", "nobody@x.test"} {
		if err := h.swaks("--from", "zoe@y.test", "--to", to); err == nil {
			t.Errorf("mail for %s was taken", to)
		}
	}
	if code := h.stream(10 << 20); code != 552 {
		t.Errorf("a mail of 10 MB where 1 may come: %d", code)
	}
	const evil = "=?utf-8?Q?x=0D=0ABcc:_evil@q.test=0D=0A=0D=0Abody?="
	if err := h.swaks("--from", "zoe@y.test", "--to", "sales@x.test", "--header", "Subject: "+evil, "--header", "From: "+evil+" <zoe@y.test>", "--header", "Message-Id: <2@y.test>", "--body", "Again"); err != nil {
		t.Fatal(err)
	}
	all := out.Wait(t, 2)
	if len(all) != 2 || fmt.Sprint(all[1].To) != "[zoe@y.test]" || mailHead(t, all[1]).Get("Bcc") != "" || !bytes.Contains(all[1].Data, []byte("You wrote: Again")) {
		t.Errorf("%d mails: %s", len(all), all[len(all)-1].Data)
	}
	kept, _, err := h.store.Messages(context.Background(), endpoints.MessageFilter{AccountIDs: []string{h.account}})
	if err != nil {
		t.Fatal(err)
	}
	machines := 0
	for _, m := range kept {
		if m.Auto && strings.HasPrefix(m.OtherAddress, "robot@") {
			machines++
		}
	}
	if machines != len(loops)+1 {
		t.Errorf("%d of %d mails of machines were kept", machines, len(loops)+1)
	}
	h.eventually("what was sent is noted", func() bool {
		sent, _, err := h.store.Messages(context.Background(), endpoints.MessageFilter{AccountIDs: []string{h.account}})
		n := 0
		for _, m := range sent {
			if m.Direction == endpoints.MessageOut && m.State == endpoints.MessageSent && m.RemoteID == m.ID+"@x.test" {
				n++
			}
		}
		return err == nil && n == 2
	})
}

// stream sends so many bytes as one mail, over STARTTLS, without saying so before; it returns the answer.
func (h *house) stream(bytes int) int {
	h.t.Helper()
	c, err := smtp.Dial(h.mailAddr)
	if err != nil {
		h.t.Fatal(err)
	}
	defer c.Close()
	roots := x509.NewCertPool()
	pem, err := os.ReadFile(filepath.Join(h.data, "keys", "tls.crt"))
	if err != nil || !roots.AppendCertsFromPEM(pem) {
		h.t.Fatal("no certificate", err)
	}
	if err := errors.Join(c.StartTLS(&tls.Config{RootCAs: roots, ServerName: "localhost"}), c.Mail("zoe@y.test"), c.Rcpt("sales@x.test")); err != nil {
		h.t.Fatal(err)
	}
	w, err := c.Data()
	if err != nil {
		h.t.Fatal(err)
	}
	line := []byte(strings.Repeat("x", 998) + "\r\n")
	for range bytes / len(line) {
		if _, err := w.Write(line); err != nil {
			h.t.Fatal(err)
		}
	}
	var refused *textproto.Error
	if err := w.Close(); !errors.As(err, &refused) {
		h.t.Fatalf("it was taken: %v", err)
	}
	return refused.Code
}

func mailHead(t testing.TB, m smtptest.Mail) mail.Header {
	t.Helper()
	msg, err := mail.ReadMessage(bytes.NewReader(m.Data))
	if err != nil {
		t.Fatal(err)
	}
	return msg.Header
}
