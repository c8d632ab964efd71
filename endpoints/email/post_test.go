package email

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	netmail "net/mail"
	"slices"
	"strings"
	"testing"
	"time"

	"ringflow/endpoints"
	"ringflow/endpoints/email/smtptest"
)

// office is the store of these tests: account A with its settings and endpoints.
type office struct {
	settings  *endpoints.Settings
	endpoints map[string]*endpoints.Endpoint
}

func (o *office) Settings(_ context.Context, id string) (*endpoints.Settings, error) {
	if id != "A" {
		return nil, fs.ErrNotExist
	}
	return o.settings, nil
}

func (o *office) Endpoint(_ context.Context, id string) (*endpoints.Endpoint, error) {
	if e := o.endpoints[id]; e != nil {
		return e, nil
	}
	return nil, fs.ErrNotExist
}

var salesID, phoneID = strings.Repeat("a", 32), strings.Repeat("b", 32)

func newOffice() *office {
	return &office{endpoints.DefaultSettings("A"), map[string]*endpoints.Endpoint{
		salesID: {Entity: endpoints.Entity{ID: salesID}, AccountID: "A", Kind: endpoints.EmailAddress, EmailAddress: "sales@x.test", DisplayName: "Sales ☎"},
		phoneID: {Entity: endpoints.Entity{ID: phoneID}, AccountID: "A", Kind: endpoints.PhoneNumber, Number: "+18005550100"},
	}}
}

// posted is a post in the outbox.
func posted(t *testing.T, from string, to []string, p endpoints.Post) *endpoints.Outbound {
	t.Helper()
	if p.MessageID == "" {
		p.MessageID = endpoints.NewID()
	}
	raw, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	m := &endpoints.Outbound{AccountID: "A", Channel: endpoints.Email, From: from, To: to, Subject: p.Subject, Body: raw}
	if err := m.Validate(); err != nil {
		t.Fatal(err)
	}
	m.ID, m.DateCreated = endpoints.NewID(), time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	return m
}

