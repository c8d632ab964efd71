package main

import "testing"

// A BYE comes right behind a re-INVITE, from who called and from who was called,
// before either has looked at the answer: both are answered, though nobody
// acknowledges the re-INVITE's, and all is over.
func TestByeBehindReinvite(t *testing.T) {
	h, port := carrierHouse(t)
	h.number(did, h.flow("Wait", waits(30)(h, did)...))
	h.number("+18005550101", h.flow("Out", node("d", "DialNode", M{"Destinations": destinations("+12025550199")})))
	caller := newRawPhone(t, h, carrierHost, 0)
	caller.call(did)
	caller.isAnswered()
	caller.hangsUpBehindReinvite(2)

	callee := newRawPhone(t, h, carrierHost, port)
	caller = newRawPhone(t, h, carrierHost, 0)
	caller.call("+18005550101")
	callee.answer()
	caller.isAnswered()
	callee.hangsUpBehindReinvite(1)
	bye := caller.await("BYE ", "BYE")
	caller.send(replyTo(bye, "200 OK"))
	h.eventually("no dialog is up", func() bool { return h.ua.Stats().Dialogs == 0 })
	h.eventually("no media port is held", func() bool { return h.engine.Ports.Stats().Held == 0 })
}

// hangsUpBehindReinvite sends both at once. The answers may come in any order.
func (p *rawPhone) hangsUpBehindReinvite(cseq int) {
	p.t.Helper()
	p.send(p.request("INVITE", cseq, p.sdp(2, "sendonly")))
	p.send(p.request("BYE", cseq+1, ""))
	answers := map[string]bool{}
	for !answers["INVITE"] || !answers["BYE"] {
		m := p.await("SIP/2.0 ", "")
		if method := header(m, "CSeq"); len(method) > 2 && m[8] != '1' {
			answers[method[2:]] = true
		}
	}
}
