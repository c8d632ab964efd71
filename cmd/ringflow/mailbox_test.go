package main

import (
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"

	"ringflow/endpoints/email/smtptest"
)

// A mailbox at a provider: what is unseen runs the flow, once, and the answer leaves by the account's own
// server with its login.
func TestMailbox(t *testing.T) {
	user := imapmemserver.NewUser("sales", "s3cret")
	if err := user.Create("INBOX", nil); err != nil {
		t.Fatal(err)
	}
	mem := imapmemserver.New()
	mem.AddUser(user)
	provider := imapserver.New(&imapserver.Options{InsecureAuth: true, Caps: imap.CapSet{imap.CapIMAP4rev1: {}}, NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
		return mem.NewSession(), nil, nil
	}})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = provider.Serve(l)
	}()
	t.Cleanup(func() {
		provider.Close()
		<-done
	})
	out := &smtptest.Server{User: "sales", Password: "s3cret too"}
	host, port, err := net.SplitHostPort(out.Start(t))
	if err != nil {
		t.Fatal(err)
	}
	put := func(raw string) {
		t.Helper()
		r := strings.NewReader(strings.ReplaceAll(raw, "\n", "\r\n"))
		if _, err := user.Append("INBOX", r, &imap.AppendOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	put("From: Zoe <zoe@y.test>\nSubject: Hours\nMessage-ID: <1@y.test>\n\nWhen?\n")
	h := startHouse(t, "RINGFLOW_FLOW_HTTPALLOW=127.0.0.1/32", "RINGFLOW_MAIL_RESOLVER=127.0.0.1:1")
	h.post("/endpoints/email", M{"accountId": h.account, "emailAddress": "sales@x.test", "displayName": "Sales", "flowId": h.flow("Mail", node("s", "SayNode", M{"WhatToSay": text("Until 6.")}))})
	body := `{"emailAccounts":[{"emailAddress":"sales@x.test","displayName":"Sales","smtp":{"host":"` + host + `","port":` + port + `,"tls":"none","userName":"sales","password":"s3cret too"},` +
		`"imap":{"host":"127.0.0.1","port":` + strings.TrimPrefix(l.Addr().String(), "127.0.0.1:") + `,"tls":"none","userName":"sales","password":"s3cret"}}]}`
	code, answer := h.request(http.MethodPatch, "/system/settings?accountId="+h.account, "application/json", strings.NewReader(body))
	if code != http.StatusOK || strings.Contains(string(answer), "s3cret") {
		t.Fatalf("%d %s", code, answer)
	}
	mail := out.Wait(t, 1)[0]
	if head := mailHead(t, mail); mail.User != "sales" || mail.From != "sales@x.test" || mail.To[0] != "zoe@y.test" || head.Get("In-Reply-To") != "<1@y.test>" || head.Get("Subject") != "Re: Hours" || !strings.Contains(string(mail.Data), "Until 6.") {
		t.Errorf("%s", mail.Data)
	}
	h.eventually("it is seen", func() bool {
		box, err := user.Status("INBOX", &imap.StatusOptions{NumUnseen: true})
		return err == nil && *box.NumUnseen == 0
	})
}
