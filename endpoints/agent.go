package endpoints

import "time"

// AgentState is what a user does in the call centre, in the API's names.
type AgentState string

const (
	Ready     AgentState = "Ready"     // takes calls of queues
	NotReady  AgentState = "NotReady"  // is there, and takes none
	LoggedOut AgentState = "LoggedOut" // isn't there; what a new user is
	WrapUp    AgentState = "WrapUp"    // has work left from the last call, for a while
	Outgoing  AgentState = "Outgoing"  // is ready, but in a call that he has made
	Other     AgentState = "Other"     // is ready, but in another call that is no queue's
)

// AgentReason is why an agent is in its state, in the API's names.
type AgentReason string

const (
	SetByUser   AgentReason = "SetByUser"
	MissedCall  AgentReason = "MissedCall"
	SetBySystem AgentReason = "SetBySystem"
)

// Agent is a user as the call centre sees it.
type Agent struct {
	AccountID  string
	EndpointID string
	State      AgentState // Outgoing and Other are shown, never stored
	Reason     AgentReason
	Since      time.Time // UTC; of one agent it grows with each change
	Until      time.Time // of WrapUp: then Ready; zero: no end is set
}

// CheckAgentState tells whether somebody may set an agent to state. The other
// states come by themselves.
func CheckAgentState(field string, state AgentState) error {
	switch state {
	case Ready, NotReady, LoggedOut:
		return nil
	}
	return invalid(field, "%.32q can't be set; there are %s, %s and %s", state, Ready, NotReady, LoggedOut)
}
