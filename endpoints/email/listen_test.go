package email

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/smtp"
	"net/textproto"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"ringflow/endpoints"
	"ringflow/endpoints/email/smtptest"
)

// desk is the switchboard of these tests: it keeps what it is given, once.
type desk struct {
	mu       sync.Mutex
	away     error
	all      []*endpoints.Message
	files    map[string]string
	receipts []string
}

func (d *desk) Receive(_ context.Context, m *endpoints.Message) error {
	if err := m.Validate(); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.away != nil {
		return d.away
	}
	for _, there := range d.all {
		if there.EndpointID == m.EndpointID && there.Key == m.Key {
			return nil
		}
	}
	d.all = append(d.all, m)
	return nil
}

func (d *desk) Attach(_ context.Context, account, name, kind string, r io.Reader) (endpoints.MessageFile, error) {
	b, err := io.ReadAll(r)
	d.mu.Lock()
	defer d.mu.Unlock()
	id := endpoints.NewID()
	if d.files == nil {
		d.files = map[string]string{}
	}
	d.files[id] = account + " " + name + " " + kind + " " + string(b)
	return endpoints.MessageFile{FileID: id, Name: name, ContentType: kind}, err
}

func (d *desk) Receipt(_ context.Context, c endpoints.Channel, endpoint, remote string, s endpoints.MessageState, why string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.receipts = append(d.receipts, fmt.Sprint(c, " ", endpoint, " ", remote, " ", s, " ", why))
	return nil
}

func (d *desk) Remote(context.Context, string, string, int) error { return nil }

func (d *desk) set(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.away = err
}

func (d *desk) messages() []*endpoints.Message {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]*endpoints.Message(nil), d.all...)
}

// book of addresses: those of account A and B, by name.
type addressBook map[string]*endpoints.Endpoint

func (b addressBook) Endpoints(_ context.Context, f endpoints.EndpointFilter) ([]*endpoints.Endpoint, int, error) {
	e := b[f.EmailAddress]
	if e == nil || len(f.AccountIDs) > 0 && f.AccountIDs[0] != e.AccountID {
		return nil, 0, nil
	}
	return []*endpoints.Endpoint{e}, 1, nil
}

func newBook(addresses ...string) addressBook {
	b := addressBook{}
	for i, a := range addresses {
		b[a] = &endpoints.Endpoint{Entity: endpoints.Entity{ID: fmt.Sprintf("%032d", i+1)}, AccountID: string(rune('A' + i)), Kind: endpoints.EmailAddress, EmailAddress: a, DisplayName: a}
	}
	return b
}

// nowhere is a DNS that knows nothing but what stands in it.
type nowhere map[string][]string

func (n nowhere) LookupTXT(_ context.Context, name string) ([]string, error) {
	if t, ok := n[strings.TrimSuffix(name, ".")]; ok {
		return t, nil
	}
	return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
}
func (n nowhere) LookupMX(context.Context, string) ([]*net.MX, error)                { return nil, nil }
func (n nowhere) LookupIPAddr(context.Context, string) ([]net.IPAddr, error)         { return nil, nil }
func (n nowhere) LookupAddr(_ context.Context, _ string) (names []string, err error) { return nil, nil }

func newReceiver(t testing.TB, d *desk) *Receiver {
	return &Receiver{Inbox: d, Host: "mx.x.test", Resolver: nowhere{}, Dir: t.TempDir()}
}

func listen(t *testing.T, l *Listener) string {
	t.Helper()
	at, err := l.Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Close)
	return at.String()
}

func send(t *testing.T, at, from string, to []string, raw string) error {
	t.Helper()
	return smtp.SendMail(at, nil, from, to, []byte(crlf(raw)))
}

func wantCode(t *testing.T, err error, code int) {
	t.Helper()
	var reply *textproto.Error
	if !errors.As(err, &reply) || reply.Code != code {
		t.Errorf("%v, want %d", err, code)
	}
}

