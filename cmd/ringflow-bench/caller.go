package main

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// callers places calls from one UDP socket and takes the other end of those
// that the server places, on another.
type callers struct {
	media  *streams // nil: signalling only
	server netip.AddrPort
	out    *net.UDPConn
	in     *net.UDPConn
	stamp  bool

	mu      sync.Mutex
	calls   map[string]*call
	taken   map[string]*taken
	n       int
	setup   []time.Duration
	wg      sync.WaitGroup
	placed  atomic.Int64
	up      atomic.Int64
	over    atomic.Int64
	failed  atomic.Int64
	answers atomic.Int64 // calls that the far end took
}

// call is one that we place.
type call struct {
	id, from, to, request string
	sock                  *rtpSocket
	stream                *stream
	sent                  time.Time
	hold                  time.Duration // 0: until told
	answered, bye, ended  bool
	remote                string // To with its tag
	target                string // the far end's Contact
	timer                 *time.Timer
}

// taken is one that we answer.
type taken struct {
	answer []byte
	stream *stream
}

const giveUp = 4 * time.Second

func newCallers(host netip.Addr, server netip.AddrPort, m *streams, uas uint16) (*callers, error) {
	c := &callers{media: m, server: server, calls: map[string]*call{}, taken: map[string]*taken{}}
	var err error
	if c.out, err = net.ListenUDP("udp4", net.UDPAddrFromAddrPort(netip.AddrPortFrom(host, 0))); err != nil {
		return nil, err
	}
	_ = c.out.SetReadBuffer(4 << 20)
	c.wg.Add(1)
	go c.listen(c.out, c.response)
	if uas != 0 {
		if c.in, err = net.ListenUDP("udp4", net.UDPAddrFromAddrPort(netip.AddrPortFrom(host, uas))); err != nil {
			return nil, err
		}
		_ = c.in.SetReadBuffer(4 << 20)
		c.wg.Add(1)
		go c.listen(c.in, c.request)
	}
	return c, nil
}

func (c *callers) Close() {
	c.out.Close()
	if c.in != nil {
		c.in.Close()
	}
	c.wg.Wait()
}

func (c *callers) listen(conn *net.UDPConn, f func(string, netip.AddrPort)) {
	defer c.wg.Done()
	buf := make([]byte, 65536)
	for {
		n, from, err := conn.ReadFromUDPAddrPort(buf)
		if err != nil {
			return
		}
		f(string(buf[:n]), from)
	}
}

// place calls to at rate calls a second, n times; hold ends each so long after
// its answer, 0 leaves it up.
func (c *callers) place(to string, n, rate int, hold time.Duration) {
	start := time.Now()
	for i := range n {
		if d := time.Until(start.Add(time.Duration(i) * time.Second / time.Duration(rate))); d > 0 {
			time.Sleep(d)
		}
		c.invite(to, hold)
	}
}

func (c *callers) invite(to string, hold time.Duration) {
	c.mu.Lock()
	c.n++
	k := &call{id: fmt.Sprintf("%d-%d@bench", c.n, time.Now().UnixNano()), hold: hold, sent: time.Now()}
	local := c.out.LocalAddr().String()
	k.from = fmt.Sprintf("<sip:+12025550143@%s>;tag=c%d", local, c.n)
	k.to = fmt.Sprintf("<sip:%s@%s>", to, c.server)
	rtp := netip.MustParseAddrPort(local)
	if c.media != nil {
		k.sock = c.media.reserve(c.n)
		rtp = k.sock.addr
	}
	body := sdp(rtp, 0)
	k.request = fmt.Sprintf("INVITE sip:%s@%s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bKi%d;rport\r\nMax-Forwards: 70\r\nFrom: %s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: 1 INVITE\r\nContact: <sip:c@%s>\r\nContent-Type: application/sdp\r\nContent-Length: %d\r\n\r\n%s",
		to, c.server, local, c.n, k.from, k.to, k.id, local, len(body), body)
	c.calls[k.id] = k
	c.mu.Unlock()
	c.placed.Add(1)
	c.send(c.out, []byte(k.request), c.server)
	k.timer = time.AfterFunc(giveUp, func() { c.lost(k) })
}

func (c *callers) lost(k *call) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !k.answered && !k.ended {
		k.ended = true
		c.failed.Add(1)
	}
}

func (c *callers) send(conn *net.UDPConn, b []byte, to netip.AddrPort) {
	_, _ = conn.WriteToUDPAddrPort(b, to) // a lost datagram shows as a failed call
}

