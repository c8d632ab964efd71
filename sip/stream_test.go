package sip

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"
)

// until polls for a bounded time.
func until(t *testing.T, what string, f func() bool) {
	t.Helper()
	for end := time.Now().Add(40 * time.Second); time.Now().Before(end); {
		if f() {
			return
		}
		wait := make(chan struct{})
		time.AfterFunc(2*time.Millisecond, func() { close(wait) })
		<-wait
	}
	t.Fatal("never: " + what)
}

// real makes two UAs on loopback; b answers by handler.
func real(t *testing.T, network string, b Handler) (ua, ub *UA, addr net.Addr) {
	t.Helper()
	cert := selfSigned(t)
	roots := x509.NewCertPool()
	roots.AddCert(cert.Leaf)
	cfg := &tls.Config{Certificates: []tls.Certificate{cert}, RootCAs: roots}
	ua = &UA{Directory: trusting{}, TLS: cfg, Handler: func(context.Context, *Invite) error { return &Status{Code: 486} }}
	ub = &UA{Directory: trusting{}, TLS: cfg, Handler: b}
	for _, u := range []*UA{ua, ub} {
		t.Cleanup(func() {
			if u.Close(); u.Stats().Panics != 0 {
				t.Errorf("%d panics", u.Stats().Panics)
			}
		})
		var err error
		if addr, err = u.Listen(t.Context(), network+"://127.0.0.1:0"); err != nil {
			t.Fatal(err)
		}
	}
	return ua, ub, addr
}

func TestStreamCall(t *testing.T) {
	for _, network := range []string{"tcp", "tls"} {
		t.Run(network, func(t *testing.T) {
			legs := make(chan *Leg, 1)
			ua, ub, addr := real(t, network, picksUpTo(&audio{name: "bob"}, legs))
			l, err := ua.Dial(t.Context(), Dial{To: fmt.Sprintf("sip:bob@%s;transport=%s", addr, network)}, &audio{name: "alice"})
			if err != nil {
				t.Fatal(err)
			}
			lb := <-legs
			if err := lb.Reinvite(t.Context()); err != nil {
				t.Error(err)
			}
			// The connection dies in mid-call: the call lives on.
			for s := range ua.core.openStreams() {
				s.conn.Close()
			}
			until(t, "both noticed", func() bool { return len(ua.core.openStreams())+len(ub.core.openStreams()) == 0 })
			if l.Context().Err() != nil || lb.Context().Err() != nil {
				t.Error("the loss of a connection ended the call")
			}
			// The callee's BYE dials the caller's Contact.
			if err := lb.Hangup(t.Context(), nil); err != nil {
				t.Error(err)
			}
			select {
			case <-l.Context().Done():
				if !errors.Is(context.Cause(l.Context()), ErrRemoteBye) {
					t.Error(context.Cause(l.Context()))
				}
			case <-time.After(40 * time.Second):
				t.Error("BYE never came")
			}
		})
	}
}

func (c *core) openStreams() map[*stream]struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	m := map[*stream]struct{}{}
	for s := range c.streams {
		m[s] = struct{}{}
	}
	return m
}

// TestConnectionLostWhileRinging fails the INVITE at once, not after 32 s.
func TestConnectionLostWhileRinging(t *testing.T) {
	ringing := make(chan struct{})
	ua, ub, addr := real(t, "tcp", func(ctx context.Context, in *Invite) error {
		in.Leg.Ring(ctx, false)
		close(ringing)
		<-ctx.Done()
		return nil
	})
	go func() {
		<-ringing
		for s := range ub.core.openStreams() {
			s.conn.Close()
		}
	}()
	_, err := ua.Dial(t.Context(), Dial{To: fmt.Sprintf("sip:bob@%s;transport=tcp", addr)}, &audio{})
	if !errors.Is(err, ErrTransport) {
		t.Error(err)
	}
}

// TestTLSVerified: a certificate that is not for the name we dialled, or that
// nobody we trust signed, gets no INVITE.
func TestTLSVerified(t *testing.T) {
	ua, _, addr := real(t, "tls", picksUp(&audio{}))
	ua.TLS.RootCAs = x509.NewCertPool()
	_, err := ua.Dial(t.Context(), Dial{To: fmt.Sprintf("sips:bob@%s", addr)}, &audio{})
	var bad *tls.CertificateVerificationError
	if !errors.Is(err, ErrTransport) || !errors.As(err, &bad) {
		t.Error(err)
	}
}

// TestBigRequestByTCP: an INVITE of more than 1300 bytes leaves by TCP if the
// far end has it, else by UDP all the same.
func TestBigRequestByTCP(t *testing.T) {
	for _, withTCP := range []bool{true, false} {
		t.Run(fmt.Sprint(withTCP), func(t *testing.T) {
			got := make(chan string, 1)
			ua, ub, addr := real(t, "udp", func(ctx context.Context, in *Invite) error {
				got <- in.Transport + " " + itoa(len(in.Header("X-Big")))
				return &Status{Code: 486}
			})
			if withTCP {
				if _, err := ub.Listen(t.Context(), "tcp://"+addr.String()); err != nil {
					t.Skip("that TCP port is taken:", err)
				}
			}
			_, err := ua.Dial(t.Context(), Dial{To: "sip:bob@" + addr.String(), Headers: [][2]string{{"X-Big", strings.Repeat("x", 2000)}}}, &audio{})
			var st *Status
			if !errors.As(err, &st) || st.Code != 486 {
				t.Error(err)
			}
			want := map[bool]string{true: "TCP 2000", false: "UDP 2000"}[withTCP]
			if s := <-got; s != want {
				t.Errorf("by %s, want %s", s, want)
			}
		})
	}
}

