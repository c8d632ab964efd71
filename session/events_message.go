package session

import (
	"time"

	"ringflow/endpoints"
)

// MessageChanged tells who listens that an outgoing message is there, or has a new state.
func (s *Switchboard) MessageChanged(m *endpoints.Message) {
	s.events.feed.Publish(Event{
		Kind: Changed, AccountID: m.AccountID, CustomerID: m.CustomerID, EndpointID: m.EndpointID, SessionID: m.SessionID, Date: time.Now().UTC(), Message: m.ID, MessageState: m.State,
	})
}
