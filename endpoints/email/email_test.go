package email

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"mime"
	"mime/multipart"
	"net"
	netmail "net/mail"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"ringflow/endpoints"
	"ringflow/endpoints/email/smtptest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// shelf is files in memory; broken ones fail while they are read.
type shelf struct {
	files  map[string][]byte
	broken bool
}

type book struct {
	*bytes.Reader
	broken bool
}

func (b book) Close() error { return nil }
func (b book) Read(p []byte) (int, error) {
	if b.broken {
		return 0, errors.New("the disk is broken")
	}
	return b.Reader.Read(p)
}
func (b book) WriteTo(w io.Writer) (int64, error) { return io.Copy(w, struct{ io.Reader }{b}) }

func (s *shelf) Open(id string) (io.ReadSeekCloser, int64, error) {
	f, ok := s.files[id]
	if !ok {
		return nil, 0, fs.ErrNotExist
	}
	return book{bytes.NewReader(f), s.broken}, int64(len(f)), nil
}

func outbound(t *testing.T, subject, text string, to []string, files ...endpoints.MailFile) *endpoints.Outbound {
	t.Helper()
	m, err := endpoints.NewMail("", "", to, subject, endpoints.Mail{Text: text, Attach: files})
	if err != nil {
		t.Fatal(err)
	}
	m.ID, m.DateCreated = endpoints.NewID(), time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	return m
}

// parse reads a mail as a stranger would.
func parse(t *testing.T, raw []byte) (h netmail.Header, parts map[string][]byte) {
	t.Helper()
	m, err := netmail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	parts = map[string][]byte{}
	media, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(media, "multipart/") {
		text, err := io.ReadAll(decode(m.Header.Get("Content-Transfer-Encoding"), m.Body))
		if err != nil {
			t.Fatal(err)
		}
		parts[""] = text
		return m.Header, parts
	}
	for r := multipart.NewReader(m.Body, params["boundary"]); ; {
		p, err := r.NextRawPart()
		if err == io.EOF {
			return m.Header, parts
		}
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(decode(p.Header.Get("Content-Transfer-Encoding"), p))
		if err != nil {
			t.Fatal(err)
		}
		parts[word(t, p.FileName())] = body
	}
}

