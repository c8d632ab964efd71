package sip

import (
	"net/netip"
	"strconv"
	"strings"
	"time"

	msg "github.com/emiago/sipgo/sip"
)

const (
	maxContactText = 512 // bytes of a contact URI
	maxPath        = 4   // proxies between a phone and us
)

// asked is one contact as a REGISTER asks for it.
type asked struct {
	uri, key, instance string
	expires            time.Duration
	q                  float64
}

// contacts reads what is asked for, without looking at what there is.
func (r *registrar) contacts(req *msg.Request, src netip.AddrPort) (list []asked, star bool, refused *reply) {
	header, hasExpires := parseSeconds(headerValue(req.Headers(), "Expires"))
	values := headerList(req.Headers(), "Contact")
	for _, v := range values {
		if v == "*" {
			if len(values) != 1 || !hasExpires || header != 0 {
				return nil, false, answer(400)
			}
			return nil, true, nil
		}
	}
	if len(values) > maxContacts {
		r.access.wire.note(refusedQuota)
		return nil, false, &reply{code: 403, reason: "Too Many Contacts"}
	}
	for _, v := range values {
		at, err := parseAddress(v)
		if err != nil {
			return nil, false, answer(400)
		}
		w := asked{q: 1, uri: strings.Clone(at.text)}
		var ok bool
		if w.key, ok = contactKey(&at.uri); !ok || len(w.uri) > maxContactText || len(at.uri.Headers) > 0 {
			return nil, false, answer(400)
		}
		if r.ourselves(&at.uri, src) {
			return nil, false, &reply{code: 403, reason: "Contact Is Not Yours"}
		}
		w.expires = defaultExpires
		if hasExpires {
			w.expires = header
		}
		for _, p := range at.params {
			switch p.name {
			case "expires":
				if d, ok := parseSeconds(p.value); ok {
					w.expires = d
				}
			case "q":
				if q, err := strconv.ParseFloat(p.value, 64); err == nil && q >= 0 && q <= 1 {
					w.q = q
				}
			case "+sip.instance":
				w.instance = strings.Clone(clip(unquote(p.value))) + w.instance
			case "reg-id":
				w.instance += ";" + strings.Clone(clip(p.value))
			}
		}
		if w.expires > 0 && w.expires < minExpires {
			return nil, false, answer(423, "Min-Expires", itoa(int(minExpires.Seconds())))
		}
		w.expires = min(w.expires, maxExpires)
		if r.access.wire.drains() {
			w.expires = min(w.expires, drainExpires)
		}
		list = append(list, w)
	}
	return list, false, nil
}

// ourselves: a contact that would send requests back to us, or to an inside
// address that only the machine itself has. What a phone on this machine
// registers is fine: it comes from there.
func (r *registrar) ourselves(uri *msg.Uri, src netip.AddrPort) bool {
	ip, err := netip.ParseAddr(strings.Trim(uri.Host, "[]"))
	if err != nil {
		return strings.EqualFold(uri.Host, "localhost") && !src.Addr().IsLoopback()
	}
	ip = ip.Unmap()
	port := uint16(uri.Port)
	if port == 0 {
		port = 5060
	}
	if at := netip.AddrPortFrom(ip, port); at != src && r.access.wire.own(at) {
		return true
	}
	inside := ip.IsLoopback() || ip.IsLinkLocalUnicast() || ip.IsUnspecified() || ip.IsMulticast()
	return inside && !src.Addr().IsLoopback() && ip != src.Addr()
}

// pathOf is the Path of a REGISTER that came through proxies (RFC 3327 5.3).
func pathOf(req *msg.Request) ([]string, *reply) {
	path := headerList(req.Headers(), "Path")
	if len(path) == 0 {
		return nil, nil
	}
	if !has(req.Headers(), "Supported", "path") {
		return nil, answer(421, "Require", "path")
	}
	if len(path) > maxPath {
		return nil, answer(400)
	}
	for i, p := range path {
		if a, err := parseAddress(p); err != nil || a.uri.Wildcard || len(p) > maxContactText || !strings.HasPrefix(p, "<") {
			return nil, answer(400)
		}
		path[i] = strings.Clone(clean(p))
	}
	return path, nil
}

// contactKey is the same for contact URIs that are the same (RFC 3261 19.1.4):
// scheme, user, host, port and transport.
func contactKey(uri *msg.Uri) (string, bool) {
	if uri.Host == "" || uri.Wildcard || (uri.Scheme != "sip" && uri.Scheme != "sips") {
		return "", false
	}
	transport, _ := uri.UriParams.Get("transport")
	transport = strings.ToLower(transport)
	if transport == "udp" {
		transport = ""
	}
	return uri.Scheme + ":" + unescape(uri.User) + "@" + strings.ToLower(uri.Host) + ":" + itoa(uri.Port) + ";" + transport, true
}

// parseSeconds reads a delta-seconds; what is too large is a year. False: it is
// absent or no number.
func parseSeconds(v string) (time.Duration, bool) {
	const year = 365 * 24 * 3600
	if v = strings.TrimSpace(v); v == "" || strings.Trim(v, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseUint(v, 10, 64)
	if err != nil || n > year {
		n = year
	}
	return time.Duration(n) * time.Second, true
}
