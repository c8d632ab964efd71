package fetch

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"syscall"
	"time"
)

// Bounds of the way to a host.
const (
	maxRedirects = 5
	dialTimeout  = 5 * time.Second
	maxHeader    = 64 << 10 // bytes of an answer's header
)

// Refused tells that we did not send a request, or did not take its answer.
type Refused struct{ why string }

func (e *Refused) Error() string { return e.why }

// reserved networks beyond what netip knows: this network, shared (RFC 6598),
// IETF, documentation, 6to4 relays, benchmarking, class E; NAT64, discard,
// Teredo, documentation, 6to4, site-local.
var reserved = func() (p []netip.Prefix) {
	for _, s := range []string{"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15",
		"198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32",
		"2002::/16", "::/96", "fec0::/10"} {
		p = append(p, netip.MustParsePrefix(s))
	}
	return p
}()

// public tells whether anybody on the Internet may have the address.
func public(a netip.Addr) bool {
	a = a.Unmap()
	if !a.IsValid() || a.Zone() != "" || !a.IsGlobalUnicast() || a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast() {
		return false
	}
	for _, p := range reserved {
		if p.Contains(a) {
			return false
		}
	}
	return true
}

// Transport reaches public addresses and those in allow only. Proxies of the
// environment are not used: they would do the dialling.
func Transport(allow []netip.Prefix) *http.Transport {
	d := &net.Dialer{Timeout: dialTimeout, Control: guard(allow)}
	return &http.Transport{DialContext: d.DialContext, Proxy: nil, TLSHandshakeTimeout: dialTimeout, MaxResponseHeaderBytes: maxHeader}
}

// guard is a net.Dialer's Control: it lets through public addresses and those
// in allow. The dialer asks it with the very address that it connects to.
func guard(allow []netip.Prefix) func(network, address string, c syscall.RawConn) error {
	return func(_, address string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(address)
		if err != nil {
			return &Refused{"the address can't be read"}
		}
		a := at.Addr().Unmap()
		if public(a) {
			return nil
		}
		for _, p := range allow {
			if p.Contains(a) && a.Zone() == "" {
				return nil
			}
		}
		return &Refused{fmt.Sprintf("%s is not a public address; the operator may allow it (flow: httpAllow)", a)}
	}
}

// CheckURL tells whether an address may be asked at all.
func CheckURL(u *url.URL) error {
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return &Refused{fmt.Sprintf("%.20q: only http and https addresses are asked", u.Scheme)}
	case u.User != nil:
		return &Refused{"an address with a user name in it is not asked"}
	case u.Hostname() == "":
		return &Refused{"the address has no host"}
	}
	return nil
}

// CheckRedirect is an http.Client's: it follows a few redirects, each to an
// address that may be asked.
func CheckRedirect(r *http.Request, via []*http.Request) error {
	if len(via) >= maxRedirects {
		return &Refused{fmt.Sprintf("more than %d redirects", maxRedirects)}
	}
	return CheckURL(r.URL)
}

// Dial is a net.Dialer's that reaches public addresses and those in allow only, for other
// protocols than HTTP.
func Dial(allow []netip.Prefix) func(ctx context.Context, network, address string) (net.Conn, error) {
	d := &net.Dialer{Timeout: dialTimeout, Control: guard(allow)}
	return d.DialContext
}
