package sip

import (
	"errors"
	"net/netip"
	"strconv"
	"strings"
)

// via is one Via value (RFC 3261 20.42), read by us: sipgo's reader merges two
// Vias of one line and stumbles over commas in quotes.
type via struct {
	network string // UDP, TCP, …, upper case
	host    string // without brackets
	port    int    // 0: none given
	params  params
}

var errVia = errors.New("not a Via")

func parseVia(v string) (via, error) {
	var out via
	parts := cut(v, ';')
	head := parts[0]
	proto, rest, ok := strings.Cut(head, "/")
	if !ok || !strings.EqualFold(strings.TrimSpace(proto), "SIP") {
		return out, errVia
	}
	version, rest, ok := strings.Cut(rest, "/")
	if !ok || strings.TrimSpace(version) == "" {
		return out, errVia
	}
	rest = strings.TrimSpace(rest)
	sp := strings.IndexAny(rest, " \t")
	if sp <= 0 {
		return out, errVia
	}
	out.network = strings.ToUpper(rest[:sp])
	host, port, err := splitHostPort(strings.TrimSpace(rest[sp:]))
	if err != nil || host == "" {
		return out, errVia
	}
	out.host, out.port = host, port
	out.params = parseParams(parts[1:])
	return out, nil
}

// splitHostPort cuts "host[ : port]"; IPv6 in brackets, port 0 when absent.
func splitHostPort(v string) (string, int, error) {
	host, port := v, ""
	if strings.HasPrefix(v, "[") {
		end := strings.IndexByte(v, ']')
		if end < 0 {
			return "", 0, errVia
		}
		host = v[1:end]
		rest := strings.TrimSpace(v[end+1:])
		if rest != "" {
			if rest[0] != ':' {
				return "", 0, errVia
			}
			port = strings.TrimSpace(rest[1:])
		}
	} else if i := strings.IndexByte(v, ':'); i >= 0 {
		host, port = strings.TrimSpace(v[:i]), strings.TrimSpace(v[i+1:])
	}
	if strings.ContainsAny(host, " \t\",") {
		return "", 0, errVia
	}
	if port == "" {
		return host, 0, nil
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 {
		return "", 0, errVia
	}
	return host, int(n), nil
}

const magic = "z9hG4bK"

// branch is the branch parameter if it is one of RFC 3261; else "".
func (v *via) branch() string {
	b, _ := v.params.get("branch")
	if len(b) > len(magic) && strings.HasPrefix(b, magic) {
		return b
	}
	return ""
}

func (v *via) sentBy() string {
	if v.port == 0 {
		return v.host
	}
	return v.host + ":" + strconv.Itoa(v.port)
}

// stamp notes in a Via value where the request came from (RFC 3261 18.2.1,
// RFC 3581) and returns the value for the response.
func (v *via) stamp(value string, src netip.AddrPort) string {
	_, wants := v.params.get("rport")
	same := false
	if a, err := netip.ParseAddr(v.host); err == nil {
		same = a.Unmap() == src.Addr()
	}
	if same && !wants {
		return value
	}
	var b strings.Builder
	b.WriteString("SIP/2.0/")
	b.WriteString(v.network)
	b.WriteByte(' ')
	if strings.IndexByte(v.host, ':') >= 0 {
		b.WriteString("[" + v.host + "]")
	} else {
		b.WriteString(v.host)
	}
	if v.port > 0 {
		b.WriteString(":" + strconv.Itoa(v.port))
	}
	for _, p := range v.params {
		switch p.name {
		case "received", "rport":
			continue
		}
		b.WriteString(";" + p.name)
		if p.value != "" {
			b.WriteString("=" + p.value)
		}
	}
	b.WriteString(";received=" + src.Addr().String())
	if wants {
		b.WriteString(";rport=" + strconv.Itoa(int(src.Port())))
	}
	return b.String()
}

// back is where a UDP response goes: always the source address, so that nobody
// is hit by what they did not ask for; the port is rport's or sent-by's.
func (v *via) back(src netip.AddrPort) netip.AddrPort {
	if _, ok := v.params.get("rport"); ok {
		return src
	}
	if v.port > 0 {
		return netip.AddrPortFrom(src.Addr(), uint16(v.port))
	}
	return netip.AddrPortFrom(src.Addr(), 5060)
}
