package main

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// rawPhone is a SIP device on a bare socket, for what no decent device does: it
// sends what it is told, in that order, and answers nothing by itself.
type rawPhone struct {
	t      *testing.T
	conn   *net.UDPConn
	server netip.AddrPort
	callID string
	local  string // its URI, with its tag once there is a dialog
	remote string
	target string // the server's Contact
	branch int
}

func newRawPhone(t *testing.T, h *house, host string, port int) *rawPhone {
	t.Helper()
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.ParseIP(host), Port: port})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return &rawPhone{t: t, conn: conn, server: h.sip}
}

func (p *rawPhone) send(message string) {
	p.t.Helper()
	if _, err := p.conn.WriteToUDPAddrPort([]byte(message), p.server); err != nil {
		p.t.Fatal(err)
	}
}

// sdp is an offer or answer of PCMU, the version-th.
func (p *rawPhone) sdp(version int, direction string) string {
	host, _, _ := net.SplitHostPort(p.conn.LocalAddr().String())
	return fmt.Sprintf("v=0\r\no=raw 1 %d IN IP4 %s\r\ns=-\r\nc=IN IP4 %s\r\nt=0 0\r\nm=audio 6000 RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\na=%s\r\n",
		version, host, host, direction)
}

// request is a message of this dialog. An ACK has a branch of its own, too.
func (p *rawPhone) request(method string, cseq int, body string) string {
	p.branch++
	kind := ""
	if body != "" {
		kind = "Content-Type: application/sdp\r\n"
	}
	name, _, _ := strings.Cut(method, " ")
	return fmt.Sprintf("%s %s SIP/2.0\r\nVia: SIP/2.0/UDP %s;rport;branch=z9hG4bKraw%s%d\r\nMax-Forwards: 70\r\nFrom: %s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %d %s\r\nContact: <sip:raw@%s>\r\n%sContent-Length: %d\r\n\r\n%s",
		method, p.target, p.conn.LocalAddr(), p.callID, p.branch, p.local, p.remote, p.callID, cseq, name, p.conn.LocalAddr(), kind, len(body), body)
}

// call sends an INVITE to number.
func (p *rawPhone) call(number string) {
	p.t.Helper()
	p.callID = "raw" + strings.ReplaceAll(p.conn.LocalAddr().String(), ":", "@")
	p.target = fmt.Sprintf("sip:%s@%s", number, p.server)
	p.local = fmt.Sprintf("<sip:+12025550143@%s>;tag=raw", p.conn.LocalAddr())
	p.remote = fmt.Sprintf("<sip:%s@%s>", number, p.server)
	p.send(p.request("INVITE", 1, p.sdp(1, "sendrecv")))
}

// isAnswered acknowledges the 200 to its INVITE.
func (p *rawPhone) isAnswered() {
	p.t.Helper()
	ok := p.await("SIP/2.0 200 ", "1 INVITE")
	p.remote, p.target = header(ok, "To"), contact(ok)
	p.send(p.request("ACK", 1, ""))
}

// answer waits for an INVITE, answers it and waits for the ACK.
func (p *rawPhone) answer() {
	p.t.Helper()
	invite := p.await("INVITE ", "INVITE")
	p.callID, p.local, p.remote, p.target = header(invite, "Call-ID"), header(invite, "To")+";tag=raw", header(invite, "From"), contact(invite)
	body := p.sdp(1, "sendrecv")
	p.send(fmt.Sprintf("SIP/2.0 200 OK\r\nVia: %s\r\nFrom: %s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %s\r\nContact: <sip:raw@%s>\r\nContent-Type: application/sdp\r\nContent-Length: %d\r\n\r\n%s",
		header(invite, "Via"), p.remote, p.local, p.callID, header(invite, "CSeq"), p.conn.LocalAddr(), len(body), body))
	p.await("ACK ", "ACK")
}

// await is the next message that starts so and whose CSeq ends so. Others are
// passed over.
func (p *rawPhone) await(start, cseq string) string {
	p.t.Helper()
	if err := p.conn.SetReadDeadline(time.Now().Add(40 * time.Second)); err != nil {
		p.t.Fatal(err)
	}
	buf := make([]byte, 65536)
	for {
		n, _, err := p.conn.ReadFromUDPAddrPort(buf)
		if err != nil {
			p.t.Fatalf("no %q with CSeq %s: %v", start, cseq, err)
		}
		if m := string(buf[:n]); strings.HasPrefix(m, start) && strings.HasSuffix(header(m, "CSeq"), cseq) {
			return m
		}
	}
}

// header is the value of the first of that name.
func header(message, name string) string {
	for _, line := range strings.Split(message, "\r\n") {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.EqualFold(key, name) {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

func contact(message string) string {
	uri, _, _ := strings.Cut(strings.TrimPrefix(header(message, "Contact"), "<"), ">")
	return uri
}

// replyTo answers a request of the server's.
func replyTo(request, status string) string {
	return fmt.Sprintf("SIP/2.0 %s\r\nVia: %s\r\nFrom: %s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %s\r\nContent-Length: 0\r\n\r\n",
		status, header(request, "Via"), header(request, "From"), header(request, "To"), header(request, "Call-ID"), header(request, "CSeq"))
}
