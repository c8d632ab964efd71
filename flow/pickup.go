package flow

import (
	"context"
	"time"
)

// Picker is a Line that can take a call that rings at somebody else.
type Picker interface {
	// Pickup answers the call and joins it with the one that has rung longest at
	// who is asked for, and returns when the two have talked. Of several who pick
	// up one call at once, one has it. Where nothing rings this call stays as it is.
	Pickup(ctx context.Context, p Pickup) (PickupResult, error)
}

// Pickup is whose ringing call is wanted.
type Pickup struct {
	Of string // a user or a team, of whom any member will do
	// Log takes what happens, in words; on the caller's goroutine.
	Log func(format string, args ...any)
}

// PickupResult tells how it went.
type PickupResult struct {
	Found  bool
	Talked time.Duration
	Ended  Side
}

// Picks tells whose call it is.
func (p Pickup) Picks(caller, at string) { p.Log("picks up %s, who rings at %s", caller, at) }