func listenTCP(t *testing.T, ua *UA) string {
	t.Helper()
	t.Cleanup(func() { ua.Close() })
	addr, err := ua.Listen(t.Context(), "tcp://127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return addr.String()
}

func dialTCP(t *testing.T, addr string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(40 * time.Second))
	return c
}

// closed waits until the far end closes c.
func closed(t *testing.T, c net.Conn) {
	t.Helper()
	buf := make([]byte, 1024)
	for {
		if _, err := c.Read(buf); err != nil {
			var ne net.Error
			if errors.As(err, &ne) && ne.Timeout() {
				t.Error("the connection stays open")
			}
			return
		}
	}
}

const optionsTCP = "OPTIONS sip:x@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1:9;branch=z9hG4bK%s\r\nFrom: <sip:a@b>;tag=1\r\n" +
	"To: <sip:x@127.0.0.1>\r\nCall-ID: %s\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"

// TestStreamLimits: half a message, a silent one, too many, too big.
func TestStreamLimits(t *testing.T) {
	ua := &UA{Directory: trusting{}, ReadTimeout: 100 * time.Millisecond, IdleTimeout: 300 * time.Millisecond}
	addr := listenTCP(t, ua)
	t.Run("half a message", func(t *testing.T) {
		c := dialTCP(t, addr)
		fmt.Fprint(c, optionsTCP[:40])
		closed(t, c)
	})
	t.Run("idle", func(t *testing.T) { closed(t, dialTCP(t, addr)) })
	t.Run("64 kB", func(t *testing.T) {
		c := dialTCP(t, addr)
		go fmt.Fprintf(c, "OPTIONS sip:x@y SIP/2.0\r\n%s", strings.Repeat("X-A: b\r\n", 20000))
		closed(t, c)
	})
	t.Run("two lengths", func(t *testing.T) {
		c := dialTCP(t, addr)
		fmt.Fprint(c, strings.Replace(fmt.Sprintf(optionsTCP, "l", "l"), "Content-Length: 0", "Content-Length: 0\r\nl: 5", 1))
		line, _ := bufio.NewReader(c).ReadString('\n')
		if !strings.HasPrefix(line, "SIP/2.0 400 ") {
			t.Error(line)
		}
		closed(t, c)
	})
	t.Run("per source", func(t *testing.T) {
		ua := &UA{Directory: trusting{}, MaxSource: 8} // an idle one has minutes
		addr := listenTCP(t, ua)
		for range 8 {
			dialTCP(t, addr)
		}
		until(t, "eight are in", func() bool { return ua.Stats().Connections == 8 })
		closed(t, dialTCP(t, addr)) // the ninth, at once
		if n := ua.Stats().Refused["connections"]; n != 1 {
			t.Errorf("%d refused", n)
		}
	})
}

// TestKeepAlive: CRLFCRLF gets CRLF, and messages glued together are all read.
func TestKeepAlive(t *testing.T) {
	addr := listenTCP(t, &UA{Directory: trusting{}})
	c := dialTCP(t, addr)
	fmt.Fprint(c, "\r\n\r\n")
	buf := make([]byte, 2)
	if _, err := c.Read(buf); err != nil || string(buf) != "\r\n" {
		t.Error(err, buf)
	}
	var all strings.Builder
	for i := range 50 {
		fmt.Fprintf(&all, "\r\n"+optionsTCP, itoa(i), "k"+itoa(i))
	}
	text := all.String()
	go func() { // in odd pieces
		for len(text) > 0 {
			n := min(len(text), 997)
			fmt.Fprint(c, text[:n])
			text = text[n:]
		}
	}()
	r := bufio.NewReader(c)
	for n := 0; n < 50; {
		line, err := r.ReadString('\n')
		if err != nil {
			t.Fatal(n, err)
		}
		if strings.HasPrefix(line, "SIP/2.0 200") {
			n++
		}
	}
}

// TestTLSHandshakeDeadline: a client that never speaks TLS holds nobody up.
func TestTLSHandshakeDeadline(t *testing.T) {
	ua := &UA{Directory: trusting{}, ReadTimeout: 2 * time.Second, TLS: &tls.Config{Certificates: []tls.Certificate{selfSigned(t)}}}
	t.Cleanup(func() { ua.Close() })
	addr, err := ua.Listen(t.Context(), "tls://127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	silent := dialTCP(t, addr.String())
	good, err := tls.Dial("tcp", addr.String(), &tls.Config{InsecureSkipVerify: true}) // this test's own certificate
	if err != nil {
		t.Fatal(err)
	}
	good.Close()
	closed(t, silent)
}

func TestListenErrors(t *testing.T) {
	ua := &UA{}
	defer ua.Close()
	addr, err := ua.Listen(t.Context(), "udp://127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	for url, want := range map[string]string{
		"udp://" + addr.String():  "address already in use",
		"tls://127.0.0.1:0":       "tls.cert",
		"ws://127.0.0.1:0":        "none of udp, tcp, tls",
		"127.0.0.1:5060":          "want udp://",
		"udp://no.such.invalid:1": "listen on udp://",
	} {
		if _, err := ua.Listen(t.Context(), url); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", url, err)
		}
	}
}
