package flow

import (
	"context"
	"errors"
	"time"
)

// ErrTimeout is what a wait on the line returns when nothing came in time.
var ErrTimeout = errors.New("flow: nothing came in time")

// ErrHungUp is the cause that ends a run when the caller hung up.
var ErrHungUp = errors.New("flow: the caller hung up")

// Prompt is something to be heard. The file wins when both are given.
type Prompt struct {
	Text  string // spoken
	File  string // id of an audio file
	URL   string // http(s) address of an audio file
	Voice string // empty: the account's
}

// Empty tells whether there is nothing to play.
func (p Prompt) Empty() bool { return p.Text == "" && p.File == "" && p.URL == "" }

// Line is the party on the line: session makes it of a leg and a port, the
// story runner of a script. All waiting for the party is asked of it, so that
// a simulated line keeps its own time. Every call returns when ctx ends, with
// context.Cause(ctx); nobody calls two of them at once.
type Line interface {
	// Answer takes the call; a second time it does nothing.
	Answer(ctx context.Context) error
	// Answered tells whether the call has been taken.
	Answered() bool
	// Play plays p to its end, or until one of the digits in stopOn is pressed:
	// that digit is returned (and consumed), 0 when p ended. A prompt that
	// can't be spoken or read is a *PromptError: the call is not harmed.
	Play(ctx context.Context, p Prompt, stopOn string) (rune, error)
	// Digit waits for one digit; those typed ahead come first. ErrTimeout.
	Digit(ctx context.Context, timeout time.Duration) (rune, error)
	// DropDigits forgets what was typed ahead.
	DropDigits()
	// Record records the party until a finish key, silence, the limit or a
	// hang-up. A hang-up returns what there is together with the cause.
	Record(ctx context.Context, o RecordOptions) (Recording, error)
	// Dial rings others until one answers, lets the two talk, and returns when
	// that is over. It is the one verb for a Dial node: see Dialling.
	Dial(ctx context.Context, d Dialling) (DialResult, error)
	// Reject refuses an unanswered call; on an answered one it hangs up.
	Reject(ctx context.Context, reason string) error
}

// PromptError tells that a prompt could not be played, and why.
type PromptError struct {
	Prompt Prompt
	Err    error
}

func (e *PromptError) Error() string { return "prompt: " + e.Err.Error() }
func (e *PromptError) Unwrap() error { return e.Err }

// RecordOptions say how to record the party.
type RecordOptions struct {
	Beep        bool
	Max         time.Duration // longest recording
	Silence     time.Duration // stop after this much silence; 0: never
	FinishOnKey string
	FileName    string // shown name; empty: made from the session and the time
	Secret      bool
	Transcribe  bool // what is said is kept with the file, once it is known
}

// Recording is a finished, stored recording.
type Recording struct {
	File     string // file id; empty: nothing kept (under one second of sound)
	Duration time.Duration
	Finish   string // "key", "silence", "limit", "hangup"
}

// Target is one destination of a Dial, as the node evaluated it.
type Target struct {
	Type   string // User, Endpoint, PhoneNumber, SipTrunk, String (ValueTypes of the API)
	Value  string // an endpoint id, or text
	Number string // with a SipTrunk: what to dial there
}

// Attempt is one destination with its times, counted from the start of the
// dialling; for a sequential strategy the node has worked them into a chain.
type Attempt struct {
	Target  Target
	Delay   time.Duration // before it rings
	Timeout time.Duration // rings at most so long
	// After: rings only once all attempts before it in the list have failed
	// (sequential); Delay then counts from that moment.
	After bool
}

// Dialling is the whole of what a Dial node asks for.
type Dialling struct {
	Attempts     []Attempt
	CallerID     string // number asked for by the node; empty: by the rules
	CallerName   string
	PassCallerID bool
	Ringback     Prompt
	Record       bool // caller left, callee right
	Mono         bool // of the recording: both in one channel
	Transcribe   bool // of the recording: what is said is kept with it, once it is known
	MaxDuration  time.Duration
	Warning      time.Duration // so long before MaxDuration is over both hear a beep; 0: never
	// Screen asks who answers first; nil: who answers has the call.
	Screen *Screening
	// Whisper is heard by who takes the call, alone, before the two are joined:
	// the caller hears ringing meanwhile.
	Whisper Prompt
	Headers [][2]string
	// KeepAfterHangup: when the far end hangs up the caller stays on the line.
	KeepAfterHangup bool
	// Answered is called once, on the flow's goroutine or before Dial returns,
	// with who took the call.
	Answered func(by Party)
}

// Guarded tells whether the caller must not hear the far end's own sound before
// the answer: who answers is asked or told something first, or the node has its
// own ringback.
func (d *Dialling) Guarded() bool {
	return d.Screen != nil || !d.Whisper.Empty() || !d.Ringback.Empty()
}

// Party is somebody on a call, as shown.
type Party struct {
	EndpointID string // set when an endpoint of ours
	Name       string
	Address    string // E.164 or SIP user name
}

// Results of a Dial (DialStatus in spec's words).
const (
	DialAnswered  = "Answered"
	DialNoAnswer  = "NoAnswer"
	DialBusy      = "Busy"
	DialRejected  = "Rejected"
	DialFailed    = "Failed"
	DialCancelled = "Cancelled"
)

// Side tells who ended a bridged call.
type Side int

const (
	Nobody Side = iota
	Near        // the party on this line
	Far         // the other
	Limit       // MaxDuration
)

// DialResult tells how a Dial went.
type DialResult struct {
	Status    string // DialAnswered …
	SipCode   int    // last final code; 0 when none
	Why       string // in words, for the log: "caller ID +1… is not owned"
	By        Party  // who answered
	Duration  time.Duration
	Ended     Side
	Recording *Recording
}
