package sip

import (
	"net/textproto"
	"strings"
)

// field is one header line: canonical name, unfolded value.
type field struct{ name, value string }

// names maps each spelling that is common on the wire to the canonical name.
// Anything else takes the slow way through canonical.
var names = func() map[string]string {
	m := map[string]string{}
	for _, n := range []string{"Via", "From", "To", "Call-ID", "CSeq", "Contact", "Max-Forwards", "Route", "Record-Route",
		"Content-Type", "Content-Length", "Content-Encoding", "Content-Disposition", "Accept", "Accept-Encoding", "Accept-Language",
		"Allow", "Allow-Events", "Subscription-State", "Refer-Sub", "Supported", "Require", "Proxy-Require", "Unsupported", "User-Agent", "Server", "Subject", "Event",
		"Expires", "Min-Expires", "Path", "Authorization", "Proxy-Authorization", "WWW-Authenticate", "Proxy-Authenticate",
		"Authentication-Info", "Refer-To", "Referred-By", "Replaces", "Reason", "Retry-After", "Warning", "RSeq", "RAck", "Session-Expires",
		"Min-SE", "P-Asserted-Identity", "P-Preferred-Identity", "Remote-Party-ID", "Privacy", "Diversion", "History-Info",
		"Date", "Timestamp", "MIME-Version", "SIP-ETag", "SIP-If-Match", "Service-Route", "Identity", "Call-Info", "Alert-Info"} {
		m[n] = n
		m[strings.ToLower(n)] = n
	}
	for c, n := range map[string]string{"v": "Via", "f": "From", "t": "To", "i": "Call-ID", "m": "Contact", "c": "Content-Type",
		"l": "Content-Length", "e": "Content-Encoding", "k": "Supported", "s": "Subject", "r": "Refer-To", "b": "Referred-By",
		"o": "Event", "u": "Allow-Events", "x": "Session-Expires", "y": "Identity", "a": "Accept-Contact", "j": "Reject-Contact", "d": "Request-Disposition"} {
		m[c] = n
		m[strings.ToUpper(c)] = n
	}
	return m
}()

// canonical is the full, usual spelling of a header name.
func canonical(name string) string {
	if n, ok := names[name]; ok {
		return n
	}
	if n, ok := names[strings.ToLower(name)]; ok {
		return n
	}
	return textproto.CanonicalMIMEHeaderKey(name)
}

// single are the headers of which a message has one at most; two of them are
// how messages are smuggled (RFC 4475 3.3.8, 3.3.9).
func single(name string) bool {
	switch name {
	case "From", "To", "Call-ID", "CSeq", "Max-Forwards", "Content-Length", "Content-Type":
		return true
	}
	return false
}

// listed are the headers whose comma lists are split into one field each.
func listed(name string) bool {
	switch name {
	case "Via", "Route", "Record-Route", "Contact", "Path", "Service-Route":
		return true
	}
	return false
}

// cut splits v at sep outside of quotes and angle brackets. It never returns
// an empty list.
func cut(v string, sep byte) []string {
	if strings.IndexByte(v, sep) < 0 {
		return []string{strings.TrimSpace(v)}
	}
	var out []string
	start, quoted, depth := 0, false, 0
	for i := 0; i < len(v); i++ {
		switch c := v[i]; {
		case quoted && c == '\\':
			i++
		case c == '"' && depth == 0:
			quoted = !quoted
		case quoted:
		case c == '<':
			depth++
		case c == '>' && depth > 0:
			depth--
		case c == sep && depth == 0:
			out = append(out, strings.TrimSpace(v[start:i]))
			start = i + 1
		}
	}
	return append(out, strings.TrimSpace(v[start:]))
}

// params are the parameters after an address or a Via, names in lower case.
type params []field

func parseParams(list []string) params {
	var p params
	for _, kv := range list {
		if kv == "" {
			continue
		}
		k, v, _ := strings.Cut(kv, "=")
		p = append(p, field{strings.ToLower(strings.TrimSpace(k)), strings.TrimSpace(v)})
	}
	return p
}

func (p params) get(name string) (string, bool) {
	for i := range p {
		if p[i].name == name {
			return p[i].value, true
		}
	}
	return "", false
}

func (p params) String() string {
	var b strings.Builder
	for _, f := range p {
		b.WriteByte(';')
		b.WriteString(f.name)
		if f.value != "" {
			b.WriteByte('=')
			b.WriteString(f.value)
		}
	}
	return b.String()
}
