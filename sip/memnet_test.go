package sip

import (
	"net"
	"net/netip"
	"os"
	"sync"
	"time"
)

// memnet is a datagram network in memory for bubbles: channels only.
type memnet struct {
	mu    sync.Mutex
	conns map[netip.AddrPort]*memConn
	// pass decides what arrives; nil: all. Called for every datagram.
	pass func(from, to netip.AddrPort, b []byte) bool
	// delay of every datagram.
	delay time.Duration
}

type datagram struct {
	from netip.AddrPort
	b    []byte
}

type memConn struct {
	n     *memnet
	addr  netip.AddrPort
	in    chan datagram
	quit  chan struct{}
	close sync.Once
}

func newMemnet() *memnet { return &memnet{conns: map[netip.AddrPort]*memConn{}} }

func (n *memnet) listen(addr string) *memConn {
	c := &memConn{n: n, addr: netip.MustParseAddrPort(addr), in: make(chan datagram, 1024), quit: make(chan struct{})}
	n.mu.Lock()
	n.conns[c.addr] = c
	n.mu.Unlock()
	return c
}

func (c *memConn) ReadFrom(b []byte) (int, net.Addr, error) {
	select {
	case d := <-c.in:
		return copy(b, d.b), net.UDPAddrFromAddrPort(d.from), nil
	case <-c.quit:
		return 0, nil, net.ErrClosed
	}
}

func (c *memConn) WriteTo(b []byte, a net.Addr) (int, error) {
	select {
	case <-c.quit:
		return 0, net.ErrClosed
	default:
	}
	to := a.(*net.UDPAddr).AddrPort()
	to = netip.AddrPortFrom(to.Addr().Unmap(), to.Port())
	c.n.mu.Lock()
	dst, pass, delay := c.n.conns[to], c.n.pass, c.n.delay
	c.n.mu.Unlock()
	d := datagram{c.addr, append([]byte(nil), b...)}
	if pass != nil && !pass(c.addr, to, d.b) || dst == nil {
		return len(b), nil
	}
	if delay > 0 {
		time.AfterFunc(delay, func() { dst.put(d) })
	} else {
		dst.put(d)
	}
	return len(b), nil
}

func (c *memConn) put(d datagram) {
	select {
	case c.in <- d:
	case <-c.quit:
	default: // a full socket buffer
	}
}

func (c *memConn) Close() error {
	c.close.Do(func() { close(c.quit) })
	return nil
}

func (c *memConn) LocalAddr() net.Addr              { return net.UDPAddrFromAddrPort(c.addr) }
func (c *memConn) SetDeadline(time.Time) error      { return os.ErrNoDeadline }
func (c *memConn) SetReadDeadline(time.Time) error  { return os.ErrNoDeadline }
func (c *memConn) SetWriteDeadline(time.Time) error { return os.ErrNoDeadline }