// A mail is taken for good, and answered with yes only then: with the store away its sender
// keeps it, and what it sends again comes once.
func TestListener(t *testing.T) {
	d := &desk{}
	l := &Listener{Receiver: newReceiver(t, d), Directory: newBook("sales@x.test", "help@x.test")}
	at := listen(t, l)
	raw := "From: =?utf-8?Q?Zo=C3=AB?= <Zoe@Y.test>\nTo: sales@x.test\nSubject: A\nMessage-ID: <1@y.test>\nReferences: <r1@y.test> <r2@y.test>\nIn-Reply-To: <r2@y.test>\nReply-To: desk@y.test\nContent-Type: multipart/mixed; boundary=m\n\n--m\n\nHello\n\n> old\n--m\nContent-Type: image/png; name=a.png\n\nPNG\n--m--\n"
	d.set(errors.New("the disk is full"))
	wantCode(t, send(t, at, "zoe@y.test", []string{"Sales@X.test"}, raw), 451)
	d.set(nil)
	for range 2 {
		if err := send(t, at, "zoe@y.test", []string{"Sales@X.test", "help@x.test"}, raw); err != nil {
			t.Fatal(err)
		}
	}
	all := d.messages()
	if len(all) != 2 {
		t.Fatalf("%d messages", len(all))
	}
	m := all[0]
	if m.AccountID != "A" || m.OtherAddress != "zoe@y.test" || m.OtherName != "Zoë" || m.Sender != "Zoë" || m.Subject != "A" || m.Text != "Hello" || m.Key != "1@y.test" || m.Auto || m.Channel != endpoints.Email ||
		m.Direction != endpoints.MessageIn || m.Destination != "sales@x.test" || len(m.Files) != 1 || d.files[m.Files[0].FileID] != "A a.png image/png PNG" {
		t.Errorf("%+v", m)
	}
	if all[1].AccountID != "B" || d.files[all[1].Files[0].FileID] != "B a.png image/png PNG" {
		t.Errorf("%+v", all[1])
	}
	if got := string(m.Route); got != `{"messageId":"1@y.test","references":["r1@y.test","r2@y.test"],"subject":"A","from":"zoe@y.test","replyTo":"desk@y.test","to":"sales@x.test"}` {
		t.Error(got)
	}
	if m.Facts["SPF"] != "none" || m.Facts["DKIM"] != "none" || m.Facts["Sender-Verified"] != "no" || m.Facts["Return-Path"] != "zoe@y.test" || m.Facts["Remote-Address"] != "127.0.0.1" || !strings.HasPrefix(m.Facts["Authentication-Results"], "mx.x.test; dkim=none") {
		t.Errorf("%q", m.Facts)
	}
	// Without an id it is what it says; another way it may come with other marks of its way.
	for _, way := range []string{"", "Received: from a\n\tby b\nReturn-Path: <q@y.test>\n"} {
		if err := send(t, at, "", []string{"help@x.test"}, way+"From: q@y.test\n\nNo id\n"); err != nil {
			t.Fatal(err)
		}
	}
	if all := d.messages(); len(all) != 3 || !all[2].Auto || !strings.HasPrefix(all[2].Key, "sha256:") {
		t.Errorf("%d messages", len(all))
	}
}

// Nobody else's mail is taken, whatever the address looks like; who asks for many is sent away.
func TestNoRelay(t *testing.T) {
	d := &desk{}
	at := listen(t, &Listener{Receiver: newReceiver(t, d), Directory: newBook("sales@x.test")})
	for _, to := range []string{"bob@y.test", "sales@y.test", "sales%y.test@x.test", "\"sales@y.test\"@x.test"} {
		wantCode(t, send(t, at, "zoe@y.test", []string{to}, "Subject: x\n\nx"), 550)
	}
	c, err := smtp.Dial(at)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Mail("zoe@y.test"); err != nil {
		t.Fatal(err)
	}
	for range maxUnknown {
		wantCode(t, c.Rcpt("guess@x.test"), 550)
	}
	wantCode(t, c.Rcpt("sales@x.test"), 421)
	if n := len(d.messages()); n != 0 {
		t.Errorf("%d messages", n)
	}
}

