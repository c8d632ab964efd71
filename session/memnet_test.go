package session_test

import (
	"net"
	"net/netip"
	"os"
	"sync"
	"testing"
	"time"
)

// network is a LAN in memory: packet connections that a bubble's clock knows
// about. A packet to nobody is lost, as on a real one.
type network struct {
	mu   sync.Mutex
	at   map[netip.AddrPort]*memConn
	next uint16
	cut  map[netip.Addr]bool // hosts whose cable is pulled
}

func newNetwork() *network {
	return &network{at: map[netip.AddrPort]*memConn{}, next: 30000, cut: map[netip.Addr]bool{}}
}

type packet struct {
	data []byte
	from netip.AddrPort
}

type memConn struct {
	net    *network
	addr   netip.AddrPort
	in     chan packet
	closed chan struct{}
	once   sync.Once

	mu       sync.Mutex
	deadline time.Time
}

func (n *network) listen(t testing.TB, addr string) *memConn {
	t.Helper()
	return n.bind(netip.MustParseAddrPort(addr))
}

func (n *network) bind(a netip.AddrPort) *memConn {
	c := &memConn{net: n, addr: a, in: make(chan packet, 512), closed: make(chan struct{})}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.at[a] = c
	return c
}

// pair binds an RTP and an RTCP socket on a host.
func (n *network) pair(host string) func() (rtp, rtcp net.PacketConn, err error) {
	ip := netip.MustParseAddr(host)
	return func() (net.PacketConn, net.PacketConn, error) {
		n.mu.Lock()
		p := n.next
		n.next += 2
		n.mu.Unlock()
		return n.bind(netip.AddrPortFrom(ip, p)), n.bind(netip.AddrPortFrom(ip, p+1)), nil
	}
}

// pull takes the cable out of a host: nothing comes from it any more.
func (n *network) pull(host string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.cut[netip.MustParseAddr(host)] = true
}

// plug puts it back.
func (n *network) plug(host string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.cut, netip.MustParseAddr(host))
}

func (c *memConn) LocalAddr() net.Addr { return net.UDPAddrFromAddrPort(c.addr) }

func (c *memConn) WriteTo(b []byte, to net.Addr) (int, error) {
	select {
	case <-c.closed:
		return 0, net.ErrClosed
	default:
	}
	c.net.mu.Lock()
	far := c.net.at[to.(*net.UDPAddr).AddrPort()]
	cut := c.net.cut[c.addr.Addr()]
	c.net.mu.Unlock()
	if far != nil && !cut {
		select {
		case far.in <- packet{append([]byte(nil), b...), c.addr}:
		default: // its buffer is full
		}
	}
	return len(b), nil
}

func (c *memConn) ReadFrom(b []byte) (int, net.Addr, error) {
	c.mu.Lock()
	deadline := c.deadline
	c.mu.Unlock()
	var late <-chan time.Time
	if !deadline.IsZero() {
		t := time.NewTimer(time.Until(deadline))
		defer t.Stop()
		late = t.C
	}
	select {
	case p := <-c.in:
		return copy(b, p.data), net.UDPAddrFromAddrPort(p.from), nil
	case <-late:
		return 0, nil, os.ErrDeadlineExceeded
	case <-c.closed:
		return 0, nil, net.ErrClosed
	}
}

func (c *memConn) Close() error {
	c.once.Do(func() {
		close(c.closed)
		c.net.mu.Lock()
		defer c.net.mu.Unlock()
		if c.net.at[c.addr] == c {
			delete(c.net.at, c.addr)
		}
	})
	return nil
}

func (c *memConn) SetReadDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.deadline = t
	return nil
}

func (c *memConn) SetDeadline(t time.Time) error    { return c.SetReadDeadline(t) }
func (c *memConn) SetWriteDeadline(time.Time) error { return nil }

var _ net.PacketConn = (*memConn)(nil)
