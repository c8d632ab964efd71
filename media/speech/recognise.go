package speech

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"sync"
	"time"
	"unicode"

	"go.uber.org/zap"

	"ringflow/media"
)

const (
	// TranscriptionTime is how long all recognisers together may take for a recording.
	TranscriptionTime = 10 * time.Minute
	// MaxHeard bounds what is recognised of a recording, MaxUtterance what is
	// recognised while a caller waits.
	MaxHeard     = 30 * time.Minute
	MaxUtterance = 15 * time.Second

	maxWaiting = 500     // recordings that wait for their turn
	maxText    = 100_000 // bytes that a recogniser may answer
	maxWords   = 200     // that a recogniser is told to expect
)

var (
	// ErrNoRecogniser: nobody is set up who could understand speech.
	ErrNoRecogniser = errors.New("no speech recogniser is set up")
	// ErrManyWait: more recordings wait to be transcribed than may.
	ErrManyWait = fmt.Errorf("%d recordings wait to be transcribed already", maxWaiting)

	errLongTranscription = fmt.Errorf("no transcription within %v", TranscriptionTime)
)

// Recogniser is one way to make text of speech.
type Recogniser interface {
	// Name tells recognisers apart in the log.
	Name() string
	// Recognise gives what is said in a clip. The words are what is expected:
	// a recogniser may take them as the only ones that there are, or as a hint;
	// none: anything may be said. Nothing understood is an empty text. It returns
	// soon after ctx ends, with nothing left running.
	Recognise(ctx context.Context, clip *media.Clip, words []string) (string, error)
}

// Listener asks its recognisers in order until one answers. It has no goroutine
// of its own; who asks waits.
type Listener struct {
	links []*ear
	log   *zap.Logger
	menus chan struct{} // callers wait for these
	long  chan struct{} // recordings: one a core

	ctx     context.Context
	cancel  context.CancelCauseFunc
	mu      sync.Mutex
	closed  bool
	waiting int // recordings
	busy    sync.WaitGroup
}

type ear struct {
	Recogniser
	breaker breaker
}

// NewListener asks the recognisers in this order; log may be nil.
func NewListener(recognisers []Recogniser, log *zap.Logger) *Listener {
	cores := runtime.GOMAXPROCS(0)
	l := &Listener{log: log, menus: make(chan struct{}, 2*cores), long: make(chan struct{}, cores)}
	if log == nil {
		l.log = zap.NewNop()
	}
	for _, r := range recognisers {
		l.links = append(l.links, &ear{Recogniser: r})
	}
	l.ctx, l.cancel = context.WithCancelCause(context.Background())
	return l
}

// Able tells whether there is anybody to ask.
func (l *Listener) Able() bool { return len(l.links) > 0 }

// Understand gives what a caller has just said, within Patience.
func (l *Listener) Understand(ctx context.Context, clip *media.Clip, words []string) (string, error) {
	return l.ask(ctx, l.menus, Patience, ErrSlow, func() (*media.Clip, error) { return clip, nil }, MaxUtterance, words)
}

// Transcribe gives what is said in a recording. As many are worked at as there
// are cores, the others wait their turn; each is read when it has come.
func (l *Listener) Transcribe(ctx context.Context, open func() (*media.Clip, error)) (string, error) {
	l.mu.Lock()
	if l.waiting >= maxWaiting {
		l.mu.Unlock()
		return "", ErrManyWait
	}
	l.waiting++
	l.mu.Unlock()
	defer func() {
		l.mu.Lock()
		l.waiting--
		l.mu.Unlock()
	}()
	return l.ask(ctx, l.long, TranscriptionTime, errLongTranscription, open, MaxHeard, nil)
}

// ask waits for a slot; limit counts from then on for recordings, whose turn may
// come late, and from the begin for a caller, who waits.
func (l *Listener) ask(ctx context.Context, slots chan struct{}, limit time.Duration, over error, open func() (*media.Clip, error), most time.Duration, words []string) (string, error) {
	if !l.Able() {
		return "", ErrNoRecogniser
	}
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return "", ErrClosed
	}
	l.busy.Add(1)
	l.mu.Unlock()
	defer l.busy.Done()
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	defer context.AfterFunc(l.ctx, func() { stop(ErrClosed) })()
	wait := ctx
	if slots == l.menus {
		var cancel context.CancelFunc
		wait, cancel = context.WithTimeoutCause(ctx, limit, over)
		defer cancel()
	}
	select {
	case slots <- struct{}{}:
		defer func() { <-slots }()
	case <-wait.Done():
		return "", context.Cause(wait)
	}
	if slots != l.menus {
		var cancel context.CancelFunc
		wait, cancel = context.WithTimeoutCause(ctx, limit, over)
		defer cancel()
	}
	clip, err := open()
	if err != nil {
		return "", err
	}
	clip = beginning(clip, most)
	var errs []error
	for i, e := range l.links {
		if !e.breaker.allow() {
			errs = append(errs, fmt.Errorf("%s: left alone after %d failures", e.Name(), breakAfter))
			continue
		}
		text, err := e.ask(wait, clip, words, len(l.links)-1-i)
		if ctx.Err() != nil {
			return "", context.Cause(ctx) // nobody waits any more: no fault of the recogniser
		}
		if e.breaker.result(err == nil) {
			l.log.Warn("a speech recogniser fails again and again, it is left alone", zap.String("recogniser", e.Name()), zap.Duration("for", breakFor), zap.Error(err))
		}
		if err == nil {
			if len(errs) > 0 {
				l.log.Warn("a speech recogniser failed, another one understood", zap.String("recogniser", e.Name()), zap.Error(errors.Join(errs...)))
			}
			return clean(text), nil
		}
		errs = append(errs, err)
	}
	return "", fmt.Errorf("speech: %w", errors.Join(errs...))
}

// ask is one recogniser's try, in its share of the time.
func (e *ear) ask(ctx context.Context, clip *media.Clip, words []string, others int) (string, error) {
	ctx, cancel := shareOf(ctx, others)
	defer cancel()
	text, err := e.Recognise(ctx, clip, words)
	if err != nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return "", fmt.Errorf("%s: %w", e.Name(), err)
	}
	return text, nil
}

// Close ends what is being recognised, and waits for it.
func (l *Listener) Close() error {
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
	l.cancel(ErrClosed)
	l.busy.Wait()
	var errs []error
	for _, e := range l.links {
		if c, ok := e.Recogniser.(io.Closer); ok {
			errs = append(errs, c.Close())
		}
	}
	return errors.Join(errs...)
}

// beginning is the clip, or so much of it.
func beginning(clip *media.Clip, most time.Duration) *media.Clip {
	if clip.Duration() <= most {
		return clip
	}
	short, err := media.NewClip(clip.Samples()[:int(most.Seconds())*media.ClipRate], media.ClipRate)
	if err != nil {
		return clip // clips have one rate: it can't be
	}
	return short
}

// clean is a text of others as we keep it: on one line, bounded.
func clean(text string) string {
	if len(text) > maxText {
		text = text[:maxText]
	}
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, ""))
	return strings.Join(strings.Fields(text), " ")
}
