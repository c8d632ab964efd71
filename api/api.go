// Package api serves the REST contract: one registry of operations, thin
// handlers, one table of errors.
//
// A request's way: server.go finds the operation in the registry and the format
// of the answer, auth.go says who asks, registry.go whether that role may,
// bind.go and the room form fill the request DTO from path, query, form and
// body, scope.go loads what it names and hides other accounts' things, the
// handler (flows.go, endpoints.go, sessions.go, …) decodes, calls and encodes,
// and errors.go turns what went wrong into a status.
//
// DTOs (dto_*.go) are plain structs whose field names are the contract's member
// names, letter by letter (FlowId, not FlowID): JSON, XML, CSV and JSV names
// all come from them.
package api

import (
	"cmp"
	"context"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"ringflow/endpoints"
	"ringflow/session"
	"ringflow/store"
	"ringflow/store/blob"
)

// Calls is what the API asks of the switchboard; *session.Switchboard is one.
type Calls interface {
	Outgoing(ctx context.Context, o session.OutgoingCall) (*session.Record, error)
	Live(accountIDs []string) []*session.Record
	Get(id string) (*session.Record, error)
	End(ctx context.Context, id, why string) error
	Watch(sessionID string) (events <-chan session.Event, cancel func())
	Events() *session.Feed // what happens to all sessions, agents and phones
	Monitor(ctx context.Context, id string, u *endpoints.Endpoint, mode session.MonitorMode, by string) error
	Reload(ctx context.Context) error
	Agent(u *endpoints.Endpoint) endpoints.Agent
	SetAgent(ctx context.Context, u *endpoints.Endpoint, state endpoints.AgentState) (endpoints.Agent, error)
	Presence(userID string) string // Idle, Ringing, Busy or Held
	BoxChanged(userID string)      // a voice message of a user or a team is new, saved or gone
	LiveCalls
	Chats
}

// Chats is what people do with messages.
type Chats interface {
	// Write keeps a message that somebody writes, and sends it.
	Write(ctx context.Context, by session.Asker, w session.Writing) (*endpoints.Message, error)
	// OpenChat opens a chat of a user with somebody, without a flow.
	OpenChat(ctx context.Context, by session.Asker, w session.Writing) (*session.Record, error)
	EndChat(ctx context.Context, rec *session.Record, by session.Asker) error
	InviteToChat(ctx context.Context, rec *session.Record, by session.Asker, member string) error
	RemoveFromChat(ctx context.Context, rec *session.Record, by session.Asker, memberID string) error
	ChatMembers(ctx context.Context, rec *session.Record) ([]session.Member, error)
	Receive(ctx context.Context, m *endpoints.Message) error // what a visitor of a web chat writes
}

// LiveCalls is what a console does with calls that go on.
type LiveCalls interface {
	Call(ctx context.Context, by session.Asker, to session.Redirection) (*session.Record, error)
	Hold(ctx context.Context, id string, by session.Asker, h session.Holding) error
	SetHoldReason(ctx context.Context, id string, reason session.HoldReason, console *string) error
	SetConsoleData(ctx context.Context, id, text string) error
	Redirect(ctx context.Context, id string, by session.Asker, to session.Redirection) error
	Reject(ctx context.Context, id string, by session.Asker) error
	Tape(ctx context.Context, id string, by session.Asker, on bool) error
	Note(ctx context.Context, rec *session.Record, by session.Asker, text string) error
	Confer(ctx context.Context, id string, by session.Asker) error
	AddMember(ctx context.Context, id string, by session.Asker, to session.Redirection) error
	ChangeMember(ctx context.Context, id string, by session.Asker, callSid string, m session.MemberChange) error
	RemoveMember(ctx context.Context, id string, by session.Asker, callSid string) error
}

// TrunkState tells how a trunk is doing. Times are UTC.
type TrunkState struct {
	Registered  bool
	LastError   string
	LastSeen    time.Time
	ActiveCalls int
}

// Server answers the API. Set the fields, then Handler or HTTP; Close waits for
// what it started.
type Server struct {
	Store      *store.Store
	Calls      Calls
	Blob       *blob.Folder
	LocalToken string   // bearer token of a SystemAdministrator, from loopback only; empty: none
	PublicURL  string   // https://pbx.example.com; empty: addresses are paths
	Origins    []string // of other sites whose pages may ask, in lower case
	Realm      string   // of SIP digests: a user's HA1 is made with it
	Log        *zap.Logger
	// Outbox sends mail; nil: none is sent.
	Outbox Outbox
	// Wake lets the outbox look for what is to be sent at once; nil: it looks by itself.
	Wake func()
	// Reports makes what is queued; nil: nothing is made.
	Reports Waker
	// Ready says why the server should get no traffic: draining, the database
	// is away, no RTP port. nil: ready.
	Ready func() error
	// Trunk is how the outbound trunk with this endpoint id is doing.
	Trunk func(endpointID string) (TrunkState, bool)
	// Links are how that is doing by which the messages of these come and go: ids of endpoints, or
	// whose mail it is. nil: nothing is known.
	Links func(of ...string) []endpoints.Link
	// Webhooks are the ways in of channels of messages, each by the prefix of its paths,
	// such as /slack/. They check who asks, and bound what they read, themselves.
	Webhooks map[string]http.Handler
	// Metrics are asked at each GET /metrics, beside our own and Go's.
	Metrics []func() []Sample

	once      sync.Once
	auth      *authenticator
	following following
	visitors  *guard        // who writes without a login
	lookAgain time.Duration // after which who listens must still be allowed to
	metrics   *metrics
	pages     func() (*pages, error) // of the API about itself, made when they are first asked for
	open      context.Context        // ends with Close
	closed    context.CancelFunc
	runs      chan struct{} // stories and explorations that are at work

	audited    atomic.Int64  // entries of the audit log, of this life
	forgetting chan struct{} // forgotten passwords that are looked at
	ending     sync.Mutex    // of later: nothing begins once Close waits
	later      sync.WaitGroup
}

func (s *Server) prepare() {
	s.once.Do(func() {
		s.open, s.closed = context.WithCancel(context.Background())
		s.runs = make(chan struct{}, runsAtOnce())
		s.forgetting = make(chan struct{}, forgettingAtOnce)
		s.auth = newAuthenticator(s)
		s.visitors = newGuard()
		s.metrics = newMetrics(s.Metrics)
		s.lookAgain = cmp.Or(s.lookAgain, lookAgain)
		s.pages = sync.OnceValues(func() (*pages, error) { return newPages(s.PublicURL) })
	})
}

// Sample is one figure for /metrics.
type Sample struct {
	Name   string // ringflow_sip_requests_total
	Help   string
	Total  bool              // a counter: it only grows
	Labels map[string]string // few and bounded values
	Value  float64
}

// Close ends the event streams and the stories that play, and waits for what goes
// on after an answer.
func (s *Server) Close() {
	s.prepare()
	s.ending.Lock()
	s.closed()
	s.ending.Unlock()
	s.later.Wait()
}

// afterwards lets f go on after the answer; false: the server ends.
func (s *Server) afterwards(f func()) bool {
	s.ending.Lock()
	defer s.ending.Unlock()
	if s.open.Err() != nil {
		return false
	}
	s.later.Go(f)
	return true
}

// serving lets what goes on for as long as somebody listens count as such: Close
// waits for its later.Done. false: the server ends.
func (s *Server) serving() bool {
	s.ending.Lock()
	defer s.ending.Unlock()
	if s.open.Err() != nil {
		return false
	}
	s.later.Add(1)
	return true
}
