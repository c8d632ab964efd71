package sip

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
	"time"

	msg "github.com/emiago/sipgo/sip"
)

// How we name ourselves to a far end, and which addresses are our own.

// advertised is the host for Via and Contact of a socket bound to local.
func (c *core) advertised(local netip.Addr) string {
	if c.ua.Advertise != "" {
		return c.ua.Advertise
	}
	return local.String()
}

// own tells whether addr is one of our sockets: nothing is ever sent there.
func (c *core) own(addr netip.AddrPort) bool {
	c.mu.RLock()
	defer c.mu.RUnlock()
	same := func(l netip.AddrPort) bool {
		return l.Port() == addr.Port() && (l.Addr() == addr.Addr() || l.Addr().IsUnspecified() && localAddr(addr.Addr()))
	}
	for _, s := range c.sockets {
		if same(s.local) {
			return true
		}
	}
	for _, l := range c.listeners {
		if same(l.local) {
			return true
		}
	}
	return false
}

// localAddr tells whether ip is an address of this machine.
func localAddr(ip netip.Addr) bool {
	if ip.IsLoopback() || ip.IsUnspecified() {
		return true
	}
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return false
	}
	for _, a := range addrs {
		if p, err := netip.ParsePrefix(a.String()); err == nil && p.Addr().Unmap() == ip {
			return true
		}
	}
	return false
}

func (c *core) drains() bool { return c.draining.Load() }

// contact is our own URI for the far end at to.
func (c *core) contact(to target) (msg.Uri, error) {
	host, port := c.self(to.Network, to.Addr.Addr())
	if host == "" {
		return msg.Uri{}, fmt.Errorf("sip: no %s listener, so %s has no way to call us back: add one to sip.listen", to.Network, to.Addr)
	}
	u := msg.Uri{Scheme: "sip", Host: host, Port: port}
	if to.Network != "UDP" {
		u.UriParams = msg.HeaderParams{{K: "transport", V: strings.ToLower(to.Network)}}
	}
	return u, nil
}

// self is our host and port for a peer of this network, of the same family if
// there is a choice. Without a listener of the network: the UDP one's host.
func (c *core) self(network string, peer netip.Addr) (string, int) {
	c.mu.RLock()
	var found netip.AddrPort
	best := -1
	consider := func(l netip.AddrPort) {
		score := 0
		if l.Addr().Is4() == peer.Is4() {
			score++
		}
		if l.Addr().IsLoopback() == peer.IsLoopback() {
			score++
		}
		if score > best {
			best, found = score, l
		}
	}
	if network == "UDP" {
		for _, s := range c.sockets {
			consider(s.local)
		}
	}
	for _, l := range c.listeners {
		if l.network == network {
			consider(l.local)
		}
	}
	c.mu.RUnlock()
	if best < 0 {
		return "", 0
	}
	return c.advertised(c.outward(found.Addr(), peer)), int(found.Port())
}

// outward replaces a wildcard by the address that the system would use towards
// peer. That costs a socket, so it is remembered for a minute.
func (c *core) outward(local, peer netip.Addr) netip.Addr {
	if !local.IsUnspecified() {
		return local
	}
	now := time.Now()
	c.routes.mu.Lock()
	r, ok := c.routes.m[peer]
	c.routes.mu.Unlock()
	if ok && now.Before(r.until) {
		return r.addr
	}
	conn, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(netip.AddrPortFrom(peer, 5060)))
	if err != nil {
		return local
	}
	defer conn.Close()
	ap, err := addrPort(conn.LocalAddr())
	if err != nil {
		return local
	}
	c.routes.mu.Lock()
	defer c.routes.mu.Unlock()
	if len(c.routes.m) >= 4096 {
		clear(c.routes.m)
	}
	c.routes.m[peer] = outRoute{ap.Addr(), now.Add(time.Minute)}
	return ap.Addr()
}

type outRoute struct {
	addr  netip.Addr
	until time.Time
}

// socketFor is the UDP socket that suits a far end.
func (c *core) socketFor(peer netip.Addr) *socket {
	c.mu.RLock()
	defer c.mu.RUnlock()
	var best *socket
	score := -1
	for _, s := range c.sockets {
		n := 0
		if s.local.Addr().Is4() == peer.Is4() || s.local.Addr().IsUnspecified() {
			n += 2
		}
		if s.local.Addr().IsLoopback() == peer.IsLoopback() {
			n++
		}
		if n > score {
			best, score = s, n
		}
	}
	return best
}
