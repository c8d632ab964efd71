package flowtest

import (
	"context"
	"errors"
	"strings"
	"time"

	"ringflow/flow"
)

// Mailbox is a voicemail box of the world.
type Mailbox struct {
	Name     string        `yaml:"name"`     // of its owner
	Greeting string        `yaml:"greeting"` // the owner's own
	File     string        `yaml:"file"`     // the owner's own, an audio file
	PIN      string        `yaml:"pin"`
	Locked   bool          `yaml:"locked"`   // too many wrong PINs were given before
	Stranger bool          `yaml:"stranger"` // who calls is neither the owner nor a user of the account
	Messages []LeftMessage `yaml:"messages"` // oldest first
}

// LeftMessage is a message that is in a box.
type LeftMessage struct {
	File  string        `yaml:"file"` // by which it is played
	From  string        `yaml:"from"`
	Name  string        `yaml:"name"`
	Ago   time.Duration `yaml:"ago"` // before the call
	Saved bool          `yaml:"saved"`
}

// caller is the box of the user who calls.
const caller = "caller"

// box is a box of the world by the id of its owner.
func (w *World) box(owner string) *Mailbox {
	if owner == "" {
		owner = caller
	}
	for id, b := range w.Boxes {
		if strings.EqualFold(id, owner) {
			return b
		}
	}
	return nil
}

// Box implements flow.Voicemail.
func (l *line) Box(ctx context.Context, owner string) (flow.Box, error) {
	b := l.world.box(owner)
	if b == nil {
		return flow.Box{}, flow.ErrNoBox
	}
	return flow.Box{ID: owner, Name: b.Name, Greeting: flow.Prompt{Text: b.Greeting, File: b.File}, HasPIN: b.PIN != "", Own: !b.Stranger, CanDial: !b.Stranger}, context.Cause(ctx)
}

// LeaveMessage implements flow.Voicemail.
func (l *line) LeaveMessage(ctx context.Context, o flow.MessageOptions) (flow.Message, error) {
	l.up()
	l.DropDigits()
	for _, b := range l.world.Broken {
		if b == "recording" {
			return flow.Message{Lost: errors.New("the world says that it is broken")}, context.Cause(ctx)
		}
	}
	r, err := l.Record(ctx, flow.RecordOptions{Beep: true, Max: o.Max, Silence: o.Silence, FinishOnKey: o.FinishOnKey})
	return flow.Message{Recording: r}, err
}

var _ flow.Voicemail = (*line)(nil)
