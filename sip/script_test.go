package sip

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// peer is a far end that does just what its test says, also what no decent one
// would do.
type peer struct {
	t  *testing.T
	c  *memConn
	to netip.AddrPort
}

// facing makes a UA at 10.0.0.1 and a peer at 10.0.0.2.
func facing(t *testing.T, h Handler) (*UA, *peer, *memnet) {
	t.Helper()
	n := newMemnet()
	ua := &UA{Directory: trusting{}, Handler: h}
	if err := ua.ServePacket(n.listen(addrA)); err != nil {
		t.Fatal(err)
	}
	return ua, &peer{t, n.listen(addrB), netip.MustParseAddrPort(addrA)}, n
}

// rest waits until everything must be forgotten, and closes.
func rest(t *testing.T, ua *UA) {
	t.Helper()
	time.Sleep(80 * time.Second)
	synctest.Wait()
	if s := ua.Stats(); s.Strands != 0 || s.Dialogs != 0 || s.Panics != 0 {
		t.Errorf("left: %+v", s)
	}
	if err := ua.Close(); err != nil {
		t.Error(err)
	}
}

// msgOf is a message as the peer got it.
type msgOf struct {
	*packet
	t *testing.T
}

func (m msgOf) header(name string) string {
	v, _ := m.get(name)
	return v
}

func (m msgOf) tag(name string) string {
	a, err := parseAddress(m.header(name))
	if err != nil {
		m.t.Errorf("%s %q: %v", name, m.header(name), err)
	}
	return a.tag()
}

func (m msgOf) contact() string {
	a, err := parseAddress(m.header("Contact"))
	if err != nil {
		m.t.Errorf("Contact %q: %v", m.header("Contact"), err)
	}
	return a.text
}

func (m msgOf) branch() string {
	v, _ := parseVia(m.header("Via"))
	return v.branch()
}

func (m msgOf) cseq() (n uint32, method string) {
	n, method, _ = m.sequence()
	return
}

// next is the next datagram; the test fails when none comes within 40 s.
func (p *peer) next() msgOf { p.t.Helper(); return p.nextWithin(40 * time.Second) }

func (p *peer) nextWithin(d time.Duration) msgOf {
	p.t.Helper()
	select {
	case x := <-p.c.in:
		pk, f := scan(x.b)
		if f != nil {
			p.t.Fatalf("%v in\n%s", f, x.b)
		}
		return msgOf{pk, p.t}
	case <-time.After(d):
		p.t.Fatalf("the UA sent nothing for %s", d)
	}
	panic("unreachable")
}

// expect is the next message, which must be what: "INVITE", "200 BYE".
func (p *peer) expect(what string) msgOf {
	p.t.Helper()
	m := p.next()
	if got := m.what(); got != what {
		p.t.Fatalf("got %s, want %s", got, what)
	}
	return m
}

func (m msgOf) what() string {
	if strings.HasPrefix(m.line, "SIP/") {
		_, method := m.cseq()
		return m.line[8:11] + " " + method
	}
	method, _, _ := strings.Cut(m.line, " ")
	return method
}

// quiet asserts that nothing comes for d.
func (p *peer) quiet(d time.Duration) {
	p.t.Helper()
	select {
	case x := <-p.c.in:
		p.t.Errorf("unexpected %s", summary(x.b))
	case <-time.After(d):
	}
}

func (p *peer) send(raw string) {
	p.c.WriteTo([]byte(raw), net.UDPAddrFromAddrPort(p.to))
}

// reply answers a request; extra are header lines, body SDP.
func (p *peer) reply(req msgOf, code int, tag, body string, extra ...string) {
	p.send(replyText(req, code, tag, body, extra))
}

func replyText(req msgOf, code int, tag, body string, extra []string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "SIP/2.0 %d Some Words\r\n", code)
	for _, f := range req.fields {
		switch f.name {
		case "Via", "From", "Call-ID", "CSeq":
			fmt.Fprintf(&b, "%s: %s\r\n", f.name, f.value)
		case "To":
			v := f.value
			if tag != "" && !strings.Contains(v, ";tag=") {
				v += ";tag=" + tag
			}
			fmt.Fprintf(&b, "To: %s\r\n", v)
		}
	}
	b.WriteString(tail(body, extra))
	return b.String()
}

func tail(body string, extra []string) string {
	var b strings.Builder
	contact := false
	for _, e := range extra {
		b.WriteString(e + "\r\n")
		contact = contact || strings.HasPrefix(e, "Contact:")
	}
	if !contact {
		b.WriteString("Contact: <sip:bob@10.0.0.2>\r\n")
	}
	if body != "" {
		b.WriteString("Content-Type: application/sdp\r\n")
	}
	fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n%s", len(body), body)
	return b.String()
}

// request sends a request. id is Call-ID and from tag, branch must be new.
func (p *peer) request(method, uri, id, branch, toTag string, cseq int, body string, extra ...string) {
	to := "<sip:alice@10.0.0.1>"
	if toTag != "" {
		to += ";tag=" + toTag
	}
	p.send(fmt.Sprintf("%s %s SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bK%s;rport\r\nFrom: <sip:bob@10.0.0.2>;tag=%s\r\n"+
		"To: %s\r\nCall-ID: %s\r\nCSeq: %d %s\r\nMax-Forwards: 70\r\n%s", method, uri, branch, id, to, id, cseq, method, tail(body, extra)))
}

// call makes a call to the UA and returns the tag of its 200 and its Contact.
func (p *peer) call(id string, extra ...string) (toTag, contact string) {
	p.t.Helper()
	p.request("INVITE", "sip:alice@10.0.0.1", id, id, "", 1, "v=0 offer peer", extra...)
	m := p.next()
	for m.line[8] == '1' {
		m = p.next()
	}
	if m.what() != "200 INVITE" {
		p.t.Fatal(m.what())
	}
	toTag, contact = m.tag("To"), m.contact()
	p.request("ACK", contact, id, id+"ack", toTag, 1, "")
	return toTag, contact
}
