package session

import "ringflow/endpoints"

// OutgoingCall is a call that the API asks for.
type OutgoingCall struct {
	AccountID    string // empty: the flow's
	FlowID       string
	NumberToDial string
	CallerID     string // empty: picked by the rules
	CreatedBy    string // e-mail of the login
	FlowParams   map[string]endpoints.Value
}
