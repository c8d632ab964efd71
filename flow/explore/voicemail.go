package explore

import (
	"context"
	"errors"
	"time"

	"ringflow/flow"
)

var errFull = errors.New("the disk is full")

// Box implements flow.Voicemail: everybody has a box.
func (l *line) Box(ctx context.Context, owner string) (flow.Box, error) {
	return flow.Box{ID: owner, Name: "Anna Miller", HasPIN: true, Own: true, CanDial: true}, context.Cause(ctx)
}

// LeaveMessage implements flow.Voicemail.
func (l *line) LeaveMessage(ctx context.Context, o flow.MessageOptions) (flow.Message, error) {
	l.sound()
	options := []string{"", "the caller leaves a message", "the caller leaves a message and hangs up", "the message can't be saved"}
	picked, err := l.happens(ctx, "message", append(options, hangsUp)...)
	length := min(8*time.Second, o.Max)
	switch {
	case err != nil:
		return flow.Message{Recording: flow.Recording{Finish: "hangup"}}, err
	case picked == "":
		return flow.Message{}, l.c.clock.pass(ctx, min(o.Silence, o.Max))
	case picked == options[3]:
		l.c.spoiled = true
		return flow.Message{Lost: errFull}, context.Cause(ctx)
	}
	l.sound()
	m := flow.Message{Recording: flow.Recording{File: "recording", Duration: length, Finish: "silence"}}
	err = l.c.clock.pass(ctx, length)
	if picked == options[2] {
		m.Finish = "hangup"
		err = l.hangup()
	}
	return m, err
}

var _ flow.Voicemail = (*line)(nil)
