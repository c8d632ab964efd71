// Package sip is a SIP user agent for many calls at once (RFC 3261 and the
// extensions that carriers and phones ask for).
//
// Message types, URIs and header grammar are sipgo's; sockets, dispatch,
// transactions and dialogs are ours. DESIGN.md says why. The outside sees a UA,
// which listens, dials and hands incoming calls to its Handler, and a Leg, one
// dialog, of which nobody can tell who called once it is up. Bodies are opaque
// here: SDP is the Negotiator's.
package sip
