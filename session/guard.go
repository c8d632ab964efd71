package session

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"syscall"
	"time"
)

const (
	fetchTimeout = 10 * time.Second
	maxFetch     = 5 << 20 // bytes of an audio file from the web
)

// GuardedClient fetches what a flow's author names. It speaks http and https
// to public addresses only: the address is checked after the name was
// resolved, at the moment of dialling, and anew for each redirect.
func GuardedClient() *http.Client {
	d := &net.Dialer{Timeout: 5 * time.Second, Control: func(_, address string, _ syscall.RawConn) error {
		a, err := netip.ParseAddrPort(address)
		if err != nil {
			return err
		}
		if !public(a.Addr()) {
			return fmt.Errorf("%s is not a public address", a.Addr())
		}
		return nil
	}}
	return &http.Client{
		Timeout: fetchTimeout,
		Transport: &http.Transport{
			DialContext: d.DialContext, Proxy: nil, DisableKeepAlives: true,
			TLSHandshakeTimeout: 5 * time.Second, ResponseHeaderTimeout: 5 * time.Second,
			MaxResponseHeaderBytes: 64 << 10, DisableCompression: true,
		},
		CheckRedirect: func(r *http.Request, via []*http.Request) error {
			if len(via) >= 5 {
				return errors.New("more than 5 redirects")
			}
			return checkURL(r.URL)
		},
	}
}

// reserved networks beyond what netip knows: this network, shared (RFC 6598),
// IETF, documentation, 6to4 relays, benchmarking, class E; NAT64, discard,
// Teredo, documentation, 6to4.
var reserved = func() (p []netip.Prefix) {
	for _, s := range []string{"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15",
		"198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16"} {
		p = append(p, netip.MustParsePrefix(s))
	}
	return p
}()

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

func checkURL(u *url.URL) error {
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return fmt.Errorf("%q: only http and https addresses are fetched", u.Redacted())
	case u.User != nil:
		return fmt.Errorf("%q: an address with a user name isn't fetched", u.Redacted())
	case u.Hostname() == "":
		return fmt.Errorf("%q: no host", u.Redacted())
	}
	return nil
}

// fetch opens the audio file at address; what is over the limit is an error, not cut off.
func fetch(ctx context.Context, c *http.Client, address string) (io.ReadCloser, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	if err := checkURL(u); err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, err
	}
	resp, err := c.Do(r)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		resp.Body.Close()
		return nil, fmt.Errorf("%s answered %s", u.Redacted(), resp.Status)
	}
	if resp.ContentLength > maxFetch {
		resp.Body.Close()
		return nil, fmt.Errorf("%s has %d bytes; at most %d are taken", u.Redacted(), resp.ContentLength, maxFetch)
	}
	return &limited{resp.Body, maxFetch}, nil
}

type limited struct {
	io.ReadCloser
	left int
}

func (l *limited) Read(p []byte) (int, error) {
	n, err := l.ReadCloser.Read(p)
	if l.left -= n; l.left < 0 {
		return 0, fmt.Errorf("more than %d bytes", maxFetch)
	}
	return n, err
}
