package sip

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// corpus is a folder of RINGFLOW_CORPUS. Without it a test skips, but never in CI.
func corpus(t *testing.T, name string) string {
	t.Helper()
	root := os.Getenv("RINGFLOW_CORPUS")
	if root == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("RINGFLOW_CORPUS is not set: CI needs the corpora")
		}
		t.Skip("RINGFLOW_CORPUS is not set: no messages to send")
	}
	dir := filepath.Join(root, name)
	if l, err := os.ReadDir(dir); err != nil || len(l) == 0 {
		t.Fatalf("%s is empty: %v", dir, err)
	}
	return dir
}

type tortureCase struct {
	File, Expect string
	raw          []byte
}

func tortureCases(t *testing.T) []tortureCase {
	t.Helper()
	var all []tortureCase
	for _, set := range []string{"rfc4475", "rfc5118"} {
		dir := corpus(t, set)
		b, err := os.ReadFile(filepath.Join(dir, "manifest.json"))
		if err != nil {
			t.Fatal(err)
		}
		var list []tortureCase
		if err := json.Unmarshal(b, &list); err != nil {
			t.Fatal(err)
		}
		for i := range list {
			c := &list[i]
			name := strings.TrimPrefix(c.File, "../rfc5118/")
			if c.raw, err = os.ReadFile(filepath.Join(dir, name)); err != nil {
				t.Fatal(err)
			}
			if set == "rfc5118" {
				c.raw = recount(c.raw)
			}
			c.File = set + "/" + name
		}
		all = append(all, list...)
	}
	if len(all) < 60 {
		t.Fatalf("only %d messages in the corpora", len(all))
	}
	return all
}

// recount mends a Content-Length that counts LF alone, as the corpus says.
func recount(raw []byte) []byte {
	head, body, ok := bytes.Cut(raw, []byte("\r\n\r\n"))
	if !ok || len(body) == 0 {
		return raw
	}
	lines := strings.Split(string(head), "\r\n")
	for i, l := range lines {
		if n, _, _ := strings.Cut(l, ":"); strings.EqualFold(strings.TrimSpace(n), "Content-Length") {
			lines[i] = fmt.Sprintf("Content-Length: %d", len(body))
		}
	}
	return append([]byte(strings.Join(lines, "\r\n")+"\r\n\r\n"), body...)
}

// oneSource is a UDP socket whose answers all go to the one client, whatever
// port a Via named, so that the client sees them. Another host is an error.
type oneSource struct {
	net.PacketConn
	t      *testing.T
	client *net.UDPAddr
}

func (o *oneSource) WriteTo(b []byte, to net.Addr) (int, error) {
	if !to.(*net.UDPAddr).IP.Equal(o.client.IP) {
		o.t.Errorf("sent to %v, who sent nothing: %.60s", to, b)
	}
	return o.PacketConn.WriteTo(b, o.client)
}

// far is the client's end of one exchange.
type far interface {
	send(b []byte)
	// next is the next message that came; nil: the connection ended.
	next(deadline time.Time) []byte
	close()
}

type farUDP struct {
	c  net.PacketConn
	to net.Addr
}

func (f *farUDP) send(b []byte) { f.c.WriteTo(b, f.to) }
func (f *farUDP) close()        {}

func (f *farUDP) next(d time.Time) []byte {
	buf := make([]byte, 65536)
	f.c.SetReadDeadline(d)
	n, _, err := f.c.ReadFrom(buf)
	if err != nil {
		return nil
	}
	return buf[:n]
}

type farStream struct {
	c   net.Conn
	buf []byte
}

func (f *farStream) send(b []byte) { f.c.Write(b) }
func (f *farStream) close()        { f.c.Close() }

func (f *farStream) next(d time.Time) []byte {
	f.c.SetReadDeadline(d)
	for {
		f.buf = bytes.TrimLeft(f.buf, "\r\n")
		if end := headEnd(f.buf); end > 0 {
			if n, ok := bodyLength(f.buf[:end]); ok && len(f.buf) >= end+n {
				m := f.buf[:end+n]
				f.buf = f.buf[end+n:]
				return m
			}
		}
		chunk := make([]byte, 4096)
		n, err := f.c.Read(chunk)
		if err != nil {
			return nil
		}
		f.buf = append(f.buf, chunk[:n]...)
	}
}

// provoke sends one message and then OPTIONS, and returns the codes of the
// answers to the former and whether the latter was answered.
func provoke(open func() far, c tortureCase, network string, n int) (codes []string, sane bool) {
	f := open()
	defer func() { f.close() }()
	f.send(c.raw)
	wants := !slices.Contains(strings.Split(c.Expect, "|"), "ignore") && !strings.Contains(c.Expect, "drop")
	deadline := time.Now().Add(40 * time.Second)
	final := func() bool {
		return slices.ContainsFunc(codes, func(c string) bool { return c[0] != '1' })
	}
	take := func(b []byte, probe string) bool {
		if strings.Contains(string(b), probe) {
			return true
		}
		if s := string(b); strings.HasPrefix(s, "SIP/2.0 ") {
			codes = append(codes, s[8:11])
		} else {
			codes = append(codes, "unasked "+summary(b))
		}
		return false
	}
	for wants && !final() {
		b := f.next(deadline)
		if b == nil {
			break
		}
		take(b, "no probe yet")
	}
	// Twice, so that a late answer to the first message cannot hide.
	for i := range 2 {
		if network != "UDP" {
			f.close()
			f = open()
		}
		probe := fmt.Sprintf("probe-%s-%d-%d", network, n, i)
		f.send([]byte("OPTIONS sip:ringflow@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/" + network + " 127.0.0.1:1;branch=z9hG4bK" + probe +
			"\r\nFrom: <sip:probe@127.0.0.1>;tag=1\r\nTo: <sip:ringflow@127.0.0.1>\r\nCall-ID: " + probe +
			"\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"))
		for {
			b := f.next(deadline)
			if b == nil {
				return codes, false
			}
			if take(b, probe) {
				sane = strings.HasPrefix(string(b), "SIP/2.0 200 ")
				break
			}
		}
	}
	return codes, sane
}