func route(t *testing.T, r endpoints.MailRoute) json.RawMessage {
	t.Helper()
	raw, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// head is the header of a mail that came.
func head(t *testing.T, m smtptest.Mail) netmail.Header {
	t.Helper()
	msg, err := netmail.ReadMessage(bytes.NewReader(m.Data))
	if err != nil {
		t.Fatal(err)
	}
	return msg.Header
}

// An answer leaves from the address that was written to, in its thread, once marked as an
// answer and as a machine's; the same message has the same id.
func TestAnswer(t *testing.T) {
	server := &smtptest.Server{}
	remote := map[string]string{}
	s := &Sender{Server: server.Start(t), Sender: "phones@x.test", Security: None, Blobs: &shelf{}, Accounts: newOffice(), Remote: func(_ context.Context, id, remoteID string, _ int) error {
		remote[id] = remoteID
		return nil
	}}
	r := endpoints.MailRoute{MessageID: "3@y.test", References: []string{"1@y.test", "2@y.test"}, Subject: "RE: AW: Re[2]: Opening hours", From: "zoe@y.test", To: "sales@x.test"}
	m := posted(t, "", []string{"zoe@y.test"}, endpoints.Post{EndpointID: salesID, Text: "Until 6.\n.\nGrüße", Route: route(t, r)})
	for range 2 {
		if err := s.Send(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	mails := server.Mails()
	p, _ := m.Post()
	h := head(t, mails[0])
	from, err := h.AddressList("From")
	if err != nil || from[0].Name != "Sales ☎" || from[0].Address != "sales@x.test" || mails[0].From != "sales@x.test" || !slices.Equal(mails[0].To, []string{"zoe@y.test"}) {
		t.Errorf("%v %+v", from, mails[0])
	}
	if h.Get("Subject") != "Re: Opening hours" || h.Get("In-Reply-To") != "<3@y.test>" || h.Get("References") != "<1@y.test> <2@y.test> <3@y.test>" || h.Get("Auto-Submitted") != "auto-replied" ||
		h.Get("Message-Id") != "<"+p.MessageID+"@x.test>" || h.Get("X-Loop") != "sales@x.test" || remote[p.MessageID] != p.MessageID+"@x.test" || head(t, mails[1]).Get("Message-Id") != h.Get("Message-Id") {
		t.Errorf("%v", h)
	}
	if _, parts := parse(t, mails[0].Data); strings.ReplaceAll(string(parts[""]), "\r\n", "\n") != "Until 6.\n.\nGrüße\n" {
		t.Errorf("%q", parts)
	}
	// A mail without an id is answered in words.
	if err := s.Send(t.Context(), posted(t, "", []string{"zoe@y.test"}, endpoints.Post{EndpointID: salesID, Text: "Yes", Route: route(t, endpoints.MailRoute{Subject: "Open?", From: "zoe@y.test"})})); err != nil {
		t.Fatal(err)
	}
	mails = server.Mails()
	if h := head(t, mails[2]); h.Get("Subject") != "Re: Open?" || h.Get("Auto-Submitted") != "auto-replied" || h.Get("In-Reply-To") != "" || h.Get("References") != "" {
		t.Errorf("%v", h)
	}
	// What a user writes is no machine's; the answer goes where it is wanted.
	r.ReplyTo = "desk@y.test"
	m = posted(t, "", []string{"zoe@y.test"}, endpoints.Post{EndpointID: salesID, SenderID: "u", Text: "x", Subject: "Other", Route: route(t, r)})
	if err := s.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	last := server.Mails()[3]
	if h := head(t, last); h.Get("Auto-Submitted") != "" || h.Get("Subject") != "Other" || !slices.Equal(last.To, []string{"desk@y.test"}) {
		t.Errorf("%v to %v", h, last.To)
	}
}

// New mails: HTML and text, copies, files; from an e-mail account by its own server with its login, and
// from nobody else's address.
func TestAccountMail(t *testing.T) {
	ours := &smtptest.Server{}
	conf, roots := smtptest.Certificate(t)
	theirs := &smtptest.Server{TLS: conf, User: "help", Password: "s3cret"}
	host, port, err := net.SplitHostPort(theirs.Start(t))
	if err != nil {
		t.Fatal(err)
	}
	o := newOffice()
	var n int
	fmt.Sscan(port, &n)
	o.settings.EmailAccounts = []endpoints.EmailAccount{{EmailAddress: "help@z.test", DisplayName: "Help", SMTP: &endpoints.MailServer{Host: host, Port: n, UserName: "help", Password: "s3cret"}}, {EmailAddress: "plain@z.test"}}
	if err := o.settings.Validate(); err != nil {
		t.Fatal(err)
	}
	id := endpoints.NewID()
	dialled := 0
	s := &Sender{Server: ours.Start(t), Sender: "Phones <phones@x.test>", Security: None, Blobs: &shelf{files: map[string][]byte{id: []byte("a pdf")}}, Accounts: o, TLSConfig: &tls.Config{RootCAs: roots, ServerName: "127.0.0.1"},
		DialAccount: func(ctx context.Context, network, address string) (net.Conn, error) {
			dialled++
			var d net.Dialer
			return d.DialContext(ctx, network, address)
		}}
	account, ok := o.settings.EmailAccount("HELP@z.test")
	if !ok {
		t.Fatal("no account")
	}
	if err := s.Send(t.Context(), posted(t, account.From(), []string{"a@y.test"}, endpoints.Post{EndpointID: phoneID, Subject: "Your order", Text: "<!DOCTYPE html><p>Hello <b>you</b></p>", Cc: []string{"Cee <c@y.test>"}, Bcc: []string{"d@y.test"},
		Files: []endpoints.MessageFile{{FileID: id, Name: "x.pdf", ContentType: "application/pdf"}}})); err != nil {
		t.Fatal(err)
	}
	got := theirs.Mails()
	if len(got) != 1 || !got[0].TLS || got[0].User != "help" || got[0].From != "help@z.test" || !slices.Equal(got[0].To, []string{"a@y.test", "c@y.test", "d@y.test"}) || dialled != 1 {
		t.Fatalf("%+v", got)
	}
	p, files := taken(t, string(got[0].Data))
	if h := head(t, got[0]); h.Get("Auto-Submitted") != "auto-generated" || h.Get("Subject") != "Your order" || strings.Contains(string(got[0].Data), "d@y.test") || h.Get("Cc") != `"Cee" <c@y.test>` || h.Get("In-Reply-To") != "" {
		t.Errorf("%v", h)
	}
	if strings.TrimSpace(p.Text) != "Hello you" || files["x.pdf"] != "application/pdf: a pdf" || !bytes.Contains(got[0].Data, []byte("text/html")) {
		t.Errorf("%q %q", p.Text, files)
	}
	for from, want := range map[string]string{"": "phones@x.test", "boss@bank.test": "phones@x.test", "plain@z.test": "plain@z.test"} {
		before := len(ours.Mails())
		if err := s.Send(t.Context(), posted(t, from, []string{"a@y.test"}, endpoints.Post{EndpointID: phoneID, Text: "x"})); err != nil {
			t.Fatal(err)
		}
		if m := ours.Mails()[before]; m.From != want {
			t.Errorf("%s: from %s", from, m.From)
		}
	}
	var refused *endpoints.Refused
	other := posted(t, "", []string{"a@y.test"}, endpoints.Post{EndpointID: phoneID, Text: "x"})
	other.AccountID = "B"
	if err := s.Send(t.Context(), other); !errors.As(err, &refused) {
		t.Errorf("an account that is gone: %v", err)
	}
	s.Server = ""
	if err := s.Send(t.Context(), posted(t, "plain@z.test", []string{"a@y.test"}, endpoints.Post{EndpointID: phoneID, Text: "x"})); !errors.As(err, &refused) {
		t.Errorf("nobody takes it: %v", err)
	}
}

// Whatever a stranger, a flow or a user puts into subjects, names and threads, no line of a header
// comes of it.
func TestPostInjection(t *testing.T) {
	server := &smtptest.Server{}
	id := endpoints.NewID()
	o := newOffice()
	o.endpoints[salesID].DisplayName = "Sales\r\nBcc: evil@q.test"
	s := &Sender{Server: server.Start(t), Sender: "phones@x.test", Security: None, Blobs: &shelf{files: map[string][]byte{id: []byte("x")}}, Accounts: o}
	const evil = "x\r\nBcc: evil@q.test\r\n\r\nbody\u2028Bcc: evil@q.test\x00\n.\r\nMAIL FROM:<evil@q.test>"
	for i, p := range []endpoints.Post{
		{Subject: evil}, {Route: route(t, endpoints.MailRoute{MessageID: "1@y.test", Subject: evil})}, {Route: route(t, endpoints.MailRoute{MessageID: evil})},
		{Route: route(t, endpoints.MailRoute{MessageID: "1@y.test", References: []string{evil, "<", "a b", "2@y.test>\r\nBcc: evil@q.test"}})}, {Files: []endpoints.MessageFile{{FileID: id, Name: evil, ContentType: "text/plain" + evil}}},
		{Text: evil}, {Route: json.RawMessage(`{"trunk":5,"messageId":7}`)},
	} {
		p.EndpointID = salesID
		if err := s.Send(t.Context(), posted(t, "", []string{"zoe@y.test"}, p)); err != nil {
			t.Errorf("%d: %v", i, err)
			continue
		}
		all := server.Mails()
		m := all[len(all)-1]
		for name := range head(t, m) {
			if name == "Bcc" {
				t.Errorf("%d: %s", i, m.Data)
			}
		}
		if len(all) != i+1 || !slices.Equal(m.To, []string{"zoe@y.test"}) {
			t.Errorf("%d: %d mails, to %v", i, len(all), m.To)
		}
	}
	for _, to := range []string{"zoe@y.test\r\nBcc: evil@q.test", "zoe@y.test, evil@q.test", "<>"} {
		for _, p := range []endpoints.Post{{}, {Bcc: []string{to}}} {
			p.MessageID, p.EndpointID = id, salesID
			raw, err := json.Marshal(p)
			m := &endpoints.Outbound{AccountID: "A", Channel: endpoints.Email, To: []string{"a@y.test"}, Body: raw}
			if p.Bcc == nil {
				m.To = []string{to}
			}
			if err != nil || m.Validate() == nil {
				t.Errorf("%q is taken, %v", to, err)
			}
		}
	}
}
