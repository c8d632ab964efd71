package flow

import (
	"context"
	"errors"
	"time"
)

// Voicemail is a Line that takes messages for the account's users and teams.
type Voicemail interface {
	// Box is that of a user or a team by id, of a user by SIP user name, e-mail
	// address or extension too; empty: of the user who calls. ErrNoBox.
	Box(ctx context.Context, owner string) (Box, error)
	// LeaveMessage answers the call, beeps, and records a message. One whose File
	// it returns is on disk and in the store, so that nothing loses it any more. A
	// hang-up returns what there is together with the cause.
	LeaveMessage(ctx context.Context, o MessageOptions) (Message, error)
}

// ErrNoBox tells that nobody has such a voicemail box.
var ErrNoBox = errors.New("there is no such voicemail box")

// Box is a voicemail box.
type Box struct {
	ID, Name string // of the user or team
	Greeting Prompt // the owner's own; empty: none
	HasPIN   bool
	Own      bool // the owner calls
	CanDial  bool // the caller is a user of the account, who may call back from it
}

// MessageOptions say how a message is taken.
type MessageOptions struct {
	Box         Box
	Max         time.Duration // longest message
	Silence     time.Duration // stop after this much silence
	FinishOnKey string
	Email       bool // tell the owner by e-mail
	Transcribe  bool
}

// Message is what came of leaving one.
type Message struct {
	Recording       // File is empty where nothing is kept: under one second of sound
	Lost      error // why what was said could not be kept, or with a File not all of it; nil: it was, or nothing was said
}

// MessageReady is the transition of a message that is stored.
const MessageReady = "Message Ready"

// What a caller hears who leaves a message.
const (
	MessageKept = "Thank you. Your message has been saved."
	MessageCut  = "Your message has been saved, but not all of it."
	MessageLost = "We are sorry, your message could not be saved. Please try again later."
	notHere     = " is not available. Please leave a message after the tone."
)

// DefaultGreeting is that of a box whose owner has none.
func (b Box) DefaultGreeting() string {
	if b.Name == "" {
		return "Nobody" + notHere
	}
	return b.Name + notHere
}

// Mailbox is a Line by which the owner of a box listens to it.
type Mailbox interface {
	Voicemail
	// OpenBox tells whether pin is the box's; ErrBoxLocked if too many were wrong.
	OpenBox(ctx context.Context, b Box, pin string) (bool, error)
	// Messages are those in the box, the new ones first, each kind oldest first.
	Messages(ctx context.Context, b Box) ([]LeftMessage, error)
	// SaveMessage makes a message no longer new. One that is gone is no error.
	SaveMessage(ctx context.Context, b Box, id string) error
	DeleteMessage(ctx context.Context, b Box, id string) error
	// ForwardMessage puts a copy into another box of the account; the message stays.
	ForwardMessage(ctx context.Context, b Box, id string, to Box) error
	// SetGreeting makes a recording the box's own greeting; empty: the default again.
	SetGreeting(ctx context.Context, b Box, file string) error
	// SetPIN gives the box another PIN. ErrBadPIN.
	SetPIN(ctx context.Context, b Box, pin string) error
}

var (
	// ErrBoxLocked tells that a box doesn't open for a while, whatever the PIN.
	ErrBoxLocked = errors.New("too many wrong PINs were given for the voicemail box: it is locked for a while")
	// ErrBadPIN tells that digits can't be a PIN.
	ErrBadPIN = errors.New("a PIN is 4 to 12 digits, and not the same one over and over")
)

// LeftMessage is a message in a box.
type LeftMessage struct {
	ID         string // of its file
	From, Name string
	At         time.Time
	New        bool
}
