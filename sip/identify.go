package sip

import msg "github.com/emiago/sipgo/sip"

func (a *access) identify(req *msg.Request, from hop) (Caller, *reply) { return Caller{}, nil }
