package flow

import (
	"context"
	"errors"
	"time"
)

// What a node asks of the world besides the line. Each is an interface of the
// Execution, so that a story can stand in for it. Who implements them bounds
// them to the account of the session. A nil one is a world without: a node
// then says so in the log and takes the way of having found nothing.

// Flows finds the flows that Flow nodes start.
type Flows interface {
	// Program is a version of a flow of the account, compiled; version 0 is the
	// one that is live. One that does not exist wraps ErrNoFlow; one that has
	// errors, and so can't run, is a *FlowError.
	Program(ctx context.Context, id string, version int) (*Program, error)
}

// ErrNoFlow tells that the account has no flow with that id.
var ErrNoFlow = errors.New("there is no such flow")

// FlowError tells that a flow can't run for its problems.
type FlowError struct {
	Name     string
	Problems []Problem
}

func (e *FlowError) Error() string {
	text := "the flow " + e.Name + " has errors"
	if len(e.Problems) > 0 {
		text += ", the first: " + e.Problems[0].String()
	}
	return text
}

// What a schedule can be of.
const (
	OfEndpoint = "Endpoint"
	OfCustomer = "Customer"
)

// Schedules knows in which state a schedule is.
type Schedules interface {
	// State is that of the schedule of the session's endpoint or customer at a
	// time; empty where there is no schedule.
	State(ctx context.Context, of string, at time.Time) (string, error)
}

// HTTP sends requests of flows. Addresses that are not public are refused but
// for those that the operator allows, redirects are followed, and the answer
// is bounded.
type HTTP interface {
	// Do returns when the answer has been read as a whole, or with the cause
	// when ctx ends. Any other error is what the far end, or the way to it, did.
	Do(ctx context.Context, r HTTPRequest) (HTTPResponse, error)
}

// HTTPRequest is what an HTTP Request node sends.
type HTTPRequest struct {
	Method, URL string
	Headers     [][2]string // name and value, checked by the node
	Body        string
}

// HTTPResponse is what came back.
type HTTPResponse struct {
	Status  int
	Headers map[string]string // by canonical name; several of one name joined by ", "
	Body    string
}

// Cookies are values that outlive a session, kept for the pair of the account
// and the other party's address.
type Cookies interface {
	// SetCookie keeps v, with its mark of being secret, until it expires.
	SetCookie(ctx context.Context, party, name string, v Value, expires time.Time) error
	// Cookie is what was kept, false if nothing was or it had expired at now.
	Cookie(ctx context.Context, party, name string, now time.Time) (Value, bool, error)
	ClearCookie(ctx context.Context, party, name string) error
}

// Finder looks for customers and endpoints of the account by a built-in or a
// field of theirs, whose value is equal to the given text; letters count the
// same whether capital or small, and where several fit the oldest is taken. A
// field that nobody defined finds nothing.
type Finder interface {
	// FindCustomer makes the customer that it finds the session's: from then on
	// Fields.Customer gives that one's data.
	FindCustomer(ctx context.Context, field, value string) (found FoundCustomer, ok bool, err error)
	FindEndpoint(ctx context.Context, field, value string) (id string, ok bool, err error)
}

// FoundCustomer is a customer as the session's fields show it.
type FoundCustomer struct{ ID, Name string }

// Holder is a Line that can play while the flow waits for something else.
type Holder interface {
	// Hold plays music over and over in the background until done is called,
	// which waits for its end. It is asked only on an answered call, and no
	// other call of the line is made meanwhile. What can't be played is silence.
	Hold(ctx context.Context, music Prompt) (done func())
}

// Hold plays the session's music to a caller who waits until done is called:
// silence when none is set, or nobody listens.
func (x *Execution) Hold(ctx context.Context) (done func()) {
	h, ok := x.Line.(Holder)
	if !ok || x.Session.MusicOnHold == "" || !x.Line.Answered() {
		return func() {}
	}
	x.Logf("plays the music %s", x.Session.MusicOnHold)
	return h.Hold(ctx, Prompt{File: x.Session.MusicOnHold})
}
