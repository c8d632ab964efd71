package explore

import (
	"context"
	"strings"
	"time"

	"ringflow/flow"
)

// StartTape implements flow.Taping.
func (l *line) StartTape(ctx context.Context, o flow.TapeOptions) error {
	if l.ready != nil {
		return flow.ErrTaping
	}
	l.ready, l.paused = o.Ready, false
	return context.Cause(ctx)
}

// PauseTape implements flow.Taping.
func (l *line) PauseTape() bool {
	was := l.ready != nil && !l.paused
	l.paused = l.paused || was
	return was
}

// ResumeTape implements flow.Taping.
func (l *line) ResumeTape() bool {
	was := l.ready != nil && l.paused
	l.paused = false
	return was
}

// StopTape implements flow.Taping. It is also what the end of the call does.
func (l *line) StopTape() (flow.Recording, bool) {
	ready := l.ready
	if ready == nil {
		return flow.Recording{}, false
	}
	l.ready = nil
	ready("recording")
	return flow.Recording{File: "recording", Duration: time.Minute}, true
}

// SendDigits implements flow.Keypad.
func (l *line) SendDigits(ctx context.Context, digits string) error {
	if _, err := l.happens(ctx, "send", "", hangsUp); err != nil {
		return err
	}
	l.sound()
	pauses := strings.Count(strings.ToLower(digits), "w")
	return l.c.clock.pass(ctx, time.Duration(len(digits)-pauses)*flow.DigitLength+time.Duration(pauses)*flow.DigitPause)
}

// DetectMachine implements flow.Detecting.
func (l *line) DetectMachine(ctx context.Context, limit time.Duration, beep bool) (flow.Detection, error) {
	options := []string{"", "a machine takes the call", "it stays unclear who takes the call", hangsUp}
	picked, err := l.happens(ctx, "machine", options...)
	if err != nil {
		return flow.Detection{}, err
	}
	d, length := flow.Detection{Who: flow.DetectedHuman}, time.Second
	switch picked {
	case options[1]:
		d.Who, length = flow.DetectedMachine, limit
		if beep {
			length += 10 * time.Second
		}
	case options[2]:
		d.Who, length = flow.DetectedUnknown, limit
	}
	l.heard, l.silent = true, 0 // it is the far end that speaks
	return d, l.c.clock.pass(ctx, length)
}

var (
	_ flow.Taping    = (*line)(nil)
	_ flow.Keypad    = (*line)(nil)
	_ flow.Detecting = (*line)(nil)
)
