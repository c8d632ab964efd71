package flow

import (
	"context"
	"time"
)

// Conferencer is a Line that can take its party into a conference: a room of
// the account in which each hears all the others.
type Conferencer interface {
	// Confer answers the call, takes the party into the room and returns when it
	// is out of it again: with nothing when the conference is over, with the cause
	// when ctx ends. A room is there as long as somebody is in it.
	//
	// Keys are for the room, and nobody else gets them: *6 mutes the party, or
	// ends that. All others are dropped, those that were typed ahead too.
	//
	// What it returns holds the recording, if this was the room's last member and
	// asked for one; a recording that goes on without the member starts its
	// branch by itself.
	Confer(ctx context.Context, c Conference) (ConferenceResult, error)
}

// Conference is how somebody takes part in one.
type Conference struct {
	Room        string
	Moderator   bool
	Wait        bool   // until a moderator is there, to music
	EndsWithout bool   // the conference is over when its last moderator leaves
	Muted       bool   // from the beginning
	Max         int    // members; no more come in
	Announce    bool   // the others are told of its coming and going
	Name        string // as it is announced
	Record      bool   // the mix, from when two are there to the end of the room
	Music       Prompt // to wait with; empty: silence
	// Log takes what happens to the member, in words; on the caller's goroutine.
	Log func(format string, args ...any)
}

// ConferenceResult tells how it went.
type ConferenceResult struct {
	Full      bool // no place was left: it was not in the room at all
	Duration  time.Duration
	Recording *Recording
}

// What a room says. They are heard in the account's voice.
const (
	ConferenceFirst   = "You are the first in this conference."
	ConferenceWaits   = "The conference begins when its moderator comes. Please wait."
	ConferenceBegins  = "The conference begins now."
	ConferenceOver    = "The conference is over."
	ConferenceMuted   = "You are muted. Press star six to speak."
	ConferenceUnmuted = "You can be heard."
	ConferenceJoined  = " has joined." // after the name
	ConferenceLeft    = " has left."
)

// What stands in the log of a member's call, the same for a real one and in a
// story.

// Waits tells that the member waits for a moderator.
func (c Conference) Waits() { c.Log("waits for a moderator of the conference %q", c.Room) }

// Joined tells that the member is in, with so many others.
func (c Conference) Joined(others int) {
	muted := ""
	if c.Muted {
		muted = ", muted"
	}
	switch others {
	case 0:
		c.Log("is in the conference %q, the first one%s", c.Room, muted)
	case 1:
		c.Log("is in the conference %q with 1 other%s", c.Room, muted)
	default:
		c.Log("is in the conference %q with %s others%s", c.Room, Thousands(others), muted)
	}
}

// Records tells that the recording of the conference begins with the member.
func (c Conference) Records() { c.Log("recording of the conference begins") }

// Mutes tells that the member has muted itself, or ended that.
func (c Conference) Mutes(muted bool) {
	if muted {
		c.Log("*6: muted")
	} else {
		c.Log("*6: no longer muted")
	}
}

// Ends tells why the conference is over.
func (c Conference) Ends() { c.Log("the last moderator of the conference %q has left", c.Room) }

// Left tells that the member is out before the conference is over.
func (c Conference) Left(after time.Duration) {
	c.Log("left the conference %q after %s", c.Room, Seconds(after))
}
