package api

import "time"

// MessageInfo is a text message.
type MessageInfo struct {
	_                   struct{} `ns:"Voice.Api.Messaging"`
	Id                  string
	AccountId           string
	CustomerId          string
	EndpointId          string
	EndpointDisplayName string
	Date                time.Time
	Direction           MessageDirections
	OtherAddress        string
	Sender              string
	Text                string
	IsUnread            bool
}

// MessageDirections are seen from us.
type MessageDirections string

func (MessageDirections) members() []string { return []string{"Incoming", "Outgoing"} }

// ConversationInfo is the messages that an endpoint exchanges with one address.
type ConversationInfo struct {
	_                 struct{} `ns:"Voice.Api.Messaging"`
	Id                string
	EndpointId        string
	OtherAddress      string
	MostRecentMessage *MessageInfo
}

// ListMessages lists text messages.
type ListMessages struct {
	_ struct{} `ns:"Voice.Api.Messaging"`
	ListRequest
	AccountIds      []string
	CustomerIds     []string
	EndpointIds     []string
	ConversationIds []string
	AfterDate       time.Time
}

func (q *ListMessages) accounts() *[]string { return &q.AccountIds }

// ListConversations lists conversations.
type ListConversations struct {
	_           struct{} `ns:"Voice.Api.Messaging"`
	AccountIds  []string
	EndpointIds []string
	CustomerIds []string
	AfterDate   time.Time
}

func (q *ListConversations) accounts() *[]string { return &q.AccountIds }

// ListConversationsResponse is that list.
type ListConversationsResponse struct {
	_             struct{} `ns:"Voice.Api.Messaging"`
	Conversations []ConversationInfo
}
