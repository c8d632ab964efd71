package session

import (
	"context"
	"fmt"

	"go.uber.org/zap"

	"ringflow/flow"
)

var _ flow.Taping = (*line)(nil)

// StartTape records the call: what the party on the line says, left, and what it
// hears, right. The taps are on its port, so bridges come and go without a gap.
func (l *line) StartTape(_ context.Context, o flow.TapeOptions) error {
	return l.call.startTape(l.party, o)
}

// startTape records what p, who is on the line, says and hears.
func (c *call) startTape(p *party, o flow.TapeOptions) error {
	if c.tape != nil {
		return flow.ErrTaping
	}
	t, err := c.newTape("", tapeOf{stereo: o.Stereo, call: true}, map[string]flow.Value{})
	if err != nil {
		c.s.log().Error("a call can't be recorded", zap.String("session", c.id), zap.Error(err))
		return err
	}
	t.ready = o.Ready
	t.untap = []func(){p.audio.Tap(t.recorder.Side(1), c.hushed(p.audio.Port, t.recorder.Side(0)))}
	c.tape = t
	return nil
}

// PauseTape leaves out what follows.
func (l *line) PauseTape() bool { return l.call.tape != nil && l.call.tape.recorder.Pause() }

// ResumeTape goes on after a pause.
func (l *line) ResumeTape() bool { return l.call.tape != nil && l.call.tape.recorder.Resume() }

// StopTape ends the recording of the call; the end of the flow does so, too.
func (l *line) StopTape() (flow.Recording, bool) {
	c := l.call
	t := c.tape
	if t == nil {
		return flow.Recording{}, false
	}
	c.tape = nil
	r := t.keep()
	switch {
	case r.File == "":
		c.journal.say("Recorded %s: not kept", seconds(r.Duration))
	case t.ready != nil:
		t.ready(r.File)
	}
	return *r, true
}

// SendDigits presses keys for the party on the line, in pieces that its port takes at once.
func (l *line) SendDigits(ctx context.Context, digits string) error {
	if err := l.Answer(ctx); err != nil {
		return err
	}
	const piece = 32
	for len(digits) > 0 {
		n := min(piece, len(digits))
		if err := l.audio.SendDigits(ctx, digits[:n]); err != nil {
			return l.gone(ctx, fmt.Errorf("digits: %w", err))
		}
		digits = digits[n:]
	}
	return nil
}

var _ flow.Keypad = (*line)(nil)
