package main

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"time"
)

// memory measures what a call and a registration hold, and what an idle server
// with registered phones costs.
func (b *bench) memory() error {
	head("memory")
	calls := 1000
	if b.quick {
		calls = 200
	}
	before := b.server.rss()
	m, err := newStreams(b.host)
	if err != nil {
		return err
	}
	c, err := newCallers(b.host, b.server.sip, m, 0)
	if err != nil {
		m.Close()
		return err
	}
	c.place(numbers["play"], calls, 200, 0)
	up := wait(5*time.Second, func() bool { return c.up.Load() >= int64(calls) })
	time.Sleep(time.Second)
	during := b.server.rss()
	c.hangup()
	c.Close()
	m.Close()
	if !up {
		return fmt.Errorf("%d of %d calls came up", c.up.Load(), calls)
	}
	fmt.Println(figure{fmt.Sprintf("per call, of %d playing", calls), float64(during-before) / float64(calls), 0, "KB"})

	before = b.server.rss()
	const phones = 100
	for i := range phones {
		if err := b.register(i); err != nil {
			return err
		}
	}
	fmt.Println(figure{fmt.Sprintf("per registration, of %d", phones), float64(b.server.rss()-before) / phones, 0, "KB"})
	time.Sleep(2 * time.Second)
	idle := 20 * time.Second
	cpu := b.server.cpu()
	time.Sleep(idle)
	fmt.Println(figure{"idle with 100 registrations", 100 * float64(b.server.cpu()-cpu) / float64(idle), 0, "% CPU"})
	return nil
}

// register adds a user and registers a phone of his, which goes on answering OPTIONS.
func (b *bench) register(i int) error {
	var u struct{ SipUserName, SipPassword string }
	if err := b.server.do("POST", "/endpoints/users", "application/json",
		strings.NewReader(fmt.Sprintf(`{"firstName":"Phone%d","lastName":"Bench","userMode":"SipPhone"}`, i)), &u); err != nil {
		return err
	}
	conn, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(netip.AddrPortFrom(b.host, 0)))
	if err != nil {
		return err
	}
	local := conn.LocalAddr().String()
	send := func(cseq int, auth string) (string, error) {
		uri := "sip:" + b.server.sip.String()
		msg := fmt.Sprintf("REGISTER %s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bKr%d-%d;rport\r\nMax-Forwards: 70\r\nFrom: <sip:%s@%s>;tag=r%d\r\nTo: <sip:%s@%s>\r\nCall-ID: r%d@bench\r\nCSeq: %d REGISTER\r\nContact: <sip:%s@%s>\r\nExpires: 3600\r\n%sContent-Length: 0\r\n\r\n",
			uri, local, i, cseq, u.SipUserName, b.server.sip, i, u.SipUserName, b.server.sip, i, cseq, u.SipUserName, local, auth)
		if _, err := conn.WriteToUDPAddrPort([]byte(msg), b.server.sip); err != nil {
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
	uri := "sip:" + b.server.sip.String()
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
