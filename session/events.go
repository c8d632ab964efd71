package session

import "time"

// Event is something that happened to a live session.
type Event struct {
	Kind      EventKind `json:"kind"`
	SessionID string    `json:"sessionId"`
	SipCallID string    `json:"sipCallId,omitempty"`
	Date      time.Time `json:"date"`
	Message   string    `json:"message,omitempty"` // the log line; the outcome when it ended
}

// EventKind says what happened.
type EventKind string

const (
	Started  EventKind = "started"
	Logged   EventKind = "log"
	Answered EventKind = "answered"
	Ended    EventKind = "ended"
)
