package sip

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	msg "github.com/emiago/sipgo/sip"
)

// register is the gate's: it answers the REGISTER of a user who proved himself.
func (a *access) register(tx *serverTx, req *msg.Request, who Caller) {
	tx.respond(a.registrar.register(req, who, tx.from.network(), tx.from.addr, time.Now()))
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
	refused, changed, gone, came := r.apply(base, wanted, star, now)
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
	if came {
		r.came(user)
	}
	return res
}

// apply checks everything against what there is, then does it; r.mu is held.
func (r *registrar) apply(base Binding, wanted []asked, star bool, now time.Time) (refused *reply, changed, gone []Binding, came bool) {
	have := r.users[base.User]
	older := func(c *contact) bool { return c.CallID == base.CallID && base.CSeq <= c.CSeq }
	if star {
		if slices.ContainsFunc(have, older) {
			return &reply{code: 500, reason: "CSeq Is Not Higher"}, nil, nil, false
		}
		for _, c := range slices.Clone(have) {
			gone = append(gone, c.Binding)
			r.remove(c)
		}
		return nil, nil, gone, false
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
			return &reply{code: 500, reason: "CSeq Is Not Higher"}, nil, nil, false
		case c == nil && w.expires > 0:
			grow++
		}
	}
	over := len(have) + grow - maxContacts
	if over > 0 && over > r.offline(base.User) {
		r.access.wire.note(refusedQuota)
		return &reply{code: 403, reason: "Too Many Contacts"}, nil, nil, false
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
		came = came || c.anew(old)
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
	return nil, changed, gone, came
}

// anew tells that c is no refresh of old: nobody was there, or it started again (RFC 3261
// 10.2: a phone keeps the Call-ID until then), or was away, or is somewhere else now.
func (c *contact) anew(old *contact) bool {
	return old == nil || old.Offline || old.CallID != c.CallID || old.Transport != c.Transport || old.Source != c.Source
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
