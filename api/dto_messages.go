package api

import "time"

// MessageInfo is a text, a mail or a post that an endpoint got or sent.
type MessageInfo struct {
	_                   struct{} `ns:"Voice.Api.Messaging"`
	Id                  string
	AccountId           string
	CustomerId          string
	EndpointId          string
	EndpointDisplayName string
	Date                time.Time
	Direction           MessageDirections
	OtherAddress        string // who wrote it, or whom it is for
	Sender              string // who wrote it, as shown
	Text                string
	IsUnread            bool

	// Ours.
	ConversationId string
	SessionId      string // of the chat
	Channel        MessageChannels
	OtherName      string // of the other party, as far as it tells
	SenderUserId   string // endpoint id of the user who wrote it
	Subject        string // of a mail
	Files          []MessageFileInfo
	State          MessageStates
	Error          string // why it failed
	Segments       int    // of an SMS; 0: not counted
	IsAutomatic    bool   // a machine wrote it: no flow has run

	revision int64 // for the ETag
}

// MessageFileInfo is a file that came, or went, with a message.
type MessageFileInfo struct {
	_           struct{} `ns:"Voice.Api.Messaging"`
	FileId      string
	FileName    string
	ContentType string
	Uri         string // of the bytes
}

// MessageDirections are seen from us.
type MessageDirections string

func (MessageDirections) Members() []string { return []string{"Incoming", "Outgoing"} }

// MessageStates are how far a message has come: Received is incoming, Sent is with the carrier.
type MessageStates string

func (MessageStates) Members() []string {
	return []string{"Received", "Queued", "Sent", "Delivered", "Failed"}
}

// MessageChannels are the ways of messages.
type MessageChannels string

func (MessageChannels) Members() []string {
	return []string{"Sip", "Smpp", "Twilio", "Http", "Email", "Slack", "Bot", "Web"}
}

// ConversationInfo is the messages that an endpoint exchanges with one address.
type ConversationInfo struct {
	_                 struct{} `ns:"Voice.Api.Messaging"`
	Id                string
	EndpointId        string
	OtherAddress      string
	MostRecentMessage *MessageInfo

	// Ours.
	AccountId           string
	CustomerId          string
	EndpointDisplayName string
	OtherName           string
	SessionId           string // of the chat that is open
	UnreadCount         int

	revision int64 // for the ETag
}

// ListMessages lists messages, the newest first.
type ListMessages struct {
	_ struct{} `ns:"Voice.Api.Messaging"`
	ListRequest
	AccountIds      []string
	CustomerIds     []string
	EndpointIds     []string
	ConversationIds []string
	AfterDate       time.Time // only later ones
	SessionIds      []string  // ours, as what follows
	IsUnread        *bool
}

func (q *ListMessages) accounts() *[]string { return &q.AccountIds }

// GetMessage shows a message.
type GetMessage struct {
	_         struct{} `ns:"Voice.Api.Messaging"`
	MessageId string
}

func (q *GetMessage) message() string { return q.MessageId }

// PatchMessage notes whether somebody has looked at a message.
type PatchMessage struct {
	_         struct{} `ns:"Voice.Api.Messaging"`
	MessageId string
	IsUnread  *bool
}

func (q *PatchMessage) message() string { return q.MessageId }

// DeleteMessage takes out of a message what it says.
type DeleteMessage struct {
	_         struct{} `ns:"Voice.Api.Messaging"`
	MessageId string
}

func (q *DeleteMessage) message() string { return q.MessageId }

// SendMessage writes to the other party of a chat, or to an address.
type SendMessage struct {
	_          struct{} `ns:"Voice.Api.Messaging"`
	SessionId  string   // of the chat; else endpointId and toAddress
	EndpointId string   // who writes: a phone number, an e-mail address, a bot, a user
	ToAddress  string   // a phone number, an e-mail address, a user's sipUserName, an address of an earlier message
	Text       string
	Body       string   // the same
	Subject    string   // of a mail
	FileIds    []string // of stored files that go along
}

func (q *SendMessage) session() string  { return q.SessionId }
func (q *SendMessage) endpoint() string { return q.EndpointId }

// ListConversations lists conversations, the latest first.
type ListConversations struct {
	_            struct{} `ns:"Voice.Api.Messaging"`
	AccountIds   []string
	EndpointIds  []string
	CustomerIds  []string
	AfterDate    time.Time // with a later message only
	Page         int       // ours, as what follows
	CountPerPage int       // 1000 at most; none: 1000
	OtherAddress string    // a part of the address or the name
	IsUnread     bool      // with unread messages only
}

func (q *ListConversations) accounts() *[]string { return &q.AccountIds }

// ListConversationsResponse is that list.
type ListConversationsResponse struct {
	_             struct{} `ns:"Voice.Api.Messaging"`
	Conversations []ConversationInfo
}

// GetConversation shows a conversation.
type GetConversation struct {
	_              struct{} `ns:"Voice.Api.Messaging"`
	ConversationId string
}

func (q *GetConversation) conversation() string { return q.ConversationId }

// PatchConversation notes that somebody has looked at all messages of a conversation.
type PatchConversation struct {
	_              struct{} `ns:"Voice.Api.Messaging"`
	ConversationId string
	IsUnread       *bool // false
}

func (q *PatchConversation) conversation() string { return q.ConversationId }

// SendEndpointMessage is what a visitor of a web chat writes to an endpoint that allows it.
type SendEndpointMessage struct {
	_                     struct{} `ns:"Voice.Api.Messaging"`
	SessionId             string   // of the chat, as long as it is open; else endpointId and sender
	EndpointId            string
	Body                  string
	AttachmentUri         string // an address that is shown behind the text; nothing is fetched
	AttachmentContentType string
	Sender                string // names the visitor: one that nobody guesses, and the same each time
	DisplayName           string
}
