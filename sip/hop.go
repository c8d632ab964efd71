package sip

import (
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

// target is a next hop, resolved but not connected.
type target struct {
	Network string // UDP, TCP, TLS
	Addr    netip.AddrPort
	Host    string // the name that a TLS certificate must carry; empty: Addr's
}
