package flow

import (
	"context"
	"strconv"
	"strings"
	"time"
)

// Parker is a Line that can park its party, where another call of the account
// can fetch it.
type Parker interface {
	// Park answers the call and keeps the party in a slot, to music, until one of
	// these: somebody has retrieved it, and the talk of the two is over, or it is
	// time. The cause comes back when ctx ends; what is in the result is true then
	// too. Digits are dropped, those that were typed ahead too.
	Park(ctx context.Context, p Parking) (ParkResult, error)
	// Retrieve answers the call and joins it with the one that is parked there,
	// and returns when the two have talked. Of several who retrieve one call at
	// once, one has it. A call that isn't there leaves this one as it is.
	Retrieve(ctx context.Context, r Retrieval) (RetrieveResult, error)
}

// Parking is how a call is parked.
type Parking struct {
	Lot        string
	Timeout    time.Duration
	Music      Prompt // over and over; empty: silence
	AnnounceTo string // a user who is rung and told the slot; empty: nobody
	// Log takes what happens to the call, in words; on the caller's goroutine.
	Log func(format string, args ...any)
}

// ParkResult tells how it went.
type ParkResult struct {
	Slot      string // empty: the lot was full
	Retrieved bool   // else it was time, or the lot was full
	By        Party  // who retrieved it
	Waited    time.Duration
	Talked    time.Duration
}

// Retrieval is which call is to be fetched.
type Retrieval struct {
	Lot, Slot string
	// Log takes what happens, in words; on the caller's goroutine.
	Log func(format string, args ...any)
}

// RetrieveResult tells how that went.
type RetrieveResult struct {
	Found  bool
	Talked time.Duration
	Ended  Side
}

// Slots of a lot: the lowest that is free is taken.
const (
	FirstSlot  = 701
	SlotsOfLot = 100
)

// DefaultLot is where calls are parked if nothing else is said.
const DefaultLot = "default"

// LotName is the name by which a lot is known: capital or small letters are the
// same, and none means the default.
func LotName(s string) string {
	if s = strings.ToLower(strings.TrimSpace(s)); s == "" {
		return DefaultLot
	}
	return s
}

// FreeSlot is the lowest slot that isn't taken; empty: all are.
func FreeSlot(taken func(slot string) bool) string {
	for n := FirstSlot; n < FirstSlot+SlotsOfLot; n++ {
		if slot := strconv.Itoa(n); !taken(slot) {
			return slot
		}
	}
	return ""
}

// SlotWords is what who is told of a parked call hears: the slot digit by digit.
func SlotWords(slot string) string {
	return "Call parked on " + strings.Join(strings.Split(slot, ""), " ") + "."
}

// How the one who is told hears it: rung for so long, then so often.
const (
	SlotRings = 30 * time.Second
	SlotTold  = 2
	SlotPause = time.Second // after each
)

// What stands in the log of a parked call, and of one that retrieves, the same
// for a real one and in a story.

// Parked tells where the call is.
func (p Parking) Parked(slot string) {
	p.Log("parked in the lot %q, slot %s, for %s at most", p.Lot, slot, Seconds(p.Timeout))
}

// Full tells that there is no place.
func (p Parking) Full() {
	p.Log("the lot %q is full: %s are parked there", p.Lot, Thousands(SlotsOfLot))
}

// Told tells that somebody knows the slot.
func (p Parking) Told(name, slot string) { p.Log("%s was told the slot %s", name, slot) }

// Untold tells why nobody does.
func (p Parking) Untold(name, why string) { p.Log("%s was not told the slot: %s", name, why) }

// Fetched tells that somebody has retrieved the call.
func (p Parking) Fetched(by string, after time.Duration) {
	p.Log("retrieved by %s after %s", by, Seconds(after))
}

// Left tells that the party hung up before anybody came.
func (p Parking) Left(after time.Duration) { p.Log("left the slot after %s", Seconds(after)) }

// Fetches tells whom the call is joined with.
func (r Retrieval) Fetches(name string) {
	r.Log("retrieves %s from the lot %q, slot %s", name, r.Lot, r.Slot)
}

// Missing tells that there is no such call.
func (r Retrieval) Missing() {
	r.Log("nobody is parked in the lot %q, slot %s", r.Lot, strconv.Quote(r.Slot))
}
