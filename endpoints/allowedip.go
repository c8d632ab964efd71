package endpoints

import (
	"net/netip"
	"strconv"
	"strings"
)

// widest networks that may be trusted; wider ones are half the Internet, and
// whoever is in them could place calls unasked.
const (
	widestIPv4 = 8
	widestIPv6 = 16
)

// AllowedIP is a source that a trunk is trusted by: ip[/n][:port], for IPv6
// with a port [ip/n]:port.
type AllowedIP struct {
	Prefix netip.Prefix
	Port   uint16 // 0: any
}

// ParseAllowedIP reads one entry of a trunk's allowedIps. Bits behind the
// prefix don't matter.
func ParseAllowedIP(text string) (AllowedIP, error) {
	bad := func(why string) (AllowedIP, error) {
		return AllowedIP{}, invalid("allowedIps", "%.64q %s; write ip, ip/n, ip:port or ip/n:port (IPv6 with a port: [ip/n]:port)", text, why)
	}
	addr, port, err := splitPort(strings.TrimSpace(text))
	if err != "" {
		return bad(err)
	}
	ip, bits, sized := strings.Cut(addr, "/")
	a, perr := netip.ParseAddr(ip)
	if perr != nil || a.Zone() != "" {
		return bad("isn't an IP address")
	}
	n := a.BitLen()
	if sized {
		var e error
		if n, e = strconv.Atoi(bits); e != nil || n < 0 || n > a.BitLen() || bits[0] == '+' {
			return bad("has no valid network size")
		}
	}
	if a.Is4In6() {
		if n < 96 {
			return bad("has no valid network size")
		}
		a, n = a.Unmap(), n-96
	}
	if (a.Is4() && n < widestIPv4) || (a.Is6() && n < widestIPv6) {
		return bad("trusts too large a network: /" + strconv.Itoa(widestIPv4) + " (IPv6: /" + strconv.Itoa(widestIPv6) + ") is the widest")
	}
	return AllowedIP{Prefix: netip.PrefixFrom(a, n).Masked(), Port: port}, nil
}

// splitPort parts address and port; the last result says what is wrong.
func splitPort(text string) (string, uint16, string) {
	addr, port := text, ""
	if rest, ok := strings.CutPrefix(text, "["); ok {
		in, out, closed := strings.Cut(rest, "]")
		if !closed || (out != "" && out[0] != ':' && out[0] != '/') {
			return "", 0, "has an open bracket"
		}
		if strings.HasPrefix(out, "/") { // [ip]/n[:port]
			bits, p, _ := strings.Cut(out[1:], ":")
			return finishPort(in+"/"+bits, p, strings.Contains(out, ":"))
		}
		return finishPort(in, strings.TrimPrefix(out, ":"), out != "")
	}
	if strings.Count(text, ":") == 1 {
		addr, port, _ = strings.Cut(text, ":")
		return finishPort(addr, port, true)
	}
	return addr, 0, ""
}

func finishPort(addr, port string, given bool) (string, uint16, string) {
	if !given {
		return addr, 0, ""
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 {
		return "", 0, "has no valid port"
	}
	return addr, uint16(n), ""
}

// Match tells whether src is that source.
func (a AllowedIP) Match(src netip.AddrPort) bool {
	return a.Prefix.Contains(src.Addr().Unmap().WithZone("")) && (a.Port == 0 || a.Port == src.Port())
}

// String is a's normal form.
func (a AllowedIP) String() string {
	text := a.Prefix.String()
	if a.Prefix.IsSingleIP() {
		text = a.Prefix.Addr().String()
	}
	if a.Port == 0 {
		return text
	}
	if a.Prefix.Addr().Is6() {
		text = "[" + text + "]"
	}
	return text + ":" + strconv.Itoa(int(a.Port))
}
