package media

import (
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"time"
)

// memNet is a network in memory, for bubbles: what is written arrives a
// millisecond later, unless fate has it otherwise.
type memNet struct {
	mu    sync.Mutex
	conns map[netip.AddrPort]*memConn
	next  uint16
	rand  *rand.Rand

	loss, twice, late float64 // chances of a packet; late ones come up to 50 ms after
	sniff             func(from, to netip.AddrPort, b []byte)
}

func newMemNet() *memNet {
	return &memNet{conns: map[netip.AddrPort]*memConn{}, next: 30000, rand: rand.New(rand.NewPCG(1, 2))}
}

// fate sets the chances.
func (n *memNet) fate(loss, twice, late float64) {
	n.mu.Lock()
	n.loss, n.twice, n.late = loss, twice, late
	n.mu.Unlock()
}

// hear has f told of each packet that is sent, whatever becomes of it.
func (n *memNet) hear(f func(from, to netip.AddrPort, b []byte)) {
	n.mu.Lock()
	n.sniff = f
	n.mu.Unlock()
}

type memPacket struct {
	b    []byte
	from netip.AddrPort
}

type memConn struct {
	net    *memNet
	addr   netip.AddrPort
	in     chan memPacket
	closed chan struct{}
	once   sync.Once
}

func (n *memNet) listen(addr netip.Addr) *memConn {
	n.mu.Lock()
	defer n.mu.Unlock()
	c := &memConn{net: n, addr: netip.AddrPortFrom(addr, n.next), in: make(chan memPacket, 256), closed: make(chan struct{})}
	n.next++
	n.conns[c.addr] = c
	return c
}

// bind is an Engine's Bind.
func (n *memNet) bind(addr netip.Addr) func() (rtp, rtcp net.PacketConn, err error) {
	return func() (net.PacketConn, net.PacketConn, error) { return n.listen(addr), n.listen(addr), nil }
}

func (c *memConn) WriteTo(b []byte, to net.Addr) (int, error) {
	n := c.net
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.conns[c.addr] != c {
		return 0, net.ErrClosed
	}
	if n.sniff != nil {
		n.sniff(c.addr, addrPort(to), b)
	}
	dest := n.conns[addrPort(to)]
	if dest == nil || n.rand.Float64() < n.loss {
		return len(b), nil
	}
	times := 1
	if n.rand.Float64() < n.twice {
		times = 2
	}
	for range times {
		delay := time.Millisecond
		if n.rand.Float64() < n.late {
			delay += time.Duration(n.rand.Int64N(int64(50 * time.Millisecond)))
		}
		p := memPacket{append([]byte(nil), b...), c.addr}
		time.AfterFunc(delay, func() {
			select {
			case dest.in <- p:
			case <-dest.closed:
			}
		})
	}
	return len(b), nil
}

func (c *memConn) ReadFrom(b []byte) (int, net.Addr, error) {
	select {
	case p := <-c.in:
		return copy(b, p.b), net.UDPAddrFromAddrPort(p.from), nil
	case <-c.closed:
		return 0, nil, net.ErrClosed
	}
}

func (c *memConn) Close() error {
	c.once.Do(func() {
		close(c.closed)
		c.net.mu.Lock()
		delete(c.net.conns, c.addr)
		c.net.mu.Unlock()
	})
	return nil
}

func (c *memConn) LocalAddr() net.Addr              { return net.UDPAddrFromAddrPort(c.addr) }
func (c *memConn) SetDeadline(time.Time) error      { return nil }
func (c *memConn) SetReadDeadline(time.Time) error  { return nil }
func (c *memConn) SetWriteDeadline(time.Time) error { return nil }
