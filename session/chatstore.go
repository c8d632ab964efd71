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
	Message(ctx context.Context, id string) (*endpoints.Message, error)
	// PutMessage keeps an outgoing one with what carries it.
	PutMessage(ctx context.Context, m *endpoints.Message, out *endpoints.Outbound) (fresh bool, err error)
	PutOutbound(ctx context.Context, out *endpoints.Outbound) (fresh bool, err error)
	// Chat is what an endpoint and an address have exchanged, as far as it is known; fs.ErrNotExist.
	Chat(ctx context.Context, endpointID, otherAddress string) (*StoredChat, error)
	// PutMessages keeps messages, and with them what Chat Events do: branches, and lines in the logs of
	// their sessions. Not fresh: the first one is there already, and so is all.
	PutMessages(ctx context.Context, all []OutMessage, branches []StoredBranch, lines []Change) (fresh bool, err error)
	// OpenChat and EndChat, InviteToRoom and LeaveRoom are what people do with a chat, see store.
	OpenChat(ctx context.Context, c *StoredChat, open *Opening, room *ChatRoom, first []OutMessage) error
	EndChat(ctx context.Context, endpointID, otherAddress string, c Change) error
	// InviteToRoom: ErrRoomChanged, ErrRoomFull.
	InviteToRoom(ctx context.Context, in RoomInvite) error
	LeaveRoom(ctx context.Context, id, member string) error
	ChatRoom(ctx context.Context, id string) (*ChatRoom, error)
	// NamedRoom is the account's open room of r's name, or r from now on.
	NamedRoom(ctx context.Context, r *ChatRoom) (*ChatRoom, error)
	// LastRoomOf is the room from which a user got a message last; see store.
	LastRoomOf(ctx context.Context, userID, endpointID string) (*ChatRoom, error)
	CloseChatRoom(ctx context.Context, id string) error
	// TextsStopped tells whether somebody wants no texts of a number.
	TextsStopped(ctx context.Context, endpointID, address string) (bool, error)
	RemoteMessage(ctx context.Context, id, remoteID string, segments int) error
	MessageReceipt(ctx context.Context, c endpoints.Channel, endpointID, remoteID string, state endpoints.MessageState, why string) error
	// ClaimChats takes chats that have something to do, for the time of the lease.
	ClaimChats(ctx context.Context, most int, lease time.Duration) ([]*StoredChat, error)
	// NextChat is when the next chat has something to do that nobody works at; zero: none has.
	NextChat(ctx context.Context) (time.Time, error)
	// RenewChats lets claims last, by the ids of their chats.
	RenewChats(ctx context.Context, claims map[string]string, lease time.Duration) error
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

// ChatSave is what a run of a chat's flow has come to. Without a Change's Record there was none, as
// no session is open and none can be: the messages are done, and the chat rests.
type ChatSave struct {
	ID, Claim string
	Body      []byte
	Done      []string // ids of messages that have had their execution
	Unheard   string   // why there could be none for them: it stands with them; empty: they have had it
	Out       []OutMessage
	Branches  []StoredBranch // of the chat's session, and of others
	Change    Change
	Others    []Change  // lines in the logs of other sessions
	WaitUntil time.Time // the flow goes on then; zero: never by itself
	IdleAt    time.Time // the session is looked at then, to be closed
	SessionID string
	InRoom    string    // where the party was when the chat was claimed, or by the last save
	Room      *string   // the room that the party is in from now on; nil: as before
	Opened    *ChatRoom // is opened with all that, or its Users come into it; nil: none. ErrRoomFull
	Hold      bool      // messages that wait do so until WaitUntil
	Closed    bool      // the session is over
	Release   bool      // the claim is given back
}

// OutMessage is a message that a flow wrote, and what carries it; nil: nothing has to. Without
// a Message it is a mail of the server's, which is no endpoint's.
type OutMessage struct {
	Message  *endpoints.Message // incoming: it is for a user of ours, and no flow runs
	Outbound *endpoints.Outbound
	// Room puts the party that it is for into a room, and its chat into Message's session if
	// it has none.
	Room string
}

// ChatRoom is a chat of several people: what one writes goes to all others.
type ChatRoom struct {
	ID, AccountID string
	EndpointID    string // from which numbers are texted
	SessionID     string // in which it was opened
	Name          string
	Users         []RoomUser
	Created       time.Time
	Closed        time.Time     // zero: open
	Parties       []*StoredChat // who is in it by a channel, now; read only
}

// RoomInvite lets others into the room of the chat between an endpoint and an address.
type RoomInvite struct {
	EndpointID, OtherAddress string
	SessionID                string       // that is open there
	RoomID                   string       // of the chat as it was read; empty: Room is opened
	Room                     *ChatRoom    // Users are who comes in
	Out                      []OutMessage // what they are told, and numbers that come in
}

// RoomUser is a user of ours in a room.
type RoomUser struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}
