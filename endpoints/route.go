package endpoints

import (
	"cmp"
	"slices"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// Route is the trunks that may carry a call to e164, best first: longest
// prefix, then priority, then id so that the order is always the same.
func Route(trunks []*Endpoint, e164 string) []*Endpoint {
	type way struct {
		trunk  *Endpoint
		prefix int
	}
	var ways []way
	for _, e := range trunks {
		if e.Trunk == nil || e.Trunk.Host == "" {
			continue // one that only calls us
		}
		if n := longestPrefix(e.Trunk.Prefixes, e164); n >= 0 {
			ways = append(ways, way{e, n})
		}
	}
	slices.SortFunc(ways, func(a, b way) int {
		return cmp.Or(cmp.Compare(b.prefix, a.prefix), cmp.Compare(a.trunk.Trunk.Priority, b.trunk.Trunk.Priority), cmp.Compare(a.trunk.ID, b.trunk.ID))
	})
	out := make([]*Endpoint, len(ways))
	for i, w := range ways {
		out[i] = w.trunk
	}
	return out
}

// longestPrefix is the length of the longest that fits, -1 if none does. No
// prefixes at all take every number.
func longestPrefix(prefixes []string, e164 string) int {
	if len(prefixes) == 0 {
		return 0
	}
	best := -1
	for _, p := range prefixes {
		if strings.HasPrefix(e164, p) {
			best = max(best, len(p))
		}
	}
	return best
}

// Caller ID formats of a trunk.
const (
	E164       = "E164"       // +18005550100
	E164NoPlus = "E164NoPlus" // 18005550100
	National   = "National"   // 8005550100; with the leading 0 where a country dials one
)

// FormatCallerID writes an E.164 number as a trunk wants it. What is no number
// ("anonymous") stays as it is.
func FormatCallerID(format, e164 string) string {
	n, ok := international(e164, "")
	if !ok {
		return e164
	}
	switch format {
	case E164NoPlus:
		return strings.TrimPrefix(e164, "+")
	case National:
		text := phonenumbers.Format(n, phonenumbers.NATIONAL)
		return strings.Map(func(r rune) rune {
			if r < '0' || r > '9' {
				return -1
			}
			return r
		}, text)
	default:
		return e164
	}
}

// Formatted is a number as people read it: those of +1 as they write them at
// home, others with their country code. Anything else is as it was.
func Formatted(text string) string {
	n, ok := international(text, "")
	switch {
	case !ok:
		return text
	case n.GetCountryCode() == 1:
		return phonenumbers.Format(n, phonenumbers.NATIONAL)
	}
	return phonenumbers.Format(n, phonenumbers.INTERNATIONAL)
}
