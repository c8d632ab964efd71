package flow

import "time"

// Screening asks whoever answers a Dial whether to take the call. The others
// ring on until somebody accepts; who does not is out, and his legs are over.
type Screening struct {
	Ask   Prompt // tells who calls, and what to press
	Taken Prompt // told to one who is asked, or accepts, when somebody else has the call
}

// What is pressed to accept a call and to decline it; other keys do nothing.
// The question is put ScreenAsks times, with ScreenWait after each.
const (
	AcceptKey  = '1'
	DeclineKey = '2'
	ScreenAsks = 2
	ScreenWait = 10 * time.Second
)

// Screened is what somebody did who was asked, as the log tells it.
type Screened string

const (
	ScreenAccepted Screened = "accepted the call"
	ScreenDeclined Screened = "declined the call"
	ScreenSilent   Screened = "was asked and did not accept the call"
	ScreenLeft     Screened = "was asked and hung up"
)

// Status is what it comes to as a result of the Dial (DialStatus).
func (s Screened) Status() string {
	switch s {
	case ScreenAccepted:
		return DialAnswered
	case ScreenSilent:
		return DialNoAnswer
	}
	return DialRejected
}
