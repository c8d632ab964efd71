package sip

import "context"

// Dial says whom to call and how.
type Dial struct {
	To       string   // Request-URI
	Binding  *Binding // a registered device: its source or connection, and Path
	Trunk    string   // id of a trunk set by SetTrunks; empty: none
	From     Party
	PAI      *Party                     // P-Asserted-Identity; nil: none
	Headers  [][2]string                // more headers; sanitised here, our own machinery's names are refused
	Progress func(code int, early bool) // each 1xx but 100; on the strand, must not block
	Trying   func()                     // the first response of any kind: somebody is there; on the strand, must not block
}

// Dial places a call and returns when it is answered and acknowledged.
//
// A refusal is a *Status. When ctx ends first, the INVITE is cancelled, and if
// context.Cause(ctx) is a *Status, its Cause is the CANCEL's Reason. n is the
// caller's until Dial succeeds; then the leg closes it.
func (ua *UA) Dial(ctx context.Context, d Dial, n Negotiator) (*Leg, error) {
	return ua.start().dial(ctx, d, n)
}
