package sip

import (
	"strings"
)

const maxReferTo = 2048 // bytes of a Refer-To or Referred-By value

// parseReferTo reads a Refer-To: whom to call, and of what else the URI would have the
// INVITE bring the Replaces alone (RFC 3515 2.1, RFC 3261 19.1.1). Any other header
// in it is left out: a far end writes none of our messages.
func parseReferTo(v string) (to Party, wanted *replaces, no *reply) {
	bad := &reply{code: 400, reason: "Bad Refer-To"}
	if len(v) > maxReferTo {
		return to, nil, bad
	}
	a, err := parseAddress(v)
	if err != nil || a.uri.Wildcard {
		return to, nil, bad
	}
	switch a.uri.Scheme {
	case "sip", "sips", "tel":
	default:
		return to, nil, answer(416)
	}
	base, headers := splitURIHeaders(a.text)
	again := address{name: a.name, text: base}
	if err := parseURI(base, &again.uri); err != nil {
		return to, nil, bad
	}
	to = again.party()
	if to.User == "" && a.uri.Scheme == "tel" {
		return to, nil, bad
	}
	for _, kv := range strings.Split(headers, "&") {
		name, value, _ := strings.Cut(kv, "=")
		if !strings.EqualFold(unescape(name), "Replaces") {
			continue
		}
		x, ok := parseReplaces(unescape(value))
		if !ok || wanted != nil {
			return to, nil, &reply{code: 400, reason: "Bad Replaces In Refer-To"}
		}
		wanted = &x
	}
	return to, wanted, nil
}

// splitURIHeaders cuts the header part off a URI. A "?" may also stand in the user
// part, and an unescaped "@" in the headers, as phones write a Call-ID.
func splitURIHeaders(uri string) (base, headers string) {
	q := strings.IndexByte(uri, '?')
	if q < 0 {
		return uri, ""
	}
	if at := strings.LastIndexByte(uri, '@'); at > q && strings.IndexByte(uri[:q], '@') < 0 && strings.IndexByte(uri[q:at], '=') < 0 {
		if q = strings.IndexByte(uri[at:], '?'); q < 0 {
			return uri, ""
		}
		q += at
	}
	return uri[:q], uri[q+1:]
}

// escapeHeader %-encodes a value for the header part of a URI.
func escapeHeader(v string) string {
	var b strings.Builder
	for i := 0; i < len(v); i++ {
		if c := v[i]; 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("-_.!~*'()", c) >= 0 {
			b.WriteByte(c)
		} else {
			b.WriteByte('%')
			b.WriteByte(hexDigits[c>>4])
			b.WriteByte(hexDigits[c&15])
		}
	}
	return b.String()
}

func isFalse(v string) bool {
	v, _, _ = strings.Cut(v, ";")
	return strings.EqualFold(strings.TrimSpace(v), "false")
}
