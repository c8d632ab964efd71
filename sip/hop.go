package sip

import (
	"fmt"
	"net"
	"net/netip"
)

// hop is one way to a far end: our socket or connection, and the far address.
type hop struct {
	sock *socket        // UDP: the socket of ours that it came to or leaves by
	conn *stream        // TCP, TLS: the connection
	addr netip.AddrPort // of the far end
}

// network is UDP, TCP or TLS.
func (h hop) network() string {
	switch {
	case h.conn != nil:
		return h.conn.network
	case h.sock != nil:
		return h.sock.network
	}
	return ""
}

// reliable: the transport re-sends, so that we need not (RFC 3261 17).
func (h hop) reliable() bool { return h.conn != nil }

// send writes one message. On a stream it is queued: an error there comes as
// the connection's end.
func (h hop) send(b []byte) error {
	switch {
	case h.conn != nil:
		return h.conn.send(b)
	case h.sock != nil:
		return h.sock.send(b, h.addr)
	}
	return net.ErrClosed
}

// self is our host and port on this way, for Via and Contact.
func (h hop) self(c *core) (string, int) {
	if h.conn != nil {
		// Where they can call us back; a connection's own port is nobody's listener.
		if host, port := c.self(h.conn.network, h.addr.Addr()); host != "" {
			return host, port
		}
		return c.advertised(h.conn.local.Addr()), int(h.conn.local.Port())
	}
	return c.advertised(c.outward(h.sock.local.Addr(), h.addr.Addr())), h.sock.port
}

// alive tells whether a message can still leave this way.
func (h hop) alive() bool {
	return h.sock != nil || h.conn != nil && !h.conn.closed.Load()
}

func transportError(err error) error { return fmt.Errorf("%w: %w", ErrTransport, err) }

// target is a next hop, resolved but not connected.
type target struct {
	Network string // UDP, TCP, TLS
	Addr    netip.AddrPort
	Host    string // the name that a TLS certificate must carry; empty: Addr's
}