func word(t *testing.T, s string) string {
	t.Helper()
	s, err := new(mime.WordDecoder).DecodeHeader(s)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// What is sent is what arrives: UTF-8 everywhere, the attachment byte by byte,
// and twice the same Message-ID for the same message.
func TestArrives(t *testing.T) {
	server := &smtptest.Server{}
	id := endpoints.NewID()
	sound := make([]byte, 300_000)
	for i := range sound {
		sound[i] = byte(rand.Uint32())
	}
	s := &Sender{Server: server.Start(t), Sender: "Ringflow ☎ <phones@example.test>", Security: None, Blobs: &shelf{files: map[string][]byte{id: sound}}}
	m := outbound(t, "Nachricht von Zoë: 20 s, "+strings.Repeat("lang ", 30), "Grüße.\n.\n..\nFrom me\n", []string{"Zoë <zoe@example.test>", "bob@example.test"},
		endpoints.MailFile{FileID: id, Name: `voix "d'été".wav`, ContentType: "audio/wav"})
	for range 2 {
		if err := s.Send(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	mails := server.Mails()
	if len(mails) != 2 || mails[0].From != "phones@example.test" || !slices.Equal(mails[0].To, []string{"zoe@example.test", "bob@example.test"}) {
		t.Fatalf("%+v", mails)
	}
	h, parts := parse(t, mails[0].Data)
	again, _ := parse(t, mails[1].Data)
	if got := h.Get("Message-Id"); got != "<"+m.ID+"@example.test>" || again.Get("Message-Id") != got {
		t.Errorf("%q, then %q", got, again.Get("Message-Id"))
	}
	if got := strings.ReplaceAll(word(t, h.Get("Subject")), "  ", " "); got != strings.TrimSpace(m.Subject) && got != m.Subject {
		t.Errorf("subject %q", got)
	}
	if from, err := h.AddressList("From"); err != nil || from[0].Name != "Ringflow ☎" {
		t.Errorf("%v, %v", from, err)
	}
	if to, err := h.AddressList("To"); err != nil || len(to) != 2 || to[0].Name != "Zoë" {
		t.Errorf("%v, %v", to, err)
	}
	if date, err := h.Date(); err != nil || !date.Equal(m.DateCreated) || h.Get("Auto-Submitted") != "auto-generated" {
		t.Errorf("%v %v %v", date, err, h)
	}
	if got := strings.ReplaceAll(string(parts[""]), "\r\n", "\n"); got != "Grüße.\n.\n..\nFrom me\n" {
		t.Errorf("text %q", got)
	}
	if len(parts) != 2 {
		t.Errorf("%d parts", len(parts))
	}
	for name, got := range parts {
		if name != "" && (!bytes.Equal(got, sound) || !strings.Contains(name, "été")) {
			t.Errorf("%q: %d bytes", name, len(got))
		}
	}
}

// No text of a message becomes a header, a recipient or a command.
func TestInjection(t *testing.T) {
	server := &smtptest.Server{}
	id := endpoints.NewID()
	s := &Sender{Server: server.Start(t), Sender: "phones@example.test", Security: None, Blobs: &shelf{files: map[string][]byte{id: []byte("x")}}}
	for _, evil := range []string{"x\r\nBcc: evil@x.test", "x\nX-Injected: yes", "x\r\n\r\n.\r\nMAIL FROM:<evil@x.test>", "x\rX-Injected: yes", "x\x00\r\n X-Injected: yes", "=?utf-8?q?=0D=0AX-Injected:_yes?="} {
		m := outbound(t, evil, evil, []string{"a@example.test"}, endpoints.MailFile{FileID: id, Name: evil, ContentType: "audio/wav; name=\"" + evil})
		if err := s.Send(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		mails := server.Mails()
		got := mails[len(mails)-1]
		h, parts := parse(t, got.Data)
		for name := range h {
			if !slices.Contains([]string{"From", "To", "Subject", "Date", "Message-Id", "Mime-Version", "Content-Type", "Auto-Submitted"}, name) {
				t.Errorf("%q made a header %s: %q", evil, name, h[name])
			}
		}
		if !slices.Equal(got.To, []string{"a@example.test"}) || len(parts) != 2 {
			t.Errorf("%q: to %v, parts %v", evil, got.To, parts)
		}
		for _, to := range []string{"a@example.test\r\nRCPT TO:<evil@x.test>", "<a@example.test>\r\n", "a@example.test, b@example.test", "\"a\r\nX: y\"@x.test", ""} {
			bad := outbound(t, "s", "t", []string{to})
			var refused *endpoints.Refused
			if err := s.Send(t.Context(), bad); to != "<a@example.test>\r\n" && !errors.As(err, &refused) {
				t.Errorf("to %q: %v", to, err)
			}
			if bad.Validate() == nil {
				t.Errorf("to %q is kept", to)
			}
		}
	}
	for _, mail := range server.Mails() {
		if slices.Contains(mail.To, "evil@x.test") || mail.From != "phones@example.test" {
			t.Errorf("%+v", mail)
		}
	}
}

// What the server says becomes: sent, partly, never, or later.
func TestAnswers(t *testing.T) {
	const sent, partly, never, later = "sent", "partly", "never", "later"
	one, two := []string{"a@x.test"}, []string{"a@x.test", "b@x.test"}
	reply := func(verb, text string) func(string, string) string {
		return func(v, _ string) string {
			if v == verb {
				return text
			}
			return ""
		}
	}
	toB := func(text string) func(string, string) string {
		return func(v, arg string) string {
			if v == "RCPT" && strings.Contains(arg, "b@") {
				return text
			}
			return ""
		}
	}
	for name, row := range map[string]struct {
		answer func(string, string) string
		to     []string
		want   string
		text   string
	}{
		"taken":                  {nil, two, sent, ""},
		"greeting 421":           {reply("CONNECT", "421 busy"), one, later, "busy"},
		"greeting 554":           {reply("CONNECT", "554 no mail here"), one, later, "no mail here"},
		"no greeting":            {reply("CONNECT", smtptest.Cut), one, later, "EOF"},
		"sender 550":             {reply("MAIL", "550 not you"), one, never, "not you"},
		"sender 451":             {reply("MAIL", "451 try again"), one, later, "try again"},
		"sender 530":             {reply("MAIL", "530 log in"), one, later, "log in"},
		"recipient 550":          {reply("RCPT", "550 no such user"), two, never, "no such user"},
		"recipient 450":          {reply("RCPT", "450 greylisted"), one, later, "greylisted"},
		"one recipient 550":      {toB("550 no such user"), two, partly, "b@x.test: 550"},
		"one recipient 450":      {toB("450 greylisted"), two, later, "greylisted"},
		"data 552":               {reply("DATA", "552 too much"), one, never, "too much"},
		"end 554":                {reply("END", "554 spam"), one, never, "spam"},
		"end 452":                {reply("END", "452 disk full"), one, later, "disk full"},
		"cut in the mail":        {reply("LINE", smtptest.Cut), one, later, ""},
		"cut before the yes":     {reply("KEPT", smtptest.Cut), one, later, "EOF"},
		"cut at the end":         {reply("QUIT", smtptest.Cut), one, sent, ""},
		"no sense":               {reply("MAIL", "what?"), one, later, ""},
		"login where none is":    {reply("AUTH", "535 no"), one, sent, ""},
		"international address":  {nil, []string{"jürgen@x.test"}, never, "SMTPUTF8"},
		"a reply without an end": {reply("EHLO", "250-and"), one, later, ""},
	} {
		t.Run(name, func(t *testing.T) {
			server := &smtptest.Server{Answer: row.answer}
			s := &Sender{Server: server.Start(t), Sender: "p@x.test", Security: None, Blobs: &shelf{}}
			ctx := t.Context()
			if name == "a reply without an end" {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, 200*time.Millisecond)
				defer cancel()
			}
			err := s.Send(ctx, outbound(t, "s", strings.Repeat("text\n", 5000), row.to))
			got := later
			var refused *endpoints.Refused
			var part *endpoints.Partly
			switch {
			case err == nil:
				got = sent
			case errors.As(err, &part):
				got = partly
			case errors.As(err, &refused):
				got = never
			}
			if got != row.want || err != nil && !strings.Contains(err.Error(), row.text) {
				t.Errorf("%s: %v", got, err)
			}
			if kept := len(server.Mails()); (kept > 0) != (row.want == sent || row.want == partly || name == "cut before the yes") {
				t.Errorf("%d mails were taken", kept)
			}
		})
	}
}

// Encrypted or not at all, where that is wanted; and the password is never said
// in clear.
func TestSecurity(t *testing.T) {
	conf, pool := smtptest.Certificate(t)
	said := ""
	listen := func(verb, arg string) string {
		if verb == "AUTH" {
			said = arg
		}
		return ""
	}
	for name, row := range map[string]struct {
		server   *smtptest.Server
		security string
		trust    *tls.Config
		ok       bool
	}{
		"starttls":                 {&smtptest.Server{TLS: conf}, STARTTLS, &tls.Config{RootCAs: pool}, true},
		"starttls is the default":  {&smtptest.Server{TLS: conf}, "", &tls.Config{RootCAs: pool}, true},
		"tls":                      {&smtptest.Server{TLS: conf, Implicit: true}, TLS, &tls.Config{RootCAs: pool}, true},
		"none":                     {&smtptest.Server{}, None, nil, true},
		"no starttls":              {&smtptest.Server{}, STARTTLS, &tls.Config{RootCAs: pool}, false},
		"a stranger's certificate": {&smtptest.Server{TLS: conf}, STARTTLS, nil, false},
		"a stranger's, tls":        {&smtptest.Server{TLS: conf, Implicit: true}, TLS, nil, false},
		"another name":             {&smtptest.Server{TLS: conf}, STARTTLS, &tls.Config{RootCAs: pool, ServerName: "mail.example.test"}, false},
		"clear where tls is meant": {&smtptest.Server{TLS: conf}, TLS, &tls.Config{RootCAs: pool}, false},
	} {
		t.Run(name, func(t *testing.T) {
			row.server.User, row.server.Password, row.server.Answer, said = "me", "pässword", listen, ""
			s := &Sender{Server: row.server.Start(t), User: "me", Password: "pässword", Sender: "p@x.test", Security: row.security, TLSConfig: row.trust, Blobs: &shelf{}}
			err := s.Send(t.Context(), outbound(t, "s", "t", []string{"a@x.test"}))
			var refused *endpoints.Refused
			if (err == nil) != row.ok || errors.As(err, &refused) {
				t.Fatalf("%v", err)
			}
			mails := row.server.Mails()
			if row.ok && (len(mails) != 1 || mails[0].User != "me" || mails[0].TLS != (row.security != None)) {
				t.Errorf("%+v", mails)
			}
			if !row.ok && (len(mails) != 0 || said != "") {
				t.Errorf("%+v, %q", mails, said)
			}
			if err != nil && strings.Contains(err.Error(), "pässword") {
				t.Error(err)
			}
		})
	}
	server := &smtptest.Server{User: "me", Password: "right", Answer: listen}
	s := &Sender{Server: server.Start(t), User: "me", Password: "wrong", Sender: "p@x.test", Security: None, Blobs: &shelf{}}
	err := s.Send(t.Context(), outbound(t, "s", "t", []string{"a@x.test"}))
	var refused *endpoints.Refused
	if err == nil || errors.As(err, &refused) || !strings.Contains(err.Error(), "535") {
		t.Errorf("a wrong password is the message's fault: %v", err)
	}
}

// A file that is gone is gone; one that can't be read is tried again, and the
// half of it is nobody's mail. A server that hangs is left when the time is over.
func TestFilesAndTime(t *testing.T) {
	server := &smtptest.Server{}
	address := server.Start(t)
	id := endpoints.NewID()
	file := endpoints.MailFile{FileID: id, Name: "m.wav", ContentType: "audio/wav"}
	s := &Sender{Server: address, Sender: "p@x.test", Security: None, Blobs: &shelf{}}
	var refused *endpoints.Refused
	if err := s.Send(t.Context(), outbound(t, "s", "t", []string{"a@x.test"}, file)); !errors.As(err, &refused) || !strings.Contains(err.Error(), "m.wav") {
		t.Error(err)
	}
	s.Blobs = &shelf{files: map[string][]byte{id: make([]byte, 100_000)}, broken: true}
	if err := s.Send(t.Context(), outbound(t, "s", "t", []string{"a@x.test"}, file)); err == nil || errors.As(err, &refused) {
		t.Error(err)
	}
	if n := len(server.Mails()); n != 0 {
		t.Errorf("%d mails were taken", n)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0") // says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	s = &Sender{Server: l.Addr().String(), Sender: "p@x.test", Security: None, Blobs: &shelf{}}
	ctx, cancel := context.WithCancelCause(t.Context())
	stopped := errors.New("stopped")
	stop := time.AfterFunc(100*time.Millisecond, func() { cancel(stopped) })
	defer stop.Stop()
	if err := s.Send(ctx, outbound(t, "s", "t", []string{"a@x.test"})); !errors.Is(err, stopped) {
		t.Error(err)
	}
	l.Close()
	if err := s.Send(t.Context(), outbound(t, "s", "t", []string{"a@x.test"})); err == nil || errors.As(err, &refused) {
		t.Error(err)
	}
}
