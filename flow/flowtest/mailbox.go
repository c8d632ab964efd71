package flowtest

import (
	"context"
	"slices"
	"strings"

	"ringflow/flow"
)

func (l *line) mailbox(b flow.Box) *Mailbox { return l.world.box(b.ID) }

// OpenBox implements flow.Mailbox.
func (l *line) OpenBox(ctx context.Context, b flow.Box, pin string) (bool, error) {
	box := l.mailbox(b)
	if box.Locked {
		return false, flow.ErrBoxLocked
	}
	return pin == box.PIN, context.Cause(ctx)
}

// Messages implements flow.Mailbox. The world itself stays as it is.
func (l *line) Messages(ctx context.Context, b flow.Box) ([]flow.LeftMessage, error) {
	var fresh, saved []flow.LeftMessage
	for _, m := range l.mailbox(b).Messages {
		left := flow.LeftMessage{ID: m.File, From: m.From, Name: m.Name, At: l.began.Add(-m.Ago), New: !m.Saved && !slices.Contains(l.saved, m.File)}
		switch {
		case slices.Contains(l.deleted, m.File):
		case left.New:
			fresh = append(fresh, left)
		default:
			saved = append(saved, left)
		}
	}
	return append(fresh, saved...), context.Cause(ctx)
}

// SaveMessage implements flow.Mailbox.
func (l *line) SaveMessage(ctx context.Context, _ flow.Box, id string) error {
	l.saved = append(l.saved, id)
	return context.Cause(ctx)
}

// DeleteMessage implements flow.Mailbox.
func (l *line) DeleteMessage(ctx context.Context, _ flow.Box, id string) error {
	l.deleted = append(l.deleted, id)
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
func (l *line) SetPIN(ctx context.Context, _ flow.Box, pin string) error {
	if len(pin) < 4 || len(pin) > 12 || strings.Trim(pin, pin[:1]) == "" {
		return flow.ErrBadPIN
	}
	return context.Cause(ctx)
}

var _ flow.Mailbox = (*line)(nil)