// response takes what the server says to our calls, and its BYEs.
func (c *callers) response(m string, from netip.AddrPort) {
	if !strings.HasPrefix(m, "SIP/2.0 ") {
		c.request(m, from)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	k := c.calls[header(m, "Call-ID")]
	if k == nil || len(m) < 12 {
		return
	}
	code, cseq := m[8:11], header(m, "CSeq")
	switch {
	case code < "200":
	case strings.HasSuffix(cseq, "BYE"):
		if k.bye && !k.ended {
			k.ended = true
			c.over.Add(1)
			delete(c.calls, k.id)
		}
	case code >= "300":
		if !k.ended {
			k.ended = true
			c.failed.Add(1)
		}
		c.ack(k, header(m, "To"), false)
	default:
		again := k.answered
		k.answered, k.remote = true, header(m, "To")
		k.target = strings.Trim(header(m, "Contact"), "<>")
		c.ack(k, k.remote, true)
		if again || k.ended {
			return
		}
		c.setup = append(c.setup, time.Since(k.sent))
		c.up.Add(1)
		if to, pt, ok := sound(m); ok && c.media != nil {
			k.stream = c.media.open(k.sock, to, pt, c.stamp)
		}
		if k.hold > 0 {
			k.timer = time.AfterFunc(k.hold, func() { c.bye(k) })
		}
	}
}

func (c *callers) inDialog(k *call, method, branch, to string, cseq int) []byte {
	target := k.target
	if target == "" {
		target = "sip:" + c.server.String()
	}
	return fmt.Appendf(nil, "%s %s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=%s;rport\r\nMax-Forwards: 70\r\nFrom: %s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %d %s\r\nContent-Length: 0\r\n\r\n",
		method, target, c.out.LocalAddr(), branch, k.from, to, k.id, cseq, method)
}

func (c *callers) ack(k *call, to string, success bool) {
	branch := "z9hG4bKa" + k.id
	if !success { // RFC 3261 17.1.1.3: the INVITE's own
		_, rest, _ := strings.Cut(k.request, "branch=")
		branch, _, _ = strings.Cut(rest, ";")
	}
	c.send(c.out, c.inDialog(k, "ACK", branch, to, 1), c.server)
}

func (c *callers) bye(k *call) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if k.ended || k.bye {
		return
	}
	k.bye = true
	if k.stream != nil {
		c.media.close(k.stream)
	}
	c.up.Add(-1)
	c.send(c.out, c.inDialog(k, "BYE", "z9hG4bKb"+k.id, k.remote, 2), c.server)
}

// hangup ends all calls, a little at a time, and waits until they are over.
func (c *callers) hangup() {
	if c.media != nil {
		c.media.closeAll()
	}
	c.mu.Lock()
	all := make([]*call, 0, len(c.calls))
	for _, k := range c.calls {
		if k.answered {
			all = append(all, k)
		}
	}
	c.mu.Unlock()
	for i, k := range all {
		c.bye(k)
		if i%10 == 9 {
			time.Sleep(20 * time.Millisecond)
		}
	}
	wait(3*time.Second, func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return !slices.ContainsFunc(all, func(k *call) bool { return !k.ended })
	})
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.calls)
	clear(c.taken)
	c.setup = nil
	c.up.Store(0)
	c.failed.Store(0)
	c.placed.Store(0)
	c.over.Store(0)
	c.answers.Store(0)
}

// request takes the calls that the server places.
func (c *callers) request(m string, from netip.AddrPort) {
	conn := c.in
	if conn == nil {
		conn = c.out
	}
	id := header(m, "Call-ID")
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case strings.HasPrefix(m, "INVITE "):
		t := c.taken[id]
		if t == nil {
			to, pt, ok := sound(m)
			if !ok || c.media == nil {
				c.send(conn, reply(m, 488, "t", "", ""), from)
				return
			}
			c.n++
			t = &taken{}
			sock := c.media.reserve(c.n)
			t.answer = reply(m, 200, fmt.Sprintf("t%d", c.n), "t@"+conn.LocalAddr().String(), sdp(sock.addr, pt))
			t.stream = c.media.open(sock, to, pt, c.stamp)
			c.taken[id] = t
			c.answers.Add(1)
		}
		c.send(conn, t.answer, from)
	case strings.HasPrefix(m, "BYE "):
		if t := c.taken[id]; t != nil {
			c.media.close(t.stream)
			delete(c.taken, id)
		}
		if k := c.calls[id]; k != nil {
			if !k.ended {
				k.ended = true
				c.over.Add(1)
				c.up.Add(-1)
			}
			if k.stream != nil {
				c.media.close(k.stream)
			}
			conn = c.out
		}
		c.send(conn, reply(m, 200, "", "", ""), from)
	case strings.HasPrefix(m, "OPTIONS "):
		c.send(conn, reply(m, 200, "o", "", ""), from)
	}
}

// wait polls until done, at most for d.
func wait(d time.Duration, done func() bool) bool {
	for end := time.Now().Add(d); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if done() {
			return true
		}
	}
	return done()
}
