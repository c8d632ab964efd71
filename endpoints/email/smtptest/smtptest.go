// Package smtptest is an SMTP server for tests: small, real on the wire, and as
// bad as a test wants it.
package smtptest

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

// Mail is one that the server has taken.
type Mail struct {
	From string
	To   []string
	Data []byte // as it came, dots unstuffed
	TLS  bool
	User string // who had logged in
}

// Cut as an answer ends the connection.
const Cut = "cut"

// Server takes mail. Set the fields before it serves.
type Server struct {
	// Answer chooses a reply, such as "451 later", to what came; empty: the usual
	// one. verb is CONNECT, EHLO, STARTTLS, AUTH, MAIL, RCPT, DATA, LINE (one of a
	// mail; what is answered is ignored but Cut), END (of a mail, arg is the mail),
	// KEPT (the mail has been taken, and is not yet answered). It may be called by
	// many at once.
	Answer         func(verb, arg string) string
	TLS            *tls.Config // offers STARTTLS
	Implicit       bool        // TLS from the first byte
	User, Password string      // who may send; empty: everybody
	Extensions     []string    // of EHLO, beside those

	mu    sync.Mutex
	mails []Mail
	conns map[net.Conn]bool
	more  chan struct{} // closed and made anew with each mail
	wg    sync.WaitGroup
}

// Start lets s listen on a loopback port until the test ends; it returns host:port.
func (s *Server) Start(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s.wg.Go(func() { s.Serve(c) })
		}
	})
	t.Cleanup(func() {
		l.Close()
		s.mu.Lock()
		for c := range s.conns {
			c.Close()
		}
		s.mu.Unlock()
		s.wg.Wait()
	})
	return l.Addr().String()
}

// Mails are those that were taken.
func (s *Server) Mails() []Mail {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Mail(nil), s.mails...)
}

// Wait waits for n mails, and fails the test if they don't come.
func (s *Server) Wait(t testing.TB, n int) []Mail {
	t.Helper()
	limit := time.NewTimer(time.Minute)
	defer limit.Stop()
	for {
		s.mu.Lock()
		if s.more == nil {
			s.more = make(chan struct{})
		}
		more := s.more
		s.mu.Unlock()
		if all := s.Mails(); len(all) >= n {
			return all
		}
		select {
		case <-more:
		case <-limit.C:
			t.Fatalf("%d mails came, %d were expected", len(s.Mails()), n)
		}
	}
}

func (s *Server) answer(verb, arg string) string {
	if s.Answer == nil {
		return ""
	}
	return s.Answer(verb, arg)
}

// session is one connection.
type session struct {
	*Server
	conn   net.Conn
	r      *bufio.Reader
	secure bool
	user   string
	mail   Mail
}

// Serve serves one connection to its end.
func (s *Server) Serve(c net.Conn) {
	s.mu.Lock()
	if s.conns == nil {
		s.conns = map[net.Conn]bool{}
	}
	s.conns[c] = true
	s.mu.Unlock()
	defer func() {
		c.Close()
		s.mu.Lock()
		delete(s.conns, c)
		s.mu.Unlock()
	}()
	x := &session{Server: s, conn: c}
	if s.Implicit {
		x.conn, x.secure = tls.Server(c, s.TLS), true
	}
	x.r = bufio.NewReader(x.conn)
	if !x.reply("CONNECT", "", "220 test ESMTP") {
		return
	}
	for x.command() {
	}
}

// reply says what the test wants, or the usual; false: the connection is over.
func (x *session) reply(verb, arg, usual string) bool {
	a := x.answer(verb, arg)
	if a == "" {
		a = usual
	}
	return a != Cut && x.say(a)
}

func (x *session) say(line string) bool {
	_, err := x.conn.Write([]byte(line + "\r\n"))
	return err == nil
}

func (x *session) command() bool {
	line, err := x.r.ReadString('\n')
	if err != nil {
		return false
	}
	verb, arg, _ := strings.Cut(strings.TrimRight(line, "\r\n"), " ")
	switch verb = strings.ToUpper(verb); verb {
	case "EHLO", "HELO":
		return x.hello(verb, arg)
	case "STARTTLS":
		if x.TLS == nil || !x.reply(verb, arg, "220 go") {
			return false
		}
		x.conn, x.secure = tls.Server(x.conn, x.TLS), true
		x.r = bufio.NewReader(x.conn)
		return true
	case "AUTH":
		return x.auth(arg)
	case "MAIL":
		if x.User != "" && x.user == "" {
			return x.say("530 5.7.0 log in first")
		}
		x.mail = Mail{From: address(arg), TLS: x.secure, User: x.user}
		return x.reply(verb, arg, "250 ok")
	case "RCPT":
		a := x.answer(verb, arg)
		if a == "" {
			x.mail.To = append(x.mail.To, address(arg))
			a = "250 ok"
		}
		return a != Cut && x.say(a)
	case "DATA":
		a := x.answer(verb, arg)
		if a != "" {
			return a != Cut && x.say(a)
		}
		return x.say("354 go on") && x.data()
	case "RSET", "NOOP":
		return x.reply(verb, arg, "250 ok")
	case "QUIT":
		x.reply(verb, arg, "221 bye")
		return false
	}
	return x.say("500 what?")
}

func (x *session) hello(verb, arg string) bool {
	if a := x.answer(verb, arg); a != "" {
		return a != Cut && x.say(a)
	}
	lines := append([]string{"test", "PIPELINING"}, x.Extensions...)
	if x.TLS != nil && !x.secure {
		lines = append(lines, "STARTTLS")
	}
	if x.User != "" {
		lines = append(lines, "AUTH PLAIN LOGIN")
	}
	for i, l := range lines {
		sep := "-"
		if i == len(lines)-1 {
			sep = " "
		}
		if !x.say("250" + sep + l) {
			return false
		}
	}
	return true
}

func (x *session) auth(arg string) bool {
	if a := x.answer("AUTH", arg); a != "" {
		return a != Cut && x.say(a)
	}
	text, _ := strings.CutPrefix(arg, "PLAIN ")
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil || string(raw) != "\x00"+x.User+"\x00"+x.Password {
		return x.say("535 5.7.8 no")
	}
	x.user = x.User
	return x.say("235 ok")
}

func (x *session) data() bool {
	var b bytes.Buffer
	for {
		line, err := x.r.ReadString('\n')
		if err != nil {
			return false
		}
		if line == ".\r\n" {
			break
		}
		if x.answer("LINE", line) == Cut {
			return false
		}
		b.WriteString(strings.TrimPrefix(line, "."))
	}
	if a := x.answer("END", b.String()); a != "" {
		return a != Cut && x.say(a)
	}
	x.mail.Data = b.Bytes()
	x.mu.Lock()
	x.mails = append(x.mails, x.mail)
	if x.more != nil {
		close(x.more)
	}
	x.more = make(chan struct{})
	x.mu.Unlock()
	return x.reply("KEPT", "", "250 taken")
}

// address is what stands between < and >.
func address(arg string) string {
	_, a, _ := strings.Cut(arg, "<")
	a, _, _ = strings.Cut(a, ">")
	return a
}

// Certificate makes one for 127.0.0.1, and who trusts it.
func Certificate(t testing.TB) (*tls.Config, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, MinVersion: tls.VersionTLS12}, pool
}
