package main

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// tortureHost is the trusted trunk that sends the messages. It listens on every
// port that a Via of theirs names, for that is where the answers go.
const tortureHost = "127.0.0.5"

type torture struct {
	File, Expect string
	raw          []byte
}

var lengthLine = regexp.MustCompile(`(?im)^(content-length|l)[ \t]*:[^\r]*`)

func tortures(t *testing.T) []torture {
	t.Helper()
	var all []torture
	for _, set := range []string{"rfc4475", "rfc5118"} {
		dir := corpusFolder(t, set)
		b, err := os.ReadFile(filepath.Join(dir, "manifest.json"))
		if err != nil {
			t.Fatal(err)
		}
		var list []torture
		if err := json.Unmarshal(b, &list); err != nil {
			t.Fatal(err)
		}
		for _, c := range list {
			name := strings.TrimPrefix(c.File, "../rfc5118/")
			if c.raw, err = os.ReadFile(filepath.Join(dir, name)); err != nil {
				t.Fatal(err)
			}
			if head, body, ok := bytes.Cut(c.raw, []byte("\r\n\r\n")); ok && set == "rfc5118" && len(body) > 0 {
				// Three of them count the line feeds of the body alone.
				head = lengthLine.ReplaceAll(head, fmt.Appendf(nil, "Content-Length: %d", len(body)))
				c.raw = slices.Concat(head, []byte("\r\n\r\n"), body)
			}
			c.File = set + "/" + name
			all = append(all, c)
		}
	}
	if len(all) < 60 {
		t.Fatalf("only %d messages in the corpora", len(all))
	}
	return all
}

// line is how the torturer talks to the server: what comes is told message by message.
type tortureLine struct {
	network string
	send    func([]byte) error
	heard   chan string
	close   func()
}

var sentByPort = regexp.MustCompile(`(?i)SIP[ \t]*/[ \t]*2\.0[ \t]*/[ \t]*UDP\s+(?:\[[^\]]*\]|[^\s;:,]+)[ \t]*:[ \t]*(\d+)`)

// overUDP binds the ports to which answers to all may go.
func (h *house) overUDP(all []torture) *tortureLine {
	ports := map[string]bool{"5060": true}
	for _, c := range all {
		for _, m := range sentByPort.FindAllSubmatch(c.raw, -1) {
			ports[string(m[1])] = true
		}
	}
	ports["1"] = true // 2001:db8::9:1, whose last group some take for a port
	l := &tortureLine{network: "UDP", heard: make(chan string, 100)}
	var conns []*net.UDPConn
	for p := range ports {
		addr, err := net.ResolveUDPAddr("udp", net.JoinHostPort(tortureHost, p))
		if err != nil {
			continue
		}
		conn, err := net.ListenUDP("udp", addr)
		if err != nil {
			h.t.Logf("%v: nothing is heard there", err)
			continue
		}
		conns = append(conns, conn)
		go func() { // until close
			buf := make([]byte, 65536)
			for {
				n, _, err := conn.ReadFromUDPAddrPort(buf)
				if err != nil {
					return
				}
				l.heard <- string(buf[:n])
			}
		}()
		if p == "5060" {
			l.send = func(b []byte) error { _, err := conn.WriteToUDPAddrPort(b, h.sip); return err }
		}
	}
	l.close = func() {
		for _, c := range conns {
			c.Close()
		}
	}
	if l.send == nil {
		l.close()
		h.t.Fatalf("%s:5060 is taken", tortureHost)
	}
	return l
}

// overStream opens a connection: TCP or TLS.
func (h *house) overStream(network, addr string) *tortureLine {
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(tortureHost)}, Timeout: 5 * time.Second}
	var conn net.Conn
	conn, err := d.Dial("tcp", addr)
	if err != nil {
		h.t.Fatal(err)
	}
	if network == "TLS" {
		conn = tls.Client(conn, &tls.Config{InsecureSkipVerify: true}) // the server's certificate is its own
	}
	l := &tortureLine{network: network, heard: make(chan string, 100), close: func() { conn.Close() }}
	l.send = func(b []byte) error { _, err := conn.Write(b); return err }
	go func() { // until close
		defer close(l.heard)
		var got []byte
		chunk := make([]byte, 8192)
		for {
			n, err := conn.Read(chunk)
			if err != nil {
				return
			}
			got = append(got, chunk[:n]...)
			for {
				got = bytes.TrimLeft(got, "\r\n")
				head, _, ok := bytes.Cut(got, []byte("\r\n\r\n"))
				if !ok {
					break
				}
				size, body := len(head)+4, 0
				if m := lengthLine.Find(head); m != nil {
					fmt.Sscan(string(m[bytes.IndexByte(m, ':')+1:]), &body)
				}
				if len(got) < size+body {
					break
				}
				l.heard <- string(got[:size+body])
				got = got[size+body:]
			}
		}
	}()
	return l
}

// next is the next message, or "" if none comes in time.
func (l *tortureLine) next(d time.Duration) string {
	select {
	case m := <-l.heard:
		return m
	case <-time.After(d):
		return ""
	}
}

