package flow

import "context"

// Referrer is a Line that can ask the caller's own phone to call somebody else.
type Referrer interface {
	// Refer answers the call, asks the far end to call t in its place (REFER), and
	// returns when that one told how it went.
	Refer(ctx context.Context, t Target) (ReferResult, error)
}

// ReferResult tells how it went.
type ReferResult struct {
	Done    bool   // the caller's phone is connected with who was wanted
	SipCode int    // else: what it told; 0: it was not asked
	Why     string // in words, for the log
}
