package main

import (
	"fmt"
	"net"
	"strconv"
	"time"
)

// strangersInvite sends an INVITE from an address that nobody knows and returns
// the final code, 0 for silence.
func (h *house) strangersInvite(to string) int {
	h.t.Helper()
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 9)})
	if err != nil {
		h.t.Fatal(err)
	}
	defer conn.Close()
	local := conn.LocalAddr()
	body := "v=0\r\no=- 1 1 IN IP4 127.0.0.9\r\ns=-\r\nc=IN IP4 127.0.0.9\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0\r\n"
	m := fmt.Sprintf("INVITE sip:%s@%s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%d;rport\r\nMax-Forwards: 70\r\nFrom: <sip:mallory@example.com>;tag=m\r\nTo: <sip:%s@%s>\r\nCall-ID: %d@stranger\r\nCSeq: 1 INVITE\r\nContact: <sip:mallory@%s>\r\nContent-Type: application/sdp\r\nContent-Length: %d\r\n\r\n%s",
		to, h.sip, local, time.Now().UnixNano(), to, h.sip, time.Now().UnixNano(), local, len(body), body)
	if _, err := conn.WriteToUDPAddrPort([]byte(m), h.sip); err != nil {
		h.t.Fatal(err)
	}
	_ = conn.SetReadDeadline(time.Now().Add(2 * time.Second))
	buf := make([]byte, 4096)
	for {
		n, _, err := conn.ReadFromUDPAddrPort(buf)
		if err != nil {
			return 0
		}
		if n < 12 {
			continue
		}
		if code, err := strconv.Atoi(string(buf[8:11])); err == nil && code >= 200 {
			return code
		}
	}
}
