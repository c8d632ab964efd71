package sip

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	msg "github.com/emiago/sipgo/sip"
)

const (
	maxContactText = 512 // bytes of a contact URI
	maxPath        = 4   // proxies between a phone and us
)

// register is the gate's: it answers the REGISTER of a user who proved himself.
func (a *access) register(tx *serverTx, req *msg.Request, who Caller) {
	tx.respond(a.registrar.register(req, who, tx.from.network(), tx.from.addr, time.Now()))
}

// asked is one contact as a REGISTER asks for it.
type asked struct {
	uri, key, instance string
	expires            time.Duration
	q                  float64
}

// register does RFC 3261 10.3 in its order: all of the request or nothing.
func (r *registrar) register(req *msg.Request, who Caller, network string, src netip.AddrPort, now time.Time) *reply {
	to, callID, cseq := req.To(), req.CallID(), req.CSeq()
	if to == nil || callID == nil || cseq == nil {
		return answer(400)
	}
	user := strings.ToLower(who.Name)
	if who.Kind != User || strings.ToLower(unescape(to.Address.User)) != user {
		r.access.wire.note(refusedAuth)
		return answer(403)
	}
	path, refused := pathOf(req)
	if refused != nil {
		return refused
	}
	wanted, star, refused := r.contacts(req, src)
	if refused != nil {
		return refused
	}
	base := Binding{User: user, Source: src, Transport: network, Path: path, CallID: strings.Clone(callID.Value()),
		CSeq: cseq.SeqNo, UserAgent: strings.Clone(clip(clean(headerValue(req.Headers(), "User-Agent")))), LastSeen: now}

	r.mu.Lock()
	refused, changed, gone := r.apply(base, wanted, star, now)
	var res *reply
	if refused == nil {
		res = r.current(user, now)
	}
	r.mu.Unlock()
	if refused != nil {
		return refused
	}
	for _, p := range path {
		res.headers = append(res.headers, [2]string{"Path", p})
	}
	if r.store != nil {
		for _, b := range changed {
			r.store.put(b)
		}
		for _, b := range gone {
			r.store.delete(b.User, b.Contact)
		}
	}
	if len(changed)+len(gone) > 0 {
		r.changed(user)
	}
	return res
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

// apply checks everything against what there is, then does it; r.mu is held.
func (r *registrar) apply(base Binding, wanted []asked, star bool, now time.Time) (refused *reply, changed, gone []Binding) {
	have := r.users[base.User]
	older := func(c *contact) bool { return c.CallID == base.CallID && base.CSeq <= c.CSeq }
	if star {
		if slices.ContainsFunc(have, older) {
			return &reply{code: 500, reason: "CSeq Is Not Higher"}, nil, nil
		}
		for _, c := range slices.Clone(have) {
			gone = append(gone, c.Binding)
			r.remove(c)
		}
		return nil, nil, gone
	}
	match := func(w asked) *contact {
		i := slices.IndexFunc(have, func(c *contact) bool { return c.key == w.key })
		if i < 0 && w.instance != "" {
			i = slices.IndexFunc(have, func(c *contact) bool { return c.Instance == w.instance })
		}
		if i < 0 {
			return nil
		}
		return have[i]
	}
	grow := 0
	for _, w := range wanted {
		switch c := match(w); {
		case c != nil && older(c):
			return &reply{code: 500, reason: "CSeq Is Not Higher"}, nil, nil
		case c == nil && w.expires > 0:
			grow++
		}
	}
	over := len(have) + grow - maxContacts
	if over > 0 && over > r.offline(base.User) {
		r.access.wire.note(refusedQuota)
		return &reply{code: 403, reason: "Too Many Contacts"}, nil, nil
	}
	for ; over > 0; over-- {
		old := r.stale(base.User)
		gone = append(gone, old.Binding)
		r.remove(old)
	}
	for _, w := range wanted {
		have = r.users[base.User]
		old := match(w)
		if w.expires == 0 {
			if old != nil {
				gone = append(gone, old.Binding)
				r.remove(old)
			}
			continue
		}
		c := &contact{Binding: base, key: w.key, ping: now.Add(jitter(keepaliveEvery))}
		c.Contact, c.Instance, c.Q, c.Expires = w.uri, w.instance, w.q, now.Add(w.expires)
		if old == nil {
			r.add(c)
		} else {
			if old.Contact != c.Contact {
				gone = append(gone, old.Binding)
			}
			r.replace(old, c)
		}
		changed = append(changed, c.Binding)
	}
	return nil, changed, gone
}

// offline counts a user's bindings that may have to make room.
func (r *registrar) offline(user string) (n int) {
	for _, c := range r.users[user] {
		if c.Offline {
			n++
		}
	}
	return n
}

// stale is a user's binding that has to make room: the one that has been silent longest.
func (r *registrar) stale(user string) (old *contact) {
	for _, c := range r.users[user] {
		if c.Offline && (old == nil || c.LastSeen.Before(old.LastSeen)) {
			old = c
		}
	}
	return old
}

// current is the 200 with all bindings of a user; r.mu is held.
func (r *registrar) current(user string, now time.Time) *reply {
	res := answer(200)
	for _, c := range r.users[user] {
		left := int((c.Expires.Sub(now) + time.Second - 1) / time.Second)
		if left <= 0 {
			continue
		}
		v := "<" + c.Contact + ">;expires=" + itoa(left)
		if c.Q < 1 {
			v += ";q=" + strconv.FormatFloat(c.Q, 'f', -1, 64)
		}
		res.headers = append(res.headers, [2]string{"Contact", v})
	}
	res.headers = append(res.headers, [2]string{"Supported", "path"}, [2]string{"Date", now.UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT")})
	return res
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
