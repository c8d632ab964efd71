//go:build !linux || !(amd64 || arm64)

package sip

import (
	"net"
	"net/netip"
)

// datagrams is package net's way where there is none of our own.
type datagrams struct{ udp *net.UDPConn }

func newDatagrams(udp *net.UDPConn) (*datagrams, error) { return &datagrams{udp}, nil }

func (d *datagrams) read(buf []byte) (n int, from netip.AddrPort, waited bool, err error) {
	n, from, err = d.udp.ReadFromUDPAddrPort(buf)
	return n, netip.AddrPortFrom(from.Addr().Unmap(), from.Port()), false, err
}

func (d *datagrams) write(b []byte, to netip.AddrPort) error {
	_, err := d.udp.WriteToUDPAddrPort(b, to)
	return err
}
