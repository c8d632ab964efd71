package sip

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/netip"
	"time"
)

func (c *core) readTimeout() time.Duration  { return or(c.ua.ReadTimeout, 10*time.Second) }
func (c *core) idleTimeout() time.Duration  { return or(c.ua.IdleTimeout, 15*time.Minute) }
func (c *core) writeTimeout() time.Duration { return or(c.ua.WriteTimeout, 5*time.Second) }

func or[T comparable](v, def T) T {
	var zero T
	if v == zero {
		return def
	}
	return v
}

const dialTimeout = 5 * time.Second

// accept serves a stream listener until it is closed. A failing accept (out of
// descriptors) waits and goes on.
func (c *core) accept(l *listener) {
	wait := time.Millisecond
	for {
		conn, err := l.Accept()
		if err != nil {
			if errors.Is(err, net.ErrClosed) || c.closing() {
				return
			}
			select {
			case <-c.stop:
				return
			case <-time.After(wait):
			}
			wait = min(2*wait, time.Second)
			continue
		}
		wait = time.Millisecond
		addr, err := addrPort(conn.RemoteAddr())
		if err != nil || !c.admit(addr.Addr()) {
			c.stats.refuse(refusedConns)
			conn.Close()
			continue
		}
		started := c.io.run(func() {
			defer c.release(addr.Addr())
			if l.tls != nil {
				tc := tls.Server(conn, l.tls)
				ctx, cancel := context.WithTimeout(context.Background(), c.readTimeout())
				err := tc.HandshakeContext(ctx)
				cancel()
				if err != nil {
					c.stats.refuse(refusedSlow)
					conn.Close()
					return
				}
				conn = tc
			}
			s := c.newStream(l.network, conn, addr, "")
			if s == nil {
				conn.Close()
				return
			}
			s.read()
		})
		if !started {
			c.release(addr.Addr())
			conn.Close()
			return
		}
	}
}

// admit counts a connection against the limits.
func (c *core) admit(ip netip.Addr) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stats.connections.Load() >= int64(or(c.ua.MaxConns, 5000)) || c.perSource[ip] >= or(c.ua.MaxSource, 64) {
		return false
	}
	c.perSource[ip]++
	c.stats.connections.Add(1)
	return true
}

func (c *core) release(ip netip.Addr) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.perSource[ip]--; c.perSource[ip] <= 0 {
		delete(c.perSource, ip)
	}
	c.stats.connections.Add(-1)
}

// newStream puts a connection into the pool and starts its writer; the caller reads.
func (c *core) newStream(network string, conn net.Conn, addr netip.AddrPort, name string) *stream {
	s := &stream{core: c, network: network, conn: conn, addr: addr, key: connKey{network, addr, name},
		out: make(chan []byte, streamQueue), quit: make(chan struct{})}
	s.local, _ = addrPort(conn.LocalAddr())
	c.mu.Lock()
	// Two dials at once: both live, the first one is found by others.
	if c.pool[s.key] == nil {
		c.pool[s.key] = s
	}
	c.streams[s] = struct{}{}
	closing := c.closing()
	c.mu.Unlock()
	if closing || !c.io.run(s.write) {
		c.leavePool(s)
		return nil
	}
	return s
}

func (c *core) leavePool(s *stream) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.streams, s)
	if c.pool[s.key] == s {
		delete(c.pool, s.key)
	}
}

// pooled is an open connection to just this far end. A TLS target is served by
// a connection verified for the same name, or by one that the far end opened.
func (c *core) pooled(t target) *stream {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if s := c.pool[connKey{t.Network, t.Addr, ""}]; s != nil && (t.Network != "TLS" || t.Host == "") {
		return s
	}
	if t.Network == "TLS" {
		return c.pool[connKey{t.Network, t.Addr, tlsName(t)}]
	}
	return nil
}

// connected is for those who only want to know.
func (c *core) connected(network string, addr netip.AddrPort) bool {
	return c.pooled(target{Network: network, Addr: addr}) != nil
}

func tlsName(t target) string {
	if t.Host != "" {
		return t.Host
	}
	return t.Addr.Addr().String()
}

// connect finds or opens the way to a target. It may block (5 s at most) and so
// is never called on a strand.
func (c *core) connect(ctx context.Context, t target) (hop, error) {
	if c.own(t.Addr) && t.Network == "UDP" && c.socketFor(t.Addr.Addr()) != nil && c.socketFor(t.Addr.Addr()).local == t.Addr {
		return hop{}, transportError(errors.New(t.Addr.String() + " is our own socket"))
	}
	switch t.Network {
	case "UDP":
		s := c.socketFor(t.Addr.Addr())
		if s == nil {
			return hop{}, transportError(errors.New("no UDP listener to send from"))
		}
		return hop{sock: s, addr: t.Addr}, nil
	case "TCP", "TLS":
	default:
		return hop{}, transportError(errors.New("no transport " + t.Network))
	}
	if s := c.pooled(t); s != nil {
		return hop{conn: s, addr: t.Addr}, nil
	}
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", t.Addr.String())
	if err != nil {
		return hop{}, transportError(err)
	}
	name := ""
	if t.Network == "TLS" {
		cfg := &tls.Config{}
		if c.ua.TLS != nil {
			cfg = c.ua.TLS.Clone()
		}
		name = tlsName(t)
		cfg.ServerName = name
		tc := tls.Client(conn, cfg)
		if err := tc.HandshakeContext(ctx); err != nil {
			conn.Close()
			return hop{}, transportError(err)
		}
		conn = tc
	}
	s := c.newStream(t.Network, conn, t.Addr, name)
	if s == nil || !c.io.run(s.read) {
		conn.Close()
		return hop{}, ErrClosed
	}
	return hop{conn: s, addr: t.Addr}, nil
}

// roomy is the way for a request that is too big for a datagram (RFC 3261
// 18.1.1): TCP where the far end has it, else UDP anyway.
func (c *core) roomy(ctx context.Context, h hop, size int) hop {
	if h.sock == nil || size <= 1300 {
		return h
	}
	if _, ok := h.sock.pc.(*net.UDPConn); !ok {
		return h // a simulated network has no TCP
	}
	c.mu.Lock()
	until, no := c.noTCP[h.addr]
	c.mu.Unlock()
	if no && time.Now().Before(until) {
		return h
	}
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	big, err := c.connect(ctx, target{Network: "TCP", Addr: h.addr})
	if err == nil {
		return big
	}
	c.mu.Lock()
	if len(c.noTCP) >= 1024 {
		clear(c.noTCP)
	}
	c.noTCP[h.addr] = time.Now().Add(10 * time.Minute)
	c.mu.Unlock()
	return h
}
