package session

import (
	"context"
	"errors"
	"time"

	"ringflow/flow"
	"ringflow/media"
)

// Listener makes text of speech; a speech.Listener is one. It bounds how much it
// does at once and how long that takes.
type Listener interface {
	// Able tells whether it can understand anything at all.
	Able() bool
	// Understand gives what a caller has just said; the words are what is expected.
	Understand(ctx context.Context, clip *media.Clip, words []string) (string, error)
	// Transcribe gives what is said in a recording, which it opens when its turn has come.
	Transcribe(ctx context.Context, open func() (*media.Clip, error)) (string, error)
}

var _ flow.Hearing = (*line)(nil)

// anyKey are all that a phone can send.
const anyKey = "0123456789*#ABCD"

// Hear plays the prompt and waits for a key or for speech. It stops the prompt as
// soon as the party speaks; how that is told from its own echo, and when what is
// said is over, is media.Utterance's to say.
func (l *line) Hear(ctx context.Context, o flow.Listening) (flow.Heard, error) {
	if l.call.s.Ears == nil || !l.call.s.Ears.Able() {
		return flow.Heard{}, flow.ErrNoHearing
	}
	if err := l.Answer(ctx); err != nil {
		return flow.Heard{}, err
	}
	l.listen()
	if d := l.pick(anyKey); d != 0 {
		return flow.Heard{Key: d}, nil
	}
	var source media.Source
	if !o.Prompt.Empty() {
		var err error
		if source, err = l.call.source(ctx, o.Prompt); err != nil {
			if ctx.Err() != nil {
				return flow.Heard{}, context.Cause(ctx)
			}
			return flow.Heard{}, &flow.PromptError{Prompt: o.Prompt, Err: err}
		}
	}
	u := &media.Utterance{Began: make(chan struct{}, 1), Said: make(chan []int16, 1)}
	key, said, err := l.hearing(ctx, u, source, o.Timeout)
	if err != nil || key != 0 {
		return flow.Heard{Key: key}, err
	}
	clip, err := media.NewClip(said, media.ClipRate)
	var text string
	if err == nil {
		text, err = l.call.s.Ears.Understand(ctx, clip, o.Words)
	}
	if ctx.Err() != nil {
		return flow.Heard{}, context.Cause(ctx)
	}
	return flow.Heard{Text: text, Err: err}, nil
}

// hearing waits for what comes first: a key, or the end of what is said. The
// prompt has a goroutine of its own as long as it plays.
func (l *line) hearing(ctx context.Context, u *media.Utterance, prompt media.Source, timeout time.Duration) (key rune, said []int16, err error) {
	u.Playing(prompt != nil)
	defer l.audio.Tap(nil, u)()
	quiet := time.NewTimer(timeout) // after the prompt
	defer quiet.Stop()
	var over chan error // nil: nothing plays
	stop := func() {}
	if prompt != nil {
		quiet.Stop()
		playing, cancel := context.WithCancel(ctx)
		over, stop = make(chan error, 1), cancel
		go func(over chan<- error) { over <- l.sound(playing, prompt) }(over)
	}
	defer func() {
		stop()
		if over != nil {
			<-over
		}
	}()
	speaks := false
	for {
		select {
		case err := <-over:
			over = nil
			if err != nil && !(speaks && errors.Is(err, context.Canceled)) {
				return 0, nil, err
			}
			u.Playing(false)
			if !speaks {
				quiet.Reset(timeout)
			}
		case <-u.Began:
			speaks = true
			quiet.Stop()
			stop()
		case said := <-u.Said:
			return 0, said, nil
		case d := <-l.audio.Digits():
			l.keep(d)
			if d := l.pick(anyKey); d != 0 {
				return d, nil, nil
			}
		case <-quiet.C:
			return 0, nil, flow.ErrTimeout
		case <-ctx.Done():
			return 0, nil, context.Cause(ctx)
		}
	}
}
