package flow

import (
	"context"
	crand "crypto/rand"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"go.uber.org/zap"
)

// Fields gives the data of the one that the flow runs for: built-ins (Id,
// DisplayName, …) and the account's own fields. from says where the value was
// found ("Endpoint Field", "Endpoint Field, default", "Customer Field of
// Acme"); values of Password fields come marked with Value.Secret; !ok:
// nobody defined it.
type Fields interface {
	Endpoint(name string) (v Value, from string, ok bool)
	Customer(name string) (v Value, from string, ok bool)
	User(name string) (v Value, from string, ok bool)
	System(name string) (v Value, from string, ok bool)
}

// Numbers are the functions of expressions that know about telephone numbers;
// each gives its argument back where that is no number.
type Numbers interface {
	E164(s string) string
	National(s string) string
}

// Execution is all that a node may reach: time, chance and ids come from here
// and from nowhere else, so that the same seed gives the same run. Whoever
// starts a run fills it, for one run; zero members take a sensible default.
type Execution struct {
	Line       Line                                         // nil outside of a call
	Send       func(ctx context.Context, text string) error // writes to the party of a chat; nil: nobody to write to
	Clock      Clock                                        // nil: RealClock
	Rand       *rand.Rand                                   // nil: seeded by chance
	NewID      func() string                                // nil: random
	Session    *Session                                     // built-in Session fields; nil: empty
	State      *State                                       // to go on from; nil: from the start. Run leaves the last state here
	Resume     *Reply                                       // with which a State that waits goes on; nil for any other
	Params     map[string]Value                             // parameters of the flow, given by the endpoint
	Fields     Fields                                       // nil: none
	Flows      Flows                                        // these five: see outside.go; nil: there are none
	Schedules  Schedules
	HTTP       HTTP
	Cookies    Cookies
	Finder     Finder
	CallCentre CallCentre // nil: there is none
	Messages   Messages   // nil: nothing can be sent but to the party
	Rooms      Rooms      // nil: there are no chat rooms
	Numbers    Numbers    // nil: numbers stay as they are
	Limits     Limits
	Trace      func(Step)                       // each piece of a step; nil: nobody looks
	Say        func(format string, args ...any) // a log line outside of a step
	Async      func(Branch)                     // starts an asynchronous branch; it must not block
	Log        *zap.Logger                      // for faults of ours
	// Checkpoint keeps all that came until now, State and Session included, before the step of that
	// key does what can't be taken back; begun: it is known to have begun before. nil: nothing is
	// kept. The key is that of StepKey. It is called on the goroutine of the flow.
	Checkpoint func(ctx context.Context, key string) (begun bool, err error)

	run   *run
	jumps jumps
}

// defaults fills what was left out.
func (x *Execution) defaults() {
	if x.Clock == nil {
		x.Clock = RealClock{}
	}
	if x.Rand == nil {
		x.Rand = rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64()))
	}
	if x.NewID == nil {
		x.NewID = randomID
	}
	if x.Session == nil {
		x.Session = &Session{}
	}
	if x.Say == nil {
		x.Say = func(string, ...any) {}
	}
	if x.Log == nil {
		x.Log = zap.NewNop()
	}
	x.Limits = x.Limits.withDefaults()
}

func randomID() string {
	var b [16]byte
	_, _ = crand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// Now is the time of the execution.
func (x *Execution) Now() time.Time { return x.Clock.Now() }

// Wait waits for d; the cause when ctx ends before.
func (x *Execution) Wait(ctx context.Context, d time.Duration) error { return x.Clock.Wait(ctx, d) }

// Logf writes what happens into the trace, in words: what was said, heard, dialled.
func (x *Execution) Logf(format string, args ...any) {
	if x.run != nil && x.Trace != nil {
		x.run.event(fmt.Sprintf(format, args...))
	}
}

// Passed tells of a parameter that could not be used, when the node goes on
// without it.
func (x *Execution) Passed(err *ParameterError) {
	if x.run != nil {
		x.run.tell(Step{Part: Happened, Event: x.run.mask(err.Error()), Err: err})
	}
}

// IsSecret tells whether text came from a secret: a Password field, or digits
// that the flow calls secret.
func (x *Execution) IsSecret(text string) bool {
	return x.run != nil && slices.Contains(x.run.secret, text)
}

// Quote is text as a log line shows it: in quotes, on one line, not too long,
// and as dots when it is secret.
func (x *Execution) Quote(text string) string {
	if x.run != nil {
		text = x.run.mask(text)
	}
	return `"` + short(strings.Join(strings.Fields(text), " ")) + `"`
}

// Fire follows an asynchronous transition of the node at work, outside of the
// call, once the node is over and its outputs are written. It does nothing
// when the transition is not connected.
func (x *Execution) Fire(transition string) {
	if x.run != nil {
		x.run.fired = append(x.run.fired, transition)
	}
}

// HideTransition keeps the name of the transition that the node takes out of
// the log, because it would tell a secret.
func (x *Execution) HideTransition() {
	if x.run != nil {
		x.run.hidden = true
	}
}

// Set writes v to a target: "Name" or "Session.Name" is a variable of the
// session, "Flow.Name" an output parameter of the flow.
func (x *Execution) Set(target string, v Value) error { return x.run.assign(target, v) }

// SetVariable writes v to the session's variable name.
func (x *Execution) SetVariable(name string, v Value) error { return x.run.assign("Session."+name, v) }

// Dialled keeps how a Dial went: an unanswered call is refused accordingly.
func (x *Execution) Dialled(r DialResult) {
	x.Session.DialStatus, x.Session.DialSipCode = r.Status, r.SipCode
	if x.State != nil {
		x.State.LastDial = r.Status
	}
}

// Jump sends a running flow to another node: the node at work ends, and the
// flow goes on at the one named. It may be called from any goroutine; it is
// false when no flow runs or there is no such node.
func (x *Execution) Jump(node string) bool { return x.jumps.jump(node) }
