package flow

import (
	"context"
	"encoding/json"
	"errors"
	"time"
)

// Reply is what a waiting chat goes on with: what the party wrote, that nothing
// came in time, or that the room is closed in which the party was.
type Reply struct {
	Text     string
	TimedOut bool // Waiting.Until is over
	Closed   bool // of a run that waits with Bypassed: the room was closed
}

// Meanwhile tells what becomes of a message that comes while a run waits.
type Meanwhile string

const (
	Answers  Meanwhile = ""         // the run goes on with it
	Kept     Meanwhile = "kept"     // it waits until the wait is over, in its turn
	Restarts Meanwhile = "restarts" // the wait is given up, and the flow starts anew: see State.Anew
	Bypassed Meanwhile = "bypassed" // the party is in a chat room: it goes there
)

// Suspend is the error of a node that waits for the party of a chat: the run ends
// with End Suspended, its state keeps where, and a later Run of the same state goes on
// in the same node, with the Reply. So a chat waits for days in the store, not in memory.
type Suspend struct {
	Until     time.Time       // zero: for ever
	Note      json.RawMessage // the node's own, given back by Execution.Noted when it goes on
	Meanwhile Meanwhile
	Secret    bool // what will be written is secret: no log shows it
}

func (s *Suspend) Error() string { return "flow: waits for what the other party writes" }

// Waiting is where a suspended run waits; it is part of the State.
type Waiting struct {
	Until     time.Time       `json:"until,omitzero"` // zero: for ever
	Note      json.RawMessage `json:"note,omitempty"`
	Meanwhile Meanwhile       `json:"meanwhile,omitempty"`
	Secret    bool            `json:"secret,omitempty"`
}

// ErrUnsent is wrapped by what tells that a message can't be sent, for a reason that
// is no fault of ours: no such number, not owned, the party has opted out.
var ErrUnsent = errors.New("the message was not sent")

// Messages sends for flows, on any channel. What it takes is in the store, and leaves
// at least once, also after a restart; nil: this server sends nothing.
type Messages interface {
	// SendMessage sends a text from a phone number of the account. Key is the step's: the
	// same key is the same message.
	SendMessage(ctx context.Context, m TextMessage) error
	SendEmail(ctx context.Context, m Email) error
}

// TextMessage is what a Send Message node sends.
type TextMessage struct {
	Key   string
	From  string // an owned number, or the id of a phone number; empty: the session's own
	To    string
	Body  string
	Files []string // ids
}

// Email is what a Send Email node sends.
type Email struct {
	Key         string
	Account     string // id or address of an e-mail account; empty: the session's own, else the server's
	To, Cc, Bcc []string
	Subject     string
	Body        string
	Files       []string
}

// Rooms are the chats of several people; nil: there are none.
type Rooms interface {
	// OpenRoom puts the party of this chat into a room, with whom else is invited. From then on the flow is
	// bypassed: what anybody writes goes to the others. ErrNobody: nobody could be invited.
	OpenRoom(ctx context.Context, r RoomInvitation) (id string, err error)
}

// RoomInvitation is what a Chat node asks for.
type RoomInvitation struct {
	Key      string   // the step's: the same key is the same invitation
	Name     string   // empty: a new one
	Users    []string // endpoint ids
	Numbers  []string
	Greeting string
}

// ErrNobody tells that a room would have nobody else in it.
var ErrNobody = errors.New("nobody can be invited")
