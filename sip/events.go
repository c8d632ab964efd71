package sip

import (
	"context"
	"net/netip"
)

// Event packages that can be watched.
const (
	EventDialog   = "dialog"          // RFC 4235: the lamp of a user's calls
	EventMessages = "message-summary" // RFC 3842: what is in a voicemail box

	allowEvents = EventDialog + ", " + EventMessages
)

// Watch is who watches what.
type Watch struct {
	Watcher   Caller // Kind User always
	Event     string // EventDialog or EventMessages
	Resource  string // user part of the Request-URI, decoded
	Source    netip.AddrPort
	Transport string
}

// EventSource knows the states that users may watch. Its methods run on goroutines of their
// own, several at once, and are given 5 s; they must heed ctx.
type EventSource interface {
	// Subscribe is asked once, before a SUBSCRIBE is answered: may this user watch
	// that? A *Status refuses. resource is its name from then on, in Watch and for
	// UA.Notify; empty: w.Resource.
	Subscribe(ctx context.Context, w Watch) (resource string, err error)
	// State is the state of now. It is asked after Subscribe, at each refresh and after each
	// UA.Notify. A *Status ends the subscription: the right to it is gone.
	State(ctx context.Context, w Watch) (Document, error)
}

// Document is a state as a NOTIFY brings it: *DialogInfo or *MessageSummary.
type Document interface {
	ContentType() string
	// Encode writes it. version counts the NOTIFYs of one subscription from 0.
	Encode(version uint32) []byte
}

// Notify tells that a state changed: every subscription of it is asked for anew
// and told, if it is another one for that watcher. It does not wait, and may be
// called from anywhere.
func (ua *UA) Notify(event, resource string) {
	for _, sub := range ua.start().watchers.of(event, resource) {
		if !sub.told.Swap(true) {
			sub.s.post(sub.changed)
		}
	}
}

// DropSubscriptions ends all that a user watches: he was removed, or has another
// password now. It does not wait.
func (ua *UA) DropSubscriptions(user string) {
	for _, sub := range ua.start().watchers.ofUser(user) {
		sub.s.post(func() { sub.drop("rejected") })
	}
}
