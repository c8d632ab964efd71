package flow

import (
	"context"
	"errors"
	"strings"
	"time"
)

// Queuer is a Line that can wait in a queue for an agent.
type Queuer interface {
	// Queue answers the call, lets the party wait in the queue of a team, and
	// returns when it is out of it: with how that came when it is still on the
	// line, with the cause when ctx ends. The party keeps its place whatever it
	// hears meanwhile. Keys that aren't exit keys are kept for the next node.
	Queue(ctx context.Context, q Queueing) (QueueResult, error)
}

// Queueing is how somebody waits in a queue.
type Queueing struct {
	Team     string
	Priority int
	Strategy string        // RingAll, LongestIdle, RoundRobin, FewestCalls
	Ring     time.Duration // of each offer
	MaxWait  time.Duration
	Most     int // who wait in the queue; no more come in
	Welcome  Prompt
	Music    Prompt        // to wait with; empty: silence
	Announce time.Duration // the place is told after the welcome, and so often again; 0: never
	ExitKeys string        // each of them leaves the queue
	WrapUp   time.Duration // of the agent, after the call
	Record   bool          // of the talk: caller left, agent right
	Whisper  Prompt        // to the agent alone, before the two are joined
	// Answered is called once with the agent who has the call, before they talk.
	Answered func(by Party)
	// Log takes what happens in the queue, in words; on the caller's goroutine.
	Log func(format string, args ...any)
}

// QueueEnd is how a wait came to its end; the words are those of the node's
// transitions.
type QueueEnd string

const (
	QueueDone    QueueEnd = "Done"       // the agent hung up
	QueueTimeout QueueEnd = "Timeout"    // MaxWait is over
	QueueNobody  QueueEnd = "No Agents"  // none of the team is logged in
	QueueFull    QueueEnd = "Queue Full" // Most wait already
	QueueExit    QueueEnd = "Exit Key"
)

// QueueResult tells how it went.
type QueueResult struct {
	End       QueueEnd
	Waited    time.Duration // until the talk, or the end
	Place     int           // the last one that it had; where it never came in, that which it would have had
	Key       rune          // the exit key
	By        Party         // the agent who took it
	Talked    time.Duration
	Ended     Side // of a talk
	Recording *Recording
}

// QueuePlace is what tells a caller its place.
func QueuePlace(n int) string { return "You are number " + Thousands(n) + " in the queue." }

// What stands in the log of a caller's call, the same for a real one and in a
// story.

// Joins tells that the caller waits.
func (q Queueing) Joins(place int) { q.Log("waits in the queue, number %s", Thousands(place)) }

// Offers tells to whom the caller is offered.
func (q Queueing) Offers(names []string) {
	q.Log("offered to %s, for %s", strings.Join(names, ", "), Seconds(q.Ring))
}

// Missed tells that they did not take the caller.
func (q Queueing) Missed(names []string, why string) {
	if why != "" {
		why = " (" + why + ")"
	}
	q.Log("not taken by %s%s: not ready for calls any more", strings.Join(names, ", "), why)
}

// CallCentre knows what the account's agents do.
type CallCentre interface {
	// SetAgent sets the state of a user, empty: of the user who calls. The name is
	// the user's; ErrNoUser.
	SetAgent(ctx context.Context, user, state string) (name string, err error)
	// Agents tells how many of a team could be offered a call now, and how many
	// callers wait for one of them; ErrNoTeam.
	Agents(ctx context.Context, team string) (ready, waiting int, err error)
}

// What of a CallCentre's names nobody.
var (
	ErrNoUser = errors.New("there is no such user")
	ErrNoTeam = errors.New("there is no such team")
)