// STARTTLS with the server's certificate.
func TestStartTLS(t *testing.T) {
	d := &desk{}
	conf, roots := smtptest.Certificate(t)
	at := listen(t, &Listener{Receiver: newReceiver(t, d), Directory: newBook("sales@x.test"), TLS: conf})
	c, err := smtp.Dial(at)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.StartTLS(&tls.Config{RootCAs: roots, ServerName: "127.0.0.1"}); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(c.Mail("zoe@y.test"), c.Rcpt("sales@x.test")); err != nil {
		t.Fatal(err)
	}
	w, err := c.Data()
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(w, "From: zoe@y.test\r\n\r\nHi\r\n")
	if err := errors.Join(w.Close(), c.Quit()); err != nil || len(d.messages()) != 1 {
		t.Errorf("%v, %d messages", err, len(d.messages()))
	}
}

// 50 MB are refused before they are sent, and while they are read, in little memory; a bomb is
// refused; what comes after is taken.
func TestTooMuch(t *testing.T) {
	d := &desk{}
	at := listen(t, &Listener{Receiver: newReceiver(t, d), Directory: newBook("sales@x.test")})
	conn, err := net.Dial("tcp", at)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	c := textproto.NewConn(conn)
	ask := func(code int, line string) {
		t.Helper()
		if line != "" {
			if err := c.PrintfLine("%s", line); err != nil {
				t.Fatal(err)
			}
		}
		if got, text, err := c.ReadResponse(code); err != nil {
			t.Fatalf("%s: %d %s", line, got, text)
		}
	}
	ask(220, "")
	ask(250, "EHLO y.test")
	ask(552, "MAIL FROM:<zoe@y.test> SIZE=52428800")
	ask(250, "MAIL FROM:<zoe@y.test>")
	ask(250, "RCPT TO:<sales@x.test>")
	ask(354, "DATA")
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	line := []byte(strings.Repeat("x", 998) + "\r\n")
	for range 50 << 10 {
		if _, err := conn.Write(line); err != nil {
			t.Fatal(err)
		}
	}
	ask(552, ".")
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > 8<<20 {
		t.Errorf("%d MB of memory were used", n>>20)
	}
	ask(221, "QUIT")
	wantCode(t, send(t, at, "zoe@y.test", []string{"sales@x.test"}, "From: a@x.test\nContent-Type: multipart/mixed; boundary=m\n\n"+strings.Repeat("--m\n\nx\n", 10_000)), 554)
	if err := send(t, at, "zoe@y.test", []string{"sales@x.test"}, "From: a@y.test\nSubject: x\r\n\nx"); err != nil || len(d.messages()) != 1 || len(d.files) != 0 {
		t.Errorf("%v, %d messages", err, len(d.messages()))
	}
}

// pipes is a listener whose connections are made by the test, in virtual time.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}
func (p *pipes) Close() error   { p.once.Do(func() { close(p.closed) }); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

// Who says nothing, and who says a letter a minute, is sent away; so is who comes with too many
// connections at once.
func TestSlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in := &pipes{conns: make(chan net.Conn), closed: make(chan struct{})}
		l := &Listener{Receiver: newReceiver(t, &desk{}), Directory: newBook("sales@x.test")}
		l.serve(t.Context(), in)
		defer l.Close()
		ended := func(talk func(net.Conn)) time.Duration {
			here, there := net.Pipe()
			defer here.Close()
			in.conns <- there
			start := time.Now()
			var wg sync.WaitGroup
			wg.Go(func() { talk(here) })
			_, _ = io.Copy(io.Discard, here) // ends when they do
			took := time.Since(start)
			here.Close()
			wg.Wait()
			return took
		}
		if took := ended(func(net.Conn) {}); took != silence {
			t.Errorf("silence was borne for %s", took)
		}
		if took := ended(func(c net.Conn) {
			for {
				if _, err := c.Write([]byte("E")); err != nil {
					return
				}
				time.Sleep(time.Minute)
			}
		}); took < silence || took > connectionTime+time.Minute {
			t.Errorf("a letter a minute was borne for %s", took)
		}
		var open []net.Conn
		for i := range maxConnsOfOne + 1 {
			here, there := net.Pipe()
			open = append(open, here)
			in.conns <- there
			line, err := bufio.NewReader(here).ReadString('\n')
			if want := map[bool]string{true: "220 ", false: "421 "}[i < maxConnsOfOne]; err != nil || !strings.HasPrefix(line, want) {
				t.Errorf("connection %d: %q, %v", i, line, err)
			}
		}
		for _, c := range open {
			c.Close()
		}
	})
}
