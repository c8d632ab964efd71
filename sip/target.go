package sip

import (
	"context"
	"net"
	"net/netip"

	msg "github.com/emiago/sipgo/sip"
)

// Resolver is the part of net.Resolver that finding a SIP server needs (RFC 3263).
type Resolver interface {
	LookupSRV(ctx context.Context, service, proto, name string) (string, []*net.SRV, error)
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

type locator struct{ resolver Resolver }

func newLocator(r Resolver) *locator { return &locator{resolver: r} }

func (a *access) targets(ctx context.Context, uri *msg.Uri, network string) ([]target, error) {
	return nil, nil
}
