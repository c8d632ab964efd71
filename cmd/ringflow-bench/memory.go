package main

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"net"
	"net/netip"
	"path/filepath"
	"strings"
	"time"
)

// memory measures what a call and a registration hold, and what an idle server
// with registered phones costs. Server and floor are new ones: what others have
// grown to by now would hide what a call takes.
func (b *bench) memory() error {
	head("memory")
	calls := 1000
	if b.quick {
		calls = 200
	}
	server, err := startServer(b.program, filepath.Join(b.dir, "memory"))
	if err != nil {
		return err
	}
	defer server.stop()
	if err := server.setUp(); err != nil {
		return err
	}
	least, fsip, err := newFloor()
	if err != nil {
		return err
	}
	defer least.stop()
	const phones, more = 100, 400
	add := func(from, to int) error {
		for i := from; i < to; i++ {
			if err := register(server, b.host, i); err != nil {
				return err
			}
		}
		return nil
	}
	if err := add(0, phones); err != nil {
		return err
	}
	time.Sleep(2 * time.Second)
	idle := 20 * time.Second
	cpu := server.cpu()
	time.Sleep(idle)
	fmt.Println(figure{fmt.Sprintf("idle with %d registrations", phones), 100 * float64(server.cpu()-cpu) / float64(idle), 0, "% CPU"})
	before := server.rss()
	if err := add(phones, phones+more); err != nil {
		return err
	}
	fmt.Println(figure{fmt.Sprintf("per registration, of %d more", more), float64(server.rss()-before) / more, 0, "KB"})

	s, err := b.perCall(server.child, server.sip, numbers["play"], calls)
	if err != nil {
		return err
	}
	f, err := b.perCall(least, fsip, "play", calls)
	if err != nil {
		return fmt.Errorf("floor: %w", err)
	}
	fmt.Println(figure{fmt.Sprintf("per call, of %d playing", calls), s, f, "KB"})
	return nil
}

// perCall is how many KB a process grew by, for each of n calls. A fifth of
// them is up before: they use what a start leaves behind.
func (b *bench) perCall(of *child, sip netip.AddrPort, to string, n int) (float64, error) {
	m, err := newStreams(b.host)
	if err != nil {
		return 0, err
	}
	defer m.Close()
	c, err := newCallers(b.host, sip, m, 0)
	if err != nil {
		return 0, err
	}
	defer c.Close()
	defer c.hangup()
	var rss [2]int
	for i, calls := range []int{n / 5, n - n/5} {
		up := c.up.Load() + int64(calls)
		c.place(to, calls, 200, 0)
		if !wait(5*time.Second, func() bool { return c.up.Load() >= up }) {
			return 0, fmt.Errorf("%d of %d calls came up", c.up.Load(), n)
		}
		time.Sleep(2 * time.Second)
		rss[i] = of.rss()
	}
	return float64(rss[1]-rss[0]) / float64(n-n/5), nil
}

// register adds a user and registers a phone of his, which goes on answering OPTIONS.
func register(server *underTest, host netip.Addr, i int) error {
	var u struct{ SipUserName, SipPassword string }
	if err := server.do("POST", "/endpoints/users", "application/json",
		strings.NewReader(fmt.Sprintf(`{"firstName":"Phone%d","lastName":"Bench","userMode":"SipPhone"}`, i)), &u); err != nil {
		return err
	}
	conn, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(netip.AddrPortFrom(host, 0)))
	if err != nil {
		return err
	}
	local := conn.LocalAddr().String()
	send := func(cseq int, auth string) (string, error) {
		uri := "sip:" + server.sip.String()
		msg := fmt.Sprintf("REGISTER %s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bKr%d-%d;rport\r\nMax-Forwards: 70\r\nFrom: <sip:%s@%s>;tag=r%d\r\nTo: <sip:%s@%s>\r\nCall-ID: r%d@bench\r\nCSeq: %d REGISTER\r\nContact: <sip:%s@%s>\r\nExpires: 3600\r\n%sContent-Length: 0\r\n\r\n",
			uri, local, i, cseq, u.SipUserName, server.sip, i, u.SipUserName, server.sip, i, cseq, u.SipUserName, local, auth)
		if _, err := conn.WriteToUDPAddrPort([]byte(msg), server.sip); err != nil {
			return "", err
		}
		buf := make([]byte, 4096)
		_ = conn.SetReadDeadline(time.Now().Add(2 * time.Second))
		n, _, err := conn.ReadFromUDPAddrPort(buf)
		return string(buf[:n]), err
	}
	challenge, err := send(1, "")
	if err != nil {
		return err
	}
	realm, nonce := quoted(challenge, "MD5", "realm"), quoted(challenge, "MD5", "nonce")
	h := func(s string) string { sum := md5.Sum([]byte(s)); return hex.EncodeToString(sum[:]) }
	uri := "sip:" + server.sip.String()
	response := h(h(u.SipUserName+":"+realm+":"+u.SipPassword) + ":" + nonce + ":00000001:bench:auth:" + h("REGISTER:"+uri))
	answer, err := send(2, fmt.Sprintf("Authorization: Digest username=\"%s\", realm=\"%s\", nonce=\"%s\", uri=\"%s\", response=\"%s\", algorithm=MD5, qop=auth, nc=00000001, cnonce=\"bench\"\r\n",
		u.SipUserName, realm, nonce, uri, response))
	if err != nil {
		return err
	}
	if !strings.HasPrefix(answer, "SIP/2.0 200") {
		return fmt.Errorf("REGISTER of %s: %s", u.SipUserName, strings.SplitN(answer, "\r\n", 2)[0])
	}
	_ = conn.SetReadDeadline(time.Time{})
	go func() { // until the process ends: the phone answers keep-alives
		buf := make([]byte, 4096)
		for {
			n, from, err := conn.ReadFromUDPAddrPort(buf)
			if err != nil {
				return
			}
			if m := string(buf[:n]); strings.HasPrefix(m, "OPTIONS ") {
				_, _ = conn.WriteToUDPAddrPort(reply(m, 200, "o", "", ""), from)
			}
		}
	}()
	return nil
}

// quoted reads a parameter of the challenge with that algorithm.
func quoted(m, algorithm, name string) string {
	for line := range strings.SplitSeq(m, "\r\n") {
		if !strings.HasPrefix(strings.ToLower(line), "www-authenticate:") || strings.Contains(line, "SHA-256") != (algorithm == "SHA-256") {
			continue
		}
		if _, rest, ok := strings.Cut(line, name+"=\""); ok {
			v, _, _ := strings.Cut(rest, "\"")
			return v
		}
	}
	return ""
}
