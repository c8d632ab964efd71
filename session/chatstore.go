package session

import (
	"context"
	"encoding/json"
	"time"

	"ringflow/endpoints"
)

// Chats keeps messages, and how far the flows of chats have come.
type Chats interface {
	// ReceiveMessage keeps an incoming message once; see store.
	ReceiveMessage(ctx context.Context, m *endpoints.Message, open *Opening) (fresh bool, err error)
	// PutMessage keeps an outgoing one with what carries it.
	PutMessage(ctx context.Context, m *endpoints.Message, out *endpoints.Outbound) (fresh bool, err error)
	RemoteMessage(ctx context.Context, id, remoteID string, segments int) error
	MessageReceipt(ctx context.Context, c endpoints.Channel, endpointID, remoteID string, state endpoints.MessageState, why string) error
	// ClaimChats takes chats that have something to do, for the time of the lease.
	ClaimChats(ctx context.Context, most int, lease time.Duration) ([]*StoredChat, error)
	RenewChats(ctx context.Context, claims []string, lease time.Duration) error
	ReleaseChat(ctx context.Context, id, claim string) error
	// SaveChat keeps all that a run has come to, or nothing.
	SaveChat(ctx context.Context, s ChatSave) error
}

// Opening is the session that a message opens, if none is open in its chat.
type Opening struct {
	Record *Record
	Body   []byte // how far its flow has come: nowhere
}

// StoredChat is an open chat as it is claimed.
type StoredChat struct {
	ID, AccountID, CustomerID, EndpointID string
	OtherAddress, OtherName               string
	Channel                               endpoints.Channel // by which the other wrote last
	Route                                 json.RawMessage   // of that message
	SessionID                             string
	RoomID                                string // of the chat room that the party is in; empty: none
	Body                                  []byte // JSON, for us alone
	Last                                  time.Time
	Tries                                 int // claims, this one included, since anything was saved
	Claim                                 string
	Messages                              []*endpoints.Message // that wait for the flow, in order
}

// ChatSave is what a run of a chat's flow has come to.
type ChatSave struct {
	ID, Claim string
	Body      []byte
	Done      []string // ids of messages that have had their execution
	Out       []OutMessage
	Branches  []StoredBranch
	Change    Change
	WaitUntil time.Time // the flow goes on then; zero: never by itself
	IdleAt    time.Time // the session is looked at then, to be closed
	RoomID    string
	Closed    bool // the session is over
	Release   bool // the claim is given back
}

// OutMessage is a message that a flow wrote, and what carries it; nil: nothing has to.
type OutMessage struct {
	Message  *endpoints.Message
	Outbound *endpoints.Outbound
}