// judge compares the answers with the manifest's words.
func judge(expect string, codes []string) bool {
	final := ""
	for _, c := range codes {
		if strings.HasPrefix(c, "unasked") {
			return false
		}
		if c[0] != '1' && final == "" {
			final = c
		}
	}
	for _, e := range strings.Split(expect, "|") {
		switch e {
		case "ignore", "drop":
			if len(codes) == 0 {
				return true
			}
		case "accept", "accept-first", "accept-lenient":
			if final != "" && final != "400" && final[0] != '5' {
				return true
			}
		default:
			if final == e {
				return true
			}
		}
	}
	return false
}

// TestTorture sends every message of RFC 4475 and RFC 5118 as a trusted trunk.
func TestTorture(t *testing.T) {
	cases := tortureCases(t)
	cert := selfSigned(t)
	for _, network := range []string{"UDP", "TCP", "TLS"} {
		t.Run(network, func(t *testing.T) {
			ua := &UA{Directory: trusting{}, ReadTimeout: 2 * time.Second, TLS: &tls.Config{Certificates: []tls.Certificate{cert}},
				Handler: picksUp(&audio{name: "house"})}
			defer ua.Close()
			var open func() far
			if network == "UDP" {
				client := mustUDP(t)
				server := mustUDP(t)
				if err := ua.ServePacket(&oneSource{server, t, client.LocalAddr().(*net.UDPAddr)}); err != nil {
					t.Fatal(err)
				}
				open = func() far { return &farUDP{client, server.LocalAddr()} }
			} else {
				addr, err := ua.Listen(t.Context(), strings.ToLower(network)+"://127.0.0.1:0")
				if err != nil {
					t.Fatal(err)
				}
				open = func() far {
					c, err := net.Dial("tcp", addr.String())
					if err != nil {
						t.Fatal(err)
					}
					if network == "TLS" {
						c = tls.Client(c, &tls.Config{InsecureSkipVerify: true}) // a throw-away certificate of this test
					}
					return &farStream{c: c}
				}
			}
			for i, c := range cases {
				if network != "UDP" && strings.HasSuffix(c.File, "clerr.dat") {
					c.Expect = "400|drop" // a stream waits for the rest, in vain
				}
				codes, sane := provoke(open, c, network, i)
				if !sane {
					t.Errorf("%s: OPTIONS afterwards got no 200", c.File)
				}
				if !judge(c.Expect, codes) {
					t.Errorf("%s: want %s, got %v", c.File, c.Expect, codes)
				}
				if strings.HasPrefix(c.Expect, "accept-first") && network == "UDP" && len(codes) > 1 {
					t.Errorf("%s: more than one transaction: %v", c.File, codes)
				}
			}
			if n := ua.Stats().Panics; n != 0 {
				t.Errorf("%d panics", n)
			}
		})
	}
}

func mustUDP(t *testing.T) *net.UDPConn {
	t.Helper()
	c, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.MustParseAddrPort("127.0.0.1:0")))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// FuzzIntake feeds the reader of messages; the corpora are its seeds.
func FuzzIntake(f *testing.F) {
	if root := os.Getenv("RINGFLOW_CORPUS"); root != "" {
		files, _ := filepath.Glob(filepath.Join(root, "rfc4475", "*", "*.dat"))
		more, _ := filepath.Glob(filepath.Join(root, "jain-sip", "*"))
		for _, name := range append(files, more...) {
			if b, err := os.ReadFile(name); err == nil {
				f.Add(b)
			}
		}
	}
	f.Add([]byte("OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKx\r\nFrom: \"a\\\"\" <sip:a@b>;TAG=1\r\nt: <sip:b@c>\r\ni: x\r\nCSeq: 1 OPTIONS\r\nl: 0\r\n\r\n"))
	c := (&UA{}).start()
	f.Cleanup(func() { c.close() })
	f.Fuzz(func(t *testing.T, b []byte) {
		p, flt := scan(b)
		if len(p.fields) > maxFields {
			t.Fatalf("%d fields", len(p.fields))
		}
		req, res, f2 := validate(p, hop{addr: netip.MustParseAddrPort("192.0.2.1:5060")})
		if flt == nil && f2 == nil && req == nil && res == nil {
			t.Fatal("neither message nor fault")
		}
		if req == nil {
			return
		}
		// Whatever came in, one answer goes out, and it is one message that we
		// can read ourselves: nothing of theirs adds a line.
		out := c.encode(req, answer(200), "tag")
		q, f3 := scan(out)
		if f3 != nil && flt == nil && f2 == nil {
			t.Fatalf("our answer: %v\n%s", f3, out)
		}
		if end := headEnd(out); end != len(out) {
			t.Fatalf("our answer has a body:\n%q", out)
		}
		_ = q
	})
}
