package sip

import (
	"context"

	msg "github.com/emiago/sipgo/sip"
)

// gate is what the core asks of the part that knows users, trunks and names.
// All but targets run on a strand: they may not block.
type gate interface {
	// identify says who sent a request outside of any dialog. A reply refuses
	// it; it is sent without a transaction. One with code 0 is not sent at all. An
	// OPTIONS may pass with no caller: it came from a stranger.
	identify(req *msg.Request, from hop) (Caller, *reply)
	// register answers a REGISTER of somebody identified.
	register(tx *serverTx, req *msg.Request, who Caller)
	// targets resolves a SIP URI (RFC 3263); network "" lets the URI choose.
	// It may take its time and heeds ctx.
	targets(ctx context.Context, uri *msg.Uri, network string) ([]target, error)
	// outbound prepares a call by trunk: counts it against MaxCalls.
	// The error is a *Status.
	outbound(trunkID string) (*outbound, error)
	// start begins timers and registrations, stop ends them and waits.
	start()
	stop()
}

// outbound is one call by a trunk. Its hooks run on the call's strand.
type outbound struct {
	URI     msg.Uri // host, port and transport of the trunk: what targets resolves
	Network string
	// authorize answers a 401 or 407 that came for req by a header; ok is
	// false if the challenge is not for this trunk's realm or was tried.
	authorize func(req *msg.Request, res *msg.Response) (name, value string, ok bool)
	// again makes credentials for a request that was not challenged, under the nonces
	// that answered challenges before, but not the header except. May be nil.
	again func(req *msg.Request, except string) [][2]string
	// heard is told of every final answer to the INVITE, for the trunk's state.
	heard func(code int, err error)
	// done is called once, when the call is over.
	done func()
}
