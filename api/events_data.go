package api

import (
	"time"

	"ringflow/endpoints"
	"ringflow/session"
)

// event is what a listener gets, as JSON.
type event struct {
	ID        string     `json:"id"`
	Type      EventTypes `json:"type"`
	Date      time.Time  `json:"date"`
	AccountID string     `json:"accountId,omitempty"`
	Data      any        `json:"data"`
}

type sessionData struct {
	SessionID  string `json:"sessionId"`
	CustomerID string `json:"customerId,omitempty"`
	SipCallID  string `json:"sipCallId,omitempty"`
	Message    string `json:"message,omitempty"` // of session.log: the line
	Outcome    string `json:"outcome,omitempty"` // of session.ended
}

type agentData struct {
	EndpointID string                `json:"endpointId"`
	CustomerID string                `json:"customerId,omitempty"`
	State      endpoints.AgentState  `json:"agentState"`
	Reason     endpoints.AgentReason `json:"agentStateReason"`
}

type registrationData struct {
	EndpointID  string `json:"endpointId"`
	CustomerID  string `json:"customerId,omitempty"`
	SipUserName string `json:"sipUserName"`
	Contacts    int    `json:"contacts"`
	Online      int    `json:"online"`
	UserAgent   string `json:"userAgent,omitempty"`
}

type messageData struct {
	MessageID  string                 `json:"messageId"`
	EndpointID string                 `json:"endpointId"`
	CustomerID string                 `json:"customerId,omitempty"`
	SessionID  string                 `json:"sessionId,omitempty"`
	State      endpoints.MessageState `json:"state"`
}

type gapData struct {
	Lost  int    `json:"lost,omitempty"`
	After string `json:"after,omitempty"`
}

func toldEvent(e *session.Event) event {
	out := event{ID: e.ID, Type: eventTypes[e.Kind], Date: e.Date, AccountID: e.AccountID}
	switch e.Kind {
	case session.Missed:
		out.Data = gapData(*e.Gap)
	case session.AgentChanged:
		out.Data = agentData{e.EndpointID, e.CustomerID, e.AgentState, e.AgentReason}
	case session.Registered:
		r := e.Registration
		out.Data = registrationData{e.EndpointID, e.CustomerID, r.SipUserName, r.Contacts, r.Online, r.UserAgent}
	case session.Messaged:
		out.Data = messageData{e.Message, e.EndpointID, e.CustomerID, e.SessionID, endpoints.MessageReceived}
	case session.Changed:
		out.Data = messageData{e.Message, e.EndpointID, e.CustomerID, e.SessionID, e.MessageState}
	case session.Ended:
		out.Data = sessionData{SessionID: e.SessionID, CustomerID: e.CustomerID, SipCallID: e.SipCallID, Outcome: e.Message}
	default:
		out.Data = sessionData{SessionID: e.SessionID, CustomerID: e.CustomerID, SipCallID: e.SipCallID, Message: e.Message}
	}
	return out
}
