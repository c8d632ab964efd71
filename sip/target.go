package sip

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	msg "github.com/emiago/sipgo/sip"
)

// Resolver is the part of net.Resolver that finding a SIP server needs (RFC 3263).
type Resolver interface {
	LookupSRV(ctx context.Context, service, proto, name string) (string, []*net.SRV, error)
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

const (
	locateLimit = 5 * time.Second  // for one whole target list
	locateKeep  = 60 * time.Second // an answer is used as it is
	locateStale = time.Hour        // an answer is better than none
	locateNames = 512              // in the cache
	maxTargets  = 16
)

// locator turns SIP URIs into target lists and remembers them for a minute. A name
// server that is slow or away costs 5 s at most and nothing while an old answer is there.
type locator struct {
	resolver Resolver

	mu    sync.Mutex
	known *lru[string, located]
}

type located struct {
	targets []target
	at      time.Time
}

func newLocator(r Resolver) *locator {
	if r == nil {
		r = net.DefaultResolver
	}
	return &locator{resolver: r, known: newLRU[string, located](locateNames)}
}

// targets is the gate's: where a request to uri can go, best first. network
// is UDP, TCP, TLS or empty, then the URI or SRV decides.
func (a *access) targets(ctx context.Context, uri *msg.Uri, network string) ([]target, error) {
	host, port, t := strings.Trim(uri.Host, "[]"), uri.Port, strings.ToUpper(network)
	if m, ok := uri.UriParams.Get("maddr"); ok && m != "" {
		host = strings.Trim(m, "[]")
	}
	if p, ok := uri.UriParams.Get("transport"); ok && t == "" {
		t = strings.ToUpper(p)
	}
	if uri.Scheme == "sips" {
		t = "TLS"
	}
	switch t {
	case "", "UDP", "TCP", "TLS":
	default:
		return nil, &Status{Code: 503, Reason: "No Transport " + clip(clean(t))}
	}
	if host == "" {
		return nil, &Status{Code: 416}
	}
	if ip, err := netip.ParseAddr(host); err == nil {
		return []target{{Network: cmp.Or(t, "UDP"), Addr: netip.AddrPortFrom(ip.Unmap(), portOr(port, t))}}, nil
	}
	return a.locator.locate(ctx, strings.ToLower(host), port, t)
}

func portOr(port int, network string) uint16 {
	switch {
	case port > 0 && port < 1<<16:
		return uint16(port)
	case network == "TLS":
		return 5061
	}
	return 5060
}

// locate looks a name up, or remembers it.
func (l *locator) locate(ctx context.Context, host string, port int, network string) ([]target, error) {
	key := fmt.Sprintf("%s:%d/%s", host, port, network)
	l.mu.Lock()
	old, ok := l.known.get(key)
	l.mu.Unlock()
	if ok && time.Since(old.at) < locateKeep {
		return spread(old.targets), nil
	}
	ctx, cancel := context.WithTimeout(ctx, locateLimit)
	defer cancel()
	list, err := l.lookup(ctx, host, port, network)
	if err != nil || len(list) == 0 {
		if ok && time.Since(old.at) < locateStale {
			return spread(old.targets), nil
		}
		return nil, fmt.Errorf("sip: no address for %s: %w", host, cmp.Or(err, error(&Status{Code: 503, Reason: "Unknown Host"})))
	}
	l.mu.Lock()
	l.known.put(key, located{list, time.Now()})
	l.mu.Unlock()
	return spread(list), nil
}

// spread is a copy, so that nobody changes what is remembered.
func spread(list []target) []target { return slices.Clone(list) }

// service is one way to ask for a SIP server by SRV (RFC 3263 4.1).
type service struct{ name, proto, network string }

var services = []service{{"sip", "udp", "UDP"}, {"sip", "tcp", "TCP"}, {"sips", "tcp", "TLS"}}

// lookup does RFC 3263 4.2: a port means addresses only; else SRV of the
// transports that may be used, and addresses where there is none. NAPTR is
// left out: it only orders transports, and a trunk says which it wants.
func (l *locator) lookup(ctx context.Context, host string, port int, network string) ([]target, error) {
	if port == 0 && strings.Contains(host, ".") {
		var list []target
		for _, s := range services {
			if network != "" && network != s.network || network == "" && s.network == "TLS" {
				continue
			}
			_, records, err := l.resolver.LookupSRV(ctx, s.name, s.proto, host)
			if err != nil {
				if ctx.Err() != nil {
					return list, ctx.Err()
				}
				continue
			}
			for _, r := range orderSRV(records, rand.Float64) {
				if len(list) >= maxTargets || r.Target == "." {
					break
				}
				// The certificate is of the name that was asked for, not of the SRV's (RFC 5922 4).
				found, _ := l.addresses(ctx, strings.TrimSuffix(r.Target, "."), int(r.Port), s.network, host)
				list = append(list, found...)
			}
		}
		if len(list) > 0 {
			return list[:min(len(list), maxTargets)], nil
		}
	}
	return l.addresses(ctx, host, port, cmp.Or(network, "UDP"), host)
}

// addresses are those of one host, IPv4 first.
func (l *locator) addresses(ctx context.Context, host string, port int, network, name string) ([]target, error) {
	if ip, err := netip.ParseAddr(host); err == nil {
		return []target{{Network: network, Addr: netip.AddrPortFrom(ip, portOr(port, network)), Host: name}}, nil
	}
	ips, err := l.resolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		var dns *net.DNSError
		if errors.As(err, &dns) && dns.IsNotFound {
			return nil, &Status{Code: 503, Reason: "Unknown Host"}
		}
		return nil, err
	}
	slices.SortStableFunc(ips, func(a, b netip.Addr) int {
		return cmp.Compare(a.Unmap().BitLen(), b.Unmap().BitLen())
	})
	var list []target
	for _, ip := range ips[:min(len(ips), maxTargets)] {
		list = append(list, target{Network: network, Addr: netip.AddrPortFrom(ip.Unmap(), portOr(port, network)), Host: name})
	}
	return list, nil
}

// orderSRV orders by priority, and within one by weight at random (RFC 2782).
func orderSRV(records []*net.SRV, random func() float64) []*net.SRV {
	in := slices.Clone(records)
	slices.SortStableFunc(in, func(a, b *net.SRV) int { return cmp.Compare(a.Priority, b.Priority) })
	out := make([]*net.SRV, 0, len(in))
	for len(in) > 0 {
		n := 1
		for n < len(in) && in[n].Priority == in[0].Priority {
			n++
		}
		sum := 0
		for _, r := range in[:n] {
			sum += int(r.Weight)
		}
		pick, at := 0, random()*float64(sum)
		for pick < n-1 && at >= float64(in[pick].Weight) {
			at -= float64(in[pick].Weight)
			pick++
		}
		out = append(out, in[pick])
		in = slices.Delete(in, pick, pick+1)
	}
	return out
}
