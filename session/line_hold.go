package session

import (
	"context"

	"ringflow/flow"
)

var _ flow.Holder = (*line)(nil)

// Hold plays music over and over while the flow waits for something else. Digits
// that are pressed meanwhile are kept for the next node, as always.
func (l *line) Hold(ctx context.Context, music flow.Prompt) (done func()) {
	ctx, stop := context.WithCancel(ctx)
	over := make(chan struct{})
	go func() {
		defer close(over)
		source, err := l.call.loop(ctx, music)
		if err == nil {
			err = l.sound(ctx, source)
		}
		if err != nil && ctx.Err() == nil {
			l.journal.say("The music can't be played: %s", err)
		}
	}()
	return func() {
		stop()
		<-over
	}
}
