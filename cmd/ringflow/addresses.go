package main

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"syscall"

	"ringflow/config"
)

// mediaFree tells at the start, and not at the first call, that no sound can be
// received: the address isn't ours, or another program has all the ports.
func mediaFree(c *config.Config) error {
	network, err := "udp4", error(nil)
	if c.Media.Listen.Is6() {
		network = "udp6"
	}
	for port := c.Media.PortMin; port <= c.Media.PortMax; port++ {
		var s *net.UDPConn
		if s, err = net.ListenUDP(network, net.UDPAddrFromAddrPort(netip.AddrPortFrom(c.Media.Listen, uint16(port)))); err == nil {
			return s.Close()
		}
		if !errors.Is(err, syscall.EADDRINUSE) {
			return inUse("media.listen", c.Media.Listen.String(), err)
		}
	}
	return inUse("media.ports", fmt.Sprintf("%d-%d", c.Media.PortMin, c.Media.PortMax), err)
}

// inUse says which key to change when an address can't be bound.
func inUse(key, value string, err error) error {
	why := ""
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		why = "is used by another program: end that one, or"
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		why = "is no address of this machine:"
	default:
		return fmt.Errorf("%s: %s: %w", key, value, err)
	}
	return fmt.Errorf("%s: %s %s set %s (%s)", key, value, why, key, config.Variable(key))
}
