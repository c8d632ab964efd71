package main

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// The generator and the floor write and read just the SIP that they need.

// header is the first value of a header, by its full name.
func header(m, name string) string {
	for rest := m; ; {
		line, more, ok := strings.Cut(rest, "\r\n")
		if !ok || line == "" {
			return ""
		}
		if n, v, found := strings.Cut(line, ":"); found && strings.EqualFold(strings.TrimSpace(n), name) {
			return strings.TrimSpace(v)
		}
		rest = more
	}
}

// sound reads the address and the first payload type of an SDP body.
func sound(m string) (to netip.AddrPort, pt byte, ok bool) {
	_, body, _ := strings.Cut(m, "\r\n\r\n")
	var host netip.Addr
	var port uint16
	for line := range strings.SplitSeq(body, "\r\n") {
		switch {
		case strings.HasPrefix(line, "c=IN IP4 "):
			host, _ = netip.ParseAddr(line[9:])
		case strings.HasPrefix(line, "m=audio "):
			if f := strings.Fields(line); len(f) > 3 {
				n, _ := strconv.ParseUint(f[1], 10, 16)
				p, _ := strconv.ParseUint(f[3], 10, 7)
				port, pt = uint16(n), byte(p)
			}
		}
	}
	return netip.AddrPortFrom(host, port), pt, host.IsValid() && port != 0
}

var rtpmap = map[byte]string{0: "PCMU", 8: "PCMA"}

func sdp(addr netip.AddrPort, pt byte) string {
	return fmt.Sprintf("v=0\r\no=- 1 1 IN IP4 %s\r\ns=-\r\nc=IN IP4 %s\r\nt=0 0\r\nm=audio %d RTP/AVP %d 101\r\na=rtpmap:%d %s/8000\r\na=rtpmap:101 telephone-event/8000\r\na=sendrecv\r\n",
		addr.Addr(), addr.Addr(), addr.Port(), pt, pt, rtpmap[pt])
}

// reply answers a request with its own dialog headers.
func reply(m string, code int, tag, contact, body string) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "SIP/2.0 %d OK\r\n", code)
	for line := range strings.SplitSeq(m[:strings.Index(m, "\r\n\r\n")], "\r\n") {
		n, _, _ := strings.Cut(line, ":")
		switch strings.ToLower(n) {
		case "via", "record-route", "from", "call-id", "cseq":
			b.WriteString(line + "\r\n")
		case "to":
			if tag != "" && !strings.Contains(line, "tag=") {
				line += ";tag=" + tag
			}
			b.WriteString(line + "\r\n")
		}
	}
	if contact != "" {
		fmt.Fprintf(&b, "Contact: <sip:%s>\r\n", contact)
	}
	if body != "" {
		b.WriteString("Content-Type: application/sdp\r\n")
	}
	fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n%s", len(body), body)
	return []byte(b.String())
}
