package endpoints

import "net/netip"

// AllowedIP is a source that a trunk is trusted by: ip[/n][:port], [ipv6/n]:port.
type AllowedIP struct {
	Prefix netip.Prefix
	Port   uint16 // 0: any
}

// ParseAllowedIP reads one entry of a trunk's allowedIps.
func ParseAllowedIP(text string) (AllowedIP, error) { return AllowedIP{}, nil }

// Match tells whether src is that source.
func (a AllowedIP) Match(src netip.AddrPort) bool { return false }
