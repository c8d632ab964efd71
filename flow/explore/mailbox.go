package explore

import (
	"context"
	"time"

	"ringflow/flow"
)

// leftMessage is the file of a message that waits in a box.
const leftMessage = "message"

// OpenBox implements flow.Mailbox.
func (l *line) OpenBox(ctx context.Context, _ flow.Box, _ string) (bool, error) {
	picked, err := l.happens(ctx, "pin", "", "the PIN is wrong", "the box is locked", hangsUp)
	if picked == "the box is locked" {
		return false, flow.ErrBoxLocked
	}
	return picked == "", err
}

// Messages implements flow.Mailbox: one waits.
func (l *line) Messages(ctx context.Context, _ flow.Box) ([]flow.LeftMessage, error) {
	return []flow.LeftMessage{{ID: leftMessage, From: "+14155550123", Name: "Anna Miller", At: l.c.clock.Time.Add(-time.Hour), New: true}}, context.Cause(ctx)
}

// SaveMessage implements flow.Mailbox.
func (l *line) SaveMessage(ctx context.Context, _ flow.Box, _ string) error {
	return context.Cause(ctx)
}

// DeleteMessage implements flow.Mailbox.
func (l *line) DeleteMessage(ctx context.Context, _ flow.Box, _ string) error {
	return context.Cause(ctx)
}

// ForwardMessage implements flow.Mailbox.
func (l *line) ForwardMessage(ctx context.Context, _ flow.Box, _ string, _ flow.Box) error {
	return context.Cause(ctx)
}

// SetGreeting implements flow.Mailbox.
func (l *line) SetGreeting(ctx context.Context, _ flow.Box, _ string) error {
	return context.Cause(ctx)
}

// SetPIN implements flow.Mailbox.
func (l *line) SetPIN(ctx context.Context, _ flow.Box, _ string) error { return context.Cause(ctx) }

var _ flow.Mailbox = (*line)(nil)
