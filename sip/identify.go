package sip

import (
	"context"
	"strings"
	"time"

	msg "github.com/emiago/sipgo/sip"
	"go.uber.org/zap"
)

// rule is what a method needs outside of any dialog, and what it gets then.
type rule struct {
	nobody bool // answered with code whoever sends it: it has no meaning out of a dialog
	open   bool // strangers too, as often as the guard allows
	digest bool // credentials only, whatever the source
	users  bool // users only
	code   int  // the answer to whoever may ask; 0: it goes on to its handler
}

// rules has every method that may be answered by something else than "who are
// you". What is not in it needs credentials to learn that there is nothing (501).
var rules = map[msg.RequestMethod]rule{
	msg.INVITE:    {},
	msg.REGISTER:  {digest: true, users: true},
	msg.OPTIONS:   {open: true},
	msg.MESSAGE:   {}, // whom he may write to is OnText's to say
	msg.SUBSCRIBE: {}, // who may watch what is the events' to say
	msg.PUBLISH:   {code: 489},
	msg.REFER:     {code: 403},
	msg.NOTIFY:    {code: 481, nobody: true}, // of no subscription of ours (RFC 6665 4.1.3)
	msg.BYE:       {code: 481, nobody: true},
	msg.CANCEL:    {code: 481, nobody: true},
	msg.INFO:      {code: 481, nobody: true},
	msg.PRACK:     {code: 481, nobody: true},
	msg.UPDATE:    {code: 481, nobody: true},
	msg.ACK:       {nobody: true}, // code 0: an ACK is never answered
}

// identify is the gate's: who sent a request outside of any dialog, by four rules
// in this order. Valid credentials are that user or trunk. A From that names a user
// of ours, or the source of a live binding, is challenged. A source that stands in a
// trunk's allowedIps is that trunk. Anybody else is challenged too, a
// limited number of times, and nothing is kept of him.
func (a *access) identify(req *msg.Request, from hop) (Caller, *reply) {
	r, ok := rules[req.Method]
	if !ok {
		r = rule{code: 501}
	}
	if r.nobody {
		return Caller{}, a.stranger(from, answer(r.code))
	}
	who, refused := a.who(req, from, r)
	switch {
	case refused != nil:
		return Caller{}, refused
	case r.users && who.Kind != User && who.Kind != "":
		a.wire.note(refusedAuth)
		return Caller{}, answer(403)
	case r.code == 405 || r.code == 501:
		return Caller{}, answer(r.code, "Allow", allow)
	case r.code != 0:
		return Caller{}, answer(r.code)
	}
	return who, nil
}

func (a *access) who(req *msg.Request, from hop, r rule) (Caller, *reply) {
	c, malformed := a.digest.credentials(req)
	if c != nil {
		return a.prove(req, from, c)
	}
	src := from.addr
	claimed := !r.open && (a.claimsUser(req) || a.registrar.live(from.network(), src))
	if !claimed && !r.digest && a.directory != nil {
		if t, ok := a.directory.TrunkBySource(src); ok {
			t.By = "address"
			return t, nil
		}
	}
	if r.open {
		return Caller{}, a.stranger(from, nil)
	}
	if malformed {
		a.wire.note(refusedAuth)
	} else if !claimed {
		a.wire.note(refusedNoTrunk)
	}
	return Caller{}, a.stranger(from, a.challenge(req, from, false))
}

// challenge asks who is there, in the algorithms that the phone can be expected to know.
func (a *access) challenge(req *msg.Request, from hop, stale bool) *reply {
	plain := knowsOnlyMD5(req)
	if id, cseq := req.CallID(), req.CSeq(); req.Method == msg.REGISTER && !plain && id != nil && cseq != nil && req.GetHeader("Authorization") == nil {
		plain = a.guard.puzzled(from.addr.Addr(), id.Value(), cseq.SeqNo)
	}
	return a.digest.challenge(stale, plain)
}

// prove checks credentials, unless too many were wrong just before.
func (a *access) prove(req *msg.Request, from hop, c *digestHeader) (Caller, *reply) {
	now, src := time.Now(), from.addr.Addr()
	if id := req.CallID(); id != nil && req.Method == msg.REGISTER {
		a.guard.understood(src, id.Value())
	}
	if a.guard.slowed(src, c.username, now) {
		a.wire.note(refusedAuth)
		return Caller{}, a.stranger(from, a.challenge(req, from, false))
	}
	who, v := a.digest.check(context.Background(), a.directory, req, c)
	switch v {
	case goodCredentials:
		a.guard.passed(src, c.username)
		return who, nil
	case staleNonce:
		return Caller{}, a.stranger(from, a.challenge(req, from, true))
	case badURI:
		return Caller{}, &reply{code: 400, reason: "Digest URI Is Not The Request-URI"}
	}
	a.guard.failed(src, c.username, now)
	a.wire.note(refusedAuth)
	a.log.Debug("sip: credentials refused", zap.String("user", clip(clean(c.username))), zap.Stringer("source", from.addr),
		zap.String("method", string(req.Method)))
	return Caller{}, a.stranger(from, a.challenge(req, from, false))
}

// stranger lets r through if its source may have one more answer; nil stands for
// an answer that somebody else makes.
func (a *access) stranger(from hop, r *reply) *reply {
	if r != nil && r.code == 0 || a.answers(from) {
		return r
	}
	return &reply{}
}

// answers tells whether a source that proved nothing may have one more answer.
// A trunk's always may.
func (a *access) answers(from hop) bool {
	if a.guard.allow(from.addr.Addr(), time.Now()) {
		return true
	}
	if a.directory != nil {
		if _, ok := a.directory.TrunkBySource(from.addr); ok {
			return true
		}
	}
	a.wire.note(refusedFlood)
	return false
}

// claimsUser: the From is a known user of one of our domains.
func (a *access) claimsUser(req *msg.Request) bool {
	f := req.From()
	if f == nil || a.directory == nil || f.Address.User == "" || len(f.Address.User) > 128 {
		return false
	}
	if !a.ours(f.Address.Host, req) {
		return false
	}
	c, err := a.directory.Credentials(context.Background(), unescape(f.Address.User))
	return err == nil && c.Kind == User
}

// ours tells whether host is a domain of ours. Where none is configured it is
// our realm, or whatever the request was sent to; a carrier's own host in From is not.
func (a *access) ours(host string, req *msg.Request) bool {
	for _, d := range a.domains {
		if strings.EqualFold(d, host) {
			return true
		}
	}
	return strings.EqualFold(host, a.realm) || len(a.domains) == 0 && strings.EqualFold(host, req.Recipient.Host)
}
