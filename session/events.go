package session

import (
	"sync"
	"sync/atomic"
	"time"

	"ringflow/endpoints"
)

// Event is something that happened to a live session, or to an agent.
type Event struct {
	Kind      EventKind `json:"kind"`
	SessionID string    `json:"sessionId,omitempty"`
	SipCallID string    `json:"sipCallId,omitempty"`
	Date      time.Time `json:"date"`
	Message   string    `json:"message,omitempty"` // the log line; the outcome when it ended

	// Of an agent, which has no session.
	EndpointID  string                `json:"endpointId,omitempty"`
	AgentState  endpoints.AgentState  `json:"agentState,omitempty"`
	AgentReason endpoints.AgentReason `json:"agentStateReason,omitempty"`

	// In a Feed.
	Number       uint64        `json:"-"`
	ID           string        `json:"-"` // the number, and the life of the server that it belongs to
	AccountID    string        `json:"-"`
	CustomerID   string        `json:"-"`
	Registration *Registration `json:"-"`
	Gap          *Gap          `json:"-"`

	MessageState endpoints.MessageState `json:"-"`
}

// Registration is how a user's phones stand.
type Registration struct {
	SipUserName string
	Contacts    int
	Online      int    // of these, as far as they answer
	UserAgent   string // of the one that is rung first
}

// EventKind says what happened.
type EventKind string

const (
	Started  EventKind = "started"
	Logged   EventKind = "log"
	Answered EventKind = "answered"
	Held     EventKind = "held"    // a party of a talk has put the other on hold
	Parked   EventKind = "parked"  // the call waits in a slot for somebody to retrieve it
	Resumed  EventKind = "resumed" // who held has come back, or the call is parked no more
	Ended    EventKind = "ended"

	AgentChanged EventKind = "agent"

	// Told by the Feed alone.
	Messaged   EventKind = "message"      // an endpoint got a message, whose id is the Event's Message
	Changed    EventKind = "messageState" // an outgoing message, whose id is the Event's Message, has a new state
	Registered EventKind = "registration" // a user's phone has come, gone, or answers no more
	Missed     EventKind = "gap"          // of what should stand here, nothing more is known
)

const (
	eventsWaiting = 256 // of one listener, before it is dropped
	maxWatchers   = 100
)

// watchers fans events out. A listener that is slow is dropped: it must never
// slow a call down, and a gap that nobody sees is worse than an end.
type watchers struct {
	n   atomic.Int32 // a call that nobody watches pays one load
	mu  sync.Mutex
	all map[*watcher]struct{}

	feed Feed
}

type watcher struct {
	session string // empty: all
	c       chan Event
}

func (w *watchers) watch(session string) (<-chan Event, func()) {
	l := &watcher{session: session, c: make(chan Event, eventsWaiting)}
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.all) >= maxWatchers {
		close(l.c)
		return l.c, func() {}
	}
	if w.all == nil {
		w.all = map[*watcher]struct{}{}
	}
	w.all[l] = struct{}{}
	w.n.Store(int32(len(w.all)))
	return l.c, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.drop(l)
	}
}

// drop is called with the lock held.
func (w *watchers) drop(l *watcher) {
	if _, there := w.all[l]; there {
		delete(w.all, l)
		close(l.c)
		w.n.Store(int32(len(w.all)))
	}
}

func (w *watchers) tell(e Event) {
	w.feed.Publish(e)
	if w.n.Load() == 0 {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for l := range w.all {
		if l.session != "" && l.session != e.SessionID {
			continue
		}
		select {
		case l.c <- e:
		default:
			w.drop(l)
		}
	}
}

// told publishes that a message has come.
func (w *watchers) told(m *endpoints.Message) {
	w.feed.Publish(Event{
		Kind: Messaged, AccountID: m.AccountID, CustomerID: m.CustomerID, EndpointID: m.EndpointID, SessionID: m.SessionID, Date: m.Date, Message: m.ID,
	})
}

func (w *watchers) close() {
	w.feed.Close()
	w.mu.Lock()
	defer w.mu.Unlock()
	for l := range w.all {
		w.drop(l)
	}
}
