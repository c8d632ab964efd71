package session

import (
	"context"
	"errors"
	"sync"

	"go.uber.org/zap"
)

// What a call is refused with before anything of it exists. Both are a 503
// with Retry-After, towards SIP and towards the API.
var (
	ErrFull     = errors.New("session: the server has as many calls as it may")
	ErrDraining = errors.New("session: the server is going down and takes no new calls")
)

// Causes that end a call from outside its flow.
var (
	ErrShutdown = errors.New("session: the server stops")
	ErrKilled   = errors.New("session: ended from outside")
)

// Switchboard admits calls, keeps the list of live ones, and drains. Set the
// fields, then Start; the zero value of all but Store, UA and Media is useful.
type Switchboard struct {
	Store Store
	Blob  Blob
	Log   *zap.Logger
	Max   int // calls at once; 0: no limit of ours

	mu       sync.Mutex
	live     map[string]*call
	draining bool
}

// call is one live session.
type call struct{}

// Start reads the directory and starts what runs beside the calls. The
// switchboard's own context ends with ctx or with Shutdown.
func (s *Switchboard) Start(ctx context.Context) error { return nil }

// Outgoing calls o.NumberToDial and runs o.FlowID once it is answered. All that
// can be refused is refused before anything is dialled: *endpoints.Invalid,
// fs.ErrNotExist, fs.ErrPermission, ErrFull, ErrDraining. The call itself runs
// on after Outgoing has returned its record.
func (s *Switchboard) Outgoing(ctx context.Context, o OutgoingCall) (*Record, error) { return nil, nil }

// Live lists the live sessions of these accounts (nil: of all), oldest first.
func (s *Switchboard) Live(accountIDs []string) []*Record { return nil }

// Get is a snapshot of a live session. fs.ErrNotExist: it is not live.
func (s *Switchboard) Get(id string) (*Record, error) { return nil, nil }

// End hangs a live session up. why stands in its log. fs.ErrNotExist.
func (s *Switchboard) End(ctx context.Context, id, why string) error { return nil }

// Drain refuses new calls and waits until the last one is over or ctx ends.
func (s *Switchboard) Drain(ctx context.Context) error { return nil }

// Shutdown ends every call with cause (nil: ErrShutdown) and waits for all that
// the switchboard started.
func (s *Switchboard) Shutdown(cause error) {}

// Reload reads users, trunks, numbers and settings anew. Call it after each
// change of an endpoint, flow, customer, account or its settings.
func (s *Switchboard) Reload(ctx context.Context) error { return nil }

// Watch follows a session's events; an empty id follows all sessions. A
// listener that doesn't keep up is dropped: its channel is closed.
func (s *Switchboard) Watch(sessionID string) (events <-chan Event, cancel func()) {
	return nil, func() {}
}
