package email

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"strings"
	"time"

	"blitiri.com.ar/go/spf"
	"github.com/emersion/go-msgauth/authres"
	"github.com/emersion/go-msgauth/dkim"
)

const (
	verifyTime    = 10 * time.Second // all that is asked of the DNS for one mail
	maxSignatures = 5
)

// Resolver asks the DNS; *net.Resolver is one.
type Resolver = spf.DNSResolver

// verdict is what was found out about who sent a mail.
type verdict struct {
	DKIM, DKIMDomain string // pass, fail, none, temperror, permerror; of the signature that counts
	SPF, SPFDomain   string // empty: it was fetched, so nobody knows from where
	// DMARC is what the domain of the From field makes of both, by its record; empty: the mail was
	// fetched, and without its way nobody can tell.
	DMARC, DMARCPolicy string
	// Sure tells that the domain of the From field stands behind it (RFC 7489 3.1, strictly or by a common organisation).
	Sure    bool
	signers []string // domains whose signatures are good
	results []authres.Result
}

// origin is the connection that a mail came by; of a fetched one there is none.
type origin struct {
	Addr netip.Addr
	Helo string
	From string // of the envelope
	// Envelope tells that there is one.
	Envelope bool
}

// verify checks signatures (RFC 6376) and the sender's address (RFC 7208). It never fails:
// what can't be found out is the verdict.
func verify(ctx context.Context, r io.Reader, resolver Resolver, o origin, from string) verdict {
	ctx, cancel := context.WithTimeout(ctx, verifyTime)
	defer cancel()
	var v verdict
	v.dkim(ctx, r, resolver, domainOf(from))
	if o.Envelope && o.Addr.IsValid() {
		v.spf(ctx, resolver, o, domainOf(from))
	}
	v.dmarc(ctx, resolver, domainOf(from))
	return v
}

func (v *verdict) dkim(ctx context.Context, r io.Reader, resolver Resolver, from string) {
	all, err := dkim.VerifyWithOptions(r, &dkim.VerifyOptions{MaxVerifications: maxSignatures, LookupTXT: func(domain string) ([]string, error) {
		return resolver.LookupTXT(ctx, domain)
	}})
	v.DKIM = "none"
	if err != nil && !errors.Is(err, dkim.ErrTooManySignatures) && len(all) == 0 {
		v.DKIM = "permerror"
	}
	best := -1
	for _, s := range all {
		if s.Err == nil {
			v.signers = append(v.signers, strings.ToLower(s.Domain))
		}
		value, rank := "pass", 2
		switch {
		case s.Err == nil && aligned(s.Domain, from):
			rank = 3
			v.Sure = true
		case s.Err == nil:
		case dkim.IsTempFail(s.Err):
			value, rank = "temperror", 1
		case dkim.IsPermFail(s.Err):
			value, rank = "permerror", 0
		default:
			value, rank = "fail", 0
		}
		if rank > best {
			best, v.DKIM, v.DKIMDomain = rank, value, strings.ToLower(s.Domain)
		}
		v.results = append(v.results, &authres.DKIMResult{Value: authres.ResultValue(value), Domain: token(s.Domain)})
	}
	if len(all) == 0 {
		v.results = append(v.results, &authres.DKIMResult{Value: authres.ResultValue(v.DKIM)})
	}
}

func (v *verdict) spf(ctx context.Context, resolver Resolver, o origin, from string) {
	sender := o.From
	if sender == "" {
		sender = "postmaster@" + o.Helo // RFC 7208 2.4
	}
	result, _ := spf.CheckHostWithSender(net.IP(o.Addr.Unmap().AsSlice()), o.Helo, sender, spf.WithContext(ctx), spf.WithResolver(resolver))
	v.SPF, v.SPFDomain = string(result), domainOf(sender)
	v.Sure = v.Sure || result == spf.Pass && aligned(v.SPFDomain, from)
	v.results = append(v.results, &authres.SPFResult{Value: authres.ResultValue(result), From: token(o.From), Helo: token(o.Helo)})
}

// aligned tells whether a domain speaks for another: they are the same, or one is below the
// other and more than a top level domain.
func aligned(a, b string) bool {
	a, b = strings.ToLower(strings.TrimSuffix(a, ".")), strings.ToLower(strings.TrimSuffix(b, "."))
	if a == "" || b == "" {
		return false
	}
	return a == b || strings.Count(a, ".") > 0 && strings.HasSuffix(b, "."+a)
}

func domainOf(address string) string {
	return strings.ToLower(address[strings.LastIndexByte(address, '@')+1:])
}

// token is what may stand in an Authentication-Results field as it is (RFC 8601 2.2).
func token(s string) string {
	return cut(strings.Map(func(r rune) rune {
		if r > ' ' && r < 0x7f && !strings.ContainsRune(`()<>;\"=`, r) {
			return r
		}
		return -1
	}, s), 255)
}
