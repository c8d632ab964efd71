package email

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/emersion/go-msgauth/authres"
	"github.com/emersion/go-msgauth/dmarc"
)

// maxDomains are asked for a record: the From field's, and those above it.
const maxDomains = 5

// dmarc asks what the domain of the From field says of itself (RFC 7489), after dkim and spf: a good
// signature or sender must be of that domain or, unless its record is strict, of its organisation. Which
// that is is found by going up to the next record instead of by a list of suffixes.
func (v *verdict) dmarc(ctx context.Context, resolver Resolver, from string) {
	policy, above, err := dmarcRecord(ctx, resolver, from)
	switch {
	case errors.Is(err, dmarc.ErrNoPolicy):
		v.DMARC = "none"
	case dmarc.IsTempFail(err):
		v.DMARC = "temperror"
	case err != nil:
		v.DMARC = "permerror"
	default:
		v.DMARCPolicy = string(policy.Policy)
		if above != from && policy.SubdomainPolicy != "" {
			v.DMARCPolicy = string(policy.SubdomainPolicy)
		}
		stands := func(domain string, mode dmarc.AlignmentMode) bool {
			if mode == dmarc.AlignmentStrict {
				return domain == from
			}
			return aligned(domain, from) || aligned(above, domain)
		}
		signed := slices.ContainsFunc(v.signers, func(d string) bool { return stands(d, policy.DKIMAlignment) })
		switch {
		case signed || v.SPF == "pass" && stands(v.SPFDomain, policy.SPFAlignment):
			v.DMARC = "pass"
		case v.DKIM == "temperror" || v.SPF == "temperror":
			v.DMARC = "temperror"
		case v.SPF != "": // a fetched mail may have been sent by whom it should have
			v.DMARC = "fail"
		}
	}
	if v.DMARC != "" {
		v.results = append(v.results, &authres.DMARCResult{Value: authres.ResultValue(v.DMARC), From: token(from)})
	}
}

// dmarcRecord is the record of a domain or of the next one above it that has one, but for top level
// domains, and whose it is.
func dmarcRecord(ctx context.Context, resolver Resolver, domain string) (*dmarc.Record, string, error) {
	ask := &dmarc.LookupOptions{LookupTXT: func(name string) ([]string, error) { return resolver.LookupTXT(ctx, name) }}
	if len(domain) > 253 {
		return nil, "", dmarc.ErrNoPolicy
	}
	for at := domain; strings.Contains(at, "."); _, at, _ = strings.Cut(at, ".") {
		if at != domain && strings.Count(at, ".") >= maxDomains-1 {
			continue // so deep that it says nothing
		}
		r, err := dmarc.LookupWithOptions(at, ask)
		if !errors.Is(err, dmarc.ErrNoPolicy) {
			return r, at, err
		}
	}
	return nil, "", dmarc.ErrNoPolicy
}
