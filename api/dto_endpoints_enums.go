package api

import (
	"ringflow/endpoints"
	"ringflow/session"
)

// UserPresences are what a user's phones are doing, all taken together.
type UserPresences string

func (UserPresences) Members() []string {
	return []string{session.PresenceIdle, session.PresenceRinging, session.PresenceBusy, session.PresenceHeld}
}

// EndpointTypes are the kinds of endpoints.
type EndpointTypes string

func (EndpointTypes) Members() []string {
	return []string{"PhoneNumber", "User", "FaxNumber", "EmailAddress", "", "", "", "", "", "Team", "Assistant", "SipTrunk", "EmergencyAddress", "SlackBot", "SkypeBot"}
}
func (EndpointTypes) Aliases() map[string]string {
	return map[string]string{"email": "EmailAddress", "fax": "FaxNumber", "assistantbot": "Assistant"}
}

// EndpointFlowSchedules say which flow runs: always the same, or the one of the
// schedule's state.
type EndpointFlowSchedules string

func (EndpointFlowSchedules) Members() []string { return []string{"Always", "Scheduled"} }

// UserManagerAccess is how much a user's login may change.
type UserManagerAccess string

func (UserManagerAccess) Members() []string { return names(endpoints.ManagerAccesses) }

// DashboardPermissions are parts of the dashboard.
type DashboardPermissions string

func (DashboardPermissions) Members() []string { return names(endpoints.DashboardPermissions) }

// names are the members of an enumeration as text.
func names[T ~string](all []T) []string {
	out := make([]string, len(all))
	for i, v := range all {
		out[i] = string(v)
	}
	return out
}

// UserModes say what rings when a user is called.
type UserModes string

func (UserModes) Members() []string { return []string{"SoftPhone", "SipPhone", "Flow"} }

// AgentStates are what a user does in the call centre. Ready, NotReady and
// LoggedOut can be set; WrapUp comes after a call; who is Ready is
// shown as Outgoing or Other while he is in a call that is no queue's.
type AgentStates string

func (AgentStates) Members() []string {
	return []string{"Unknown", "Ready", "NotReady", "LoggedOut", "WrapUp", "Outgoing", "Other"}
}

// AgentStateReasons are why.
type AgentStateReasons string

func (AgentStateReasons) Members() []string {
	return []string{"Unknown", "SetByUser", "MissedCall", "SetBySystem"}
}

// SipTransports are how a trunk is reached.
type SipTransports string

func (SipTransports) Members() []string { return []string{"udp", "tcp", "tls"} }

// CallerIdFormats are how a trunk wants numbers written.
type CallerIdFormats string

func (CallerIdFormats) Members() []string { return []string{"E164", "E164NoPlus", "National"} }

// TextCarriers say how texts of a number or trunk travel.
type TextCarriers string

func (TextCarriers) Members() []string { return names(endpoints.TextCarriers) }

// TextAlphabets say what data_coding 0 means to an SMPP message centre.
type TextAlphabets string

func (TextAlphabets) Members() []string { return names(endpoints.TextAlphabets) }