// provoke sends one message, then OPTIONS twice, and returns the codes of the
// answers to the former and whether both of the latter got 200.
func provoke(open func() *tortureLine, c torture, n int) (codes []string, sane bool) {
	l := open()
	defer func() { l.close() }()
	if err := l.send(c.raw); err != nil {
		return []string{"unsent " + err.Error()}, false
	}
	note := func(m string) {
		if s, ok := strings.CutPrefix(m, "SIP/2.0 "); ok && len(s) > 3 {
			codes = append(codes, s[:3])
		} else if m != "" {
			codes = append(codes, "unasked "+m[:min(60, len(m))])
		}
	}
	final := func() bool { return slices.ContainsFunc(codes, func(c string) bool { return c[0] != '1' }) }
	for end := time.Now().Add(20 * time.Second); !quiet(c.Expect) && !final() && time.Now().Before(end); {
		m := l.next(time.Until(end))
		if m == "" {
			break
		}
		note(m)
	}
	for i := range 2 { // a late answer to the message cannot hide behind the second
		if l.network != "UDP" {
			l.close()
			l = open()
		}
		id := fmt.Sprintf("probe-%s-%d-%d", l.network, n, i)
		probe := "OPTIONS sip:ringflow@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/" + l.network + " " + tortureHost + ";rport;branch=z9hG4bK" + id +
			"\r\nFrom: <sip:probe@" + tortureHost + ">;tag=1\r\nTo: <sip:ringflow@127.0.0.1>\r\nCall-ID: " + id +
			"\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
		if err := l.send([]byte(probe)); err != nil {
			return codes, false
		}
		for end := time.Now().Add(20 * time.Second); ; {
			m := l.next(time.Until(end))
			if m == "" {
				return codes, false
			}
			if strings.Contains(m, id) {
				sane = strings.HasPrefix(m, "SIP/2.0 200 ")
				break
			}
			note(m)
		}
	}
	return codes, sane
}

// quiet: the manifest allows no answer at all.
func quiet(expect string) bool {
	return slices.ContainsFunc(strings.Split(expect, "|"), func(e string) bool { return e == "ignore" || e == "drop" })
}

// allowed compares the answers with the manifest's words.
func allowed(expect string, codes []string) bool {
	final := ""
	for _, c := range codes {
		if strings.HasPrefix(c, "un") {
			return false
		}
		if final == "" && c[0] != '1' {
			final = c
		}
	}
	if len(codes) == 0 {
		return quiet(expect)
	}
	for _, e := range strings.Split(expect, "|") {
		if e == final || strings.HasPrefix(e, "accept") && final != "" && final != "400" && final[0] != '5' {
			return true
		}
	}
	return false
}

// All of RFC 4475 and RFC 5118, sent to the running server by a trusted trunk.
// The server says what the manifest asks for, and is there afterwards.
func TestTortureOnTheRunningServer(t *testing.T) {
	all := tortures(t)
	h := startHouse(t, "RINGFLOW_LOG_LEVEL=error") // what it thinks of them is not our subject
	h.trunk("Torturer", M{"allowedIps": []string{tortureHost}})
	for i, network := range []string{"UDP", "TCP", "TLS"} {
		t.Run(network, func(t *testing.T) { h.on(t).torment(network, i, all) })
	}
	// The same for a number that exists, so that a flow answers where it may.
	h2 := startHouse(t, "RINGFLOW_LOG_LEVEL=error")
	h2.trunk("Torturer", M{"allowedIps": []string{tortureHost}})
	h2.number(did, h2.flow("Busy", node("r", "RejectNode", M{"Reason": text("Busy")})))
	for i := range all {
		all[i].raw = inviteUser.ReplaceAll(all[i].raw, []byte("INVITE sip:"+did+"@"))
	}
	t.Run("UDP, a number of ours", func(t *testing.T) { h2.on(t).torment("UDP", 0, all) })
	h2.eventually("seven messages have reached the flow", func() bool { return len(h2.sessions("")) >= 7 })
	for _, h := range []*house{h, h2} {
		if n := h.ua.Stats().Panics; n != 0 {
			t.Errorf("%d panics", n)
		}
		h.eventually("no dialog is up", func() bool { return h.ua.Stats().Dialogs == 0 })
	}
}

var inviteUser = regexp.MustCompile(`^INVITE sips?:[^@\s]+@`)

// torment sends all messages to the i-th address of the server.
func (h *house) torment(network string, i int, all []torture) {
	t := h.t
	_, addr, _ := strings.Cut(h.sipAddr[i], "://")
	open := func() *tortureLine { return h.overStream(network, addr) }
	if network == "UDP" {
		l := h.overUDP(all)
		defer l.close()
		open = func() *tortureLine { c := *l; c.close = func() {}; return &c }
	}
	for n, c := range all {
		if network != "UDP" && strings.HasSuffix(c.File, "clerr.dat") {
			c.Expect = "400|drop" // a stream waits for the rest, in vain
		}
		codes, sane := provoke(open, c, n)
		if !sane {
			t.Errorf("%s: OPTIONS afterwards got no 200", c.File)
		}
		if !allowed(c.Expect, codes) {
			t.Errorf("%s: want %s, got %v", c.File, c.Expect, codes)
		}
		if finals := slices.DeleteFunc(codes, func(c string) bool { return c[0] == '1' }); c.Expect == "accept-first" && network == "UDP" && len(finals) > 1 {
			t.Errorf("%s: more than one transaction: %v", c.File, finals)
		}
	}
}
