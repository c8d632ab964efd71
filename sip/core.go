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

	watchers watchers
	mwi      mwi
	// life ends when Close begins: of what goroutines of the UA ask others.
	life context.Context
	end  context.CancelCauseFunc
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
	resting   *resting
	complaint complaint
	routes    struct {
		mu sync.Mutex
		m  map[netip.Addr]outRoute
	}
}

func (ua *UA) start() *core {
	ua.once.Do(func() {
		c := &core{ua: ua, log: ua.Log, stop: make(chan struct{}), dead: make(chan struct{}),
			pool: map[connKey]*stream{}, streams: map[*stream]struct{}{}, perSource: map[netip.Addr]int{}, noTCP: map[netip.AddrPort]time.Time{}, resting: newResting()}
		if c.log == nil {
			c.log = zap.NewNop()
		}
		c.life, c.end = context.WithCancelCause(context.Background())
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
		c.end(ErrClosed) // after the farewells, or what it interrupts would be answered as a failure
		c.farewell()
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
