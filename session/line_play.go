package session

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"ringflow/flow"
	"ringflow/media"
)

// maxTyped digits are kept for the next node that wants some.
const maxTyped = 20

// Play plays p, until its end or a digit of stopOn.
func (l *line) Play(ctx context.Context, p flow.Prompt, stopOn string) (rune, error) {
	if err := l.Answer(ctx); err != nil {
		return 0, err
	}
	l.listen()
	if d := l.pick(stopOn); d != 0 {
		return d, nil
	}
	source, err := l.call.source(ctx, p)
	if err != nil {
		if ctx.Err() != nil {
			return 0, context.Cause(ctx)
		}
		return 0, &flow.PromptError{Prompt: p, Err: err}
	}
	if stopOn == "" {
		return 0, l.sound(ctx, source)
	}

	// A digit stops the prompt: the prompt has a goroutine of its own as long
	// as it plays, the digits come to this one.
	playing, stop := context.WithCancel(ctx)
	over := make(chan error, 1)
	go func() { over <- l.sound(playing, source) }()
	defer func() {
		stop()
		if over != nil {
			<-over
		}
	}()
	for {
		select {
		case err := <-over:
			over = nil
			return 0, err
		case d := <-l.audio.Digits():
			l.keep(d)
			if d := l.pick(stopOn); d != 0 {
				return d, nil
			}
		}
	}
}

// sound plays s to its end.
func (l *line) sound(ctx context.Context, s media.Source) error {
	return l.gone(ctx, l.audio.Play(ctx, s))
}

// gone is the cause of what ended a verb of the port, if that is the leg's end.
func (l *line) gone(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.Is(err, media.ErrClosed):
		// The leg frees its port a moment before its context ends the run.
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(time.Second):
		}
	}
	return err
}

// Digit waits for one digit.
func (l *line) Digit(ctx context.Context, timeout time.Duration) (rune, error) {
	l.listen()
	if len(l.typed) > 0 {
		d := l.typed[0]
		l.typed = l.typed[1:]
		return d, nil
	}
	var digits <-chan rune
	if l.audio != nil {
		digits = l.audio.Digits()
	}
	t := time.NewTimer(timeout)
	defer t.Stop()
	select {
	case d := <-digits:
		return d, nil
	case <-t.C:
		return 0, flow.ErrTimeout
	case <-ctx.Done():
		return 0, context.Cause(ctx)
	}
}

// DropDigits forgets what was typed ahead.
func (l *line) DropDigits() {
	l.listen()
	l.typed = nil
}

// listen takes what was typed in the meantime.
func (l *line) listen() {
	if l.audio == nil {
		return
	}
	for {
		select {
		case d := <-l.audio.Digits():
			l.keep(d)
		default:
			return
		}
	}
}

func (l *line) keep(d rune) {
	if len(l.typed) < maxTyped {
		l.typed = append(l.typed, d)
	}
}

// pick takes the first digit that is one of these.
func (l *line) pick(these string) rune {
	for i, d := range l.typed {
		if strings.ContainsRune(these, d) {
			l.typed = slices.Delete(l.typed, i, i+1)
			return d
		}
	}
	return 0
}
