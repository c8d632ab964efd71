package sip

import (
	msg "github.com/emiago/sipgo/sip"
)

// maxChallenges are answered in one request of a trunk's call: its own, one
// more if that nonce was too old, and one of somebody behind it.
const maxChallenges = 3

// preempt makes credentials for a request that nobody has challenged yet, under
// the nonce that the trunk gave last (RFC 3261 22.3). They go to the host that the
// INVITE went to, and to nobody else whom a Contact or a route may name.
func (l *Leg) preempt(req *msg.Request, to hop) [][2]string {
	if l.out == nil || l.out.again == nil || l.trunkAt != to.addr.Addr() {
		return nil
	}
	return l.out.again(req, "")
}

// authorize answers a challenge to req, which went by to. What else req brought
// along it brings again.
func (l *Leg) authorize(req *msg.Request, r *response, to hop) ([][2]string, bool) {
	if c := r.StatusCode; c != 401 && c != 407 || l.out == nil || l.out.authorize == nil {
		return nil, false
	}
	name, value, ok := l.out.authorize(req, r.Response)
	if !ok {
		return nil, false
	}
	auth := [][2]string{{name, value}}
	if l.out.again != nil && l.trunkAt == to.addr.Addr() {
		auth = append(auth, l.out.again(req, name)...)
	}
	return auth, true
}

func with(req *msg.Request, headers [][2]string) {
	for _, h := range headers {
		req.AppendHeader(msg.NewHeader(h[0], h[1]))
	}
}
