package flow

import "errors"

// End tells how a run ended.
type End string

const (
	Ended     End = "Ended"     // the flow came to its end
	HungUp    End = "HungUp"    // the caller hung up
	Cancelled End = "Cancelled" // ended from outside: Result.Err is the cause
	Limited   End = "Limit"     // passed a limit
	Failed    End = "Error"     // a fault of ours
	// Suspended: the flow of a chat waits, see State.Waiting. It goes on by a Run
	// of the same State with Execution.Resume.
	Suspended End = "Waiting"
)

// Refusal is what a call gets that was never answered.
type Refusal string

const (
	RefuseUnavailable Refusal = "Unavailable" // 480
	RefuseBusy        Refusal = "Busy"        // 486
	RefuseRejected    Refusal = "Rejected"    // 603: the far end said so
	RefuseDeclined    Refusal = "Declined"    // 603: the flow said so
	RefuseNotFound    Refusal = "NotFound"    // 404
	RefuseForbidden   Refusal = "Forbidden"   // 403
	RefuseError       Refusal = "Error"       // 500
)

// Result tells how a run went.
type Result struct {
	End End
	// Outcome is the session's: what the flow set, else "Limit" or "Error"
	// where that ended it, else empty.
	Outcome  string
	Refuse   Refusal // for a call that is still unanswered
	LastDial string  // DialStatus of the last Dial; empty: none
	Exit     string  // name of the exit by which the flow was left
	Reason   string  // as given by a Hangup node
	Err      error   // the cause, the *LimitError or the fault
	// Stopped: a node ended the flow (End). A chat session is over then; where the flow only
	// came to its end, the session stays open for the next message.
	Stopped bool
}

// Stop is what a node returns to end the flow.
type Stop struct {
	Refuse Refusal
	Reason string // in words, for the record
}

func (e *Stop) Error() string {
	if e.Reason != "" {
		return "the flow ends: " + e.Reason
	}
	return "the flow ends"
}

// ErrNoLine is why a node that needs the party on the line can't run: the call
// is over, or there never was one.
var ErrNoLine = errors.New("needs a live call, and there is none here")
