package api

// WatchEvents streams what happens to sessions, agents, phones and messages.
type WatchEvents struct {
	_           struct{} `ns:"Voice.Api.Sessions"`
	AccountIds  []string
	CustomerIds []string
	Types       []EventTypes
	SessionId   string
	LastEventId string // as the header Last-Event-ID
}

func (q *WatchEvents) accounts() *[]string { return &q.AccountIds }

// EventTypes are what can be watched.
type EventTypes string

func (EventTypes) Members() []string {
	return []string{"session.started", "session.log", "session.answered", "session.held", "session.parked", "session.resumed", "session.ended", "agent.changed", "registration.changed", "message.received", "message.changed"}
}
