package sip

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	msg "github.com/emiago/sipgo/sip"
	"go.uber.org/zap"
)

// core is the running part of a UA: sockets, strands, counters.
type core struct {
	ua     *UA
	log    *zap.Logger
	access *access

	draining atomic.Bool
	stats    counters
	strands  strandTable
	// Closed in this order: each may still need the next.
	calls group // calls' goroutines, look-ups and dials
	work  group // strands
	io    group // socket readers, connections

	stop chan struct{} // closed when Close begins
	dead chan struct{} // closed when no strand runs any more
	once sync.Once
	err  error

	mu        sync.RWMutex
	sockets   []*socket
	listeners []*listener
	pool      map[connKey]*stream
	streams   map[*stream]struct{}
	perSource map[netip.Addr]int
	noTCP     map[netip.AddrPort]time.Time // UDP peers that refused TCP, for big requests
	complaint complaint
	routes    struct {
		mu sync.Mutex
		m  map[netip.Addr]outRoute
	}
}

func (ua *UA) start() *core {
	ua.once.Do(func() {
		c := &core{ua: ua, log: ua.Log, stop: make(chan struct{}), dead: make(chan struct{}),
			pool: map[connKey]*stream{}, streams: map[*stream]struct{}{}, perSource: map[netip.Addr]int{}, noTCP: map[netip.AddrPort]time.Time{}}
		if c.log == nil {
			c.log = zap.NewNop()
		}
		quietSipgo(c.log)
		c.strands.init()
		c.routes.m = map[netip.Addr]outRoute{}
		ua.core = c
		c.access = newAccess(ua, c)
		c.access.start()
	})
	return ua.core
}

// listener is a stream listener and its settings.
type listener struct {
	net.Listener
	network string
	local   netip.AddrPort
	tls     *tls.Config
}

// listen binds and serves one URL.
func (c *core) listen(ctx context.Context, raw string) (net.Addr, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" {
		return nil, fmt.Errorf("sip: listen address %q: want udp://HOST:PORT, tcp://… or tls://…", raw)
	}
	var lc net.ListenConfig
	switch u.Scheme {
	case "udp":
		pc, err := lc.ListenPacket(ctx, "udp", u.Host)
		if err != nil {
			return nil, fmt.Errorf("sip: listen on %s: %w", raw, err)
		}
		if err := c.servePacket(pc); err != nil {
			pc.Close()
			return nil, err
		}
		return pc.LocalAddr(), nil
	case "tcp", "tls":
		if u.Scheme == "tls" && (c.ua.TLS == nil || len(c.ua.TLS.Certificates) == 0 && c.ua.TLS.GetCertificate == nil) {
			return nil, fmt.Errorf("sip: listen on %s: no certificate; set tls.cert and tls.key", raw)
		}
		l, err := lc.Listen(ctx, "tcp", u.Host)
		if err != nil {
			return nil, fmt.Errorf("sip: listen on %s: %w", raw, err)
		}
		ln := &listener{Listener: l, network: strings.ToUpper(u.Scheme)}
		ln.local, _ = addrPort(l.Addr())
		if u.Scheme == "tls" {
			ln.tls = c.ua.TLS
		}
		c.mu.Lock()
		c.listeners = append(c.listeners, ln)
		c.mu.Unlock()
		if c.closing() || !c.io.run(func() { c.accept(ln) }) {
			l.Close()
			return nil, ErrClosed
		}
		return l.Addr(), nil
	}
	return nil, fmt.Errorf("sip: listen address %q: scheme %q is none of udp, tcp, tls", raw, u.Scheme)
}

func (c *core) servePacket(pc net.PacketConn) error {
	s, err := c.newSocket(pc)
	if err != nil {
		return fmt.Errorf("sip: local address %v: %w", pc.LocalAddr(), err)
	}
	c.mu.Lock()
	c.sockets = append(c.sockets, s)
	c.mu.Unlock()
	if c.closing() || !c.io.run(s.serve) {
		return ErrClosed
	}
	return nil
}

func (c *core) closing() bool {
	select {
	case <-c.stop:
		return true
	default:
		return false
	}
}

// close ends every call, waits for the goroutines of calls, then for the sockets'.
func (c *core) close() error {
	c.once.Do(func() {
		c.draining.Store(true)
		c.access.stop()
		close(c.stop)
		for _, s := range c.strands.all() {
			s.post(s.endAll)
		}
		c.calls.close()
		c.work.close()
		close(c.dead)
		c.mu.Lock()
		for _, l := range c.listeners {
			c.err = errors.Join(c.err, l.Close())
		}
		for _, s := range c.sockets {
			c.err = errors.Join(c.err, s.pc.Close())
		}
		conns := make([]*stream, 0, len(c.streams))
		for s := range c.streams {
			conns = append(conns, s)
		}
		c.mu.Unlock()
		for _, s := range conns {
			s.finish()
		}
		c.io.close()
	})
	return c.err
}

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
