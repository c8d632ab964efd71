package speech

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
	"unicode"

	"go.uber.org/zap"

	"ringflow/media"
)

// ErrClosed: the speaker was closed.
var ErrClosed = errors.New("speech: closed")

// ErrSlow: the engines took longer than Patience.
var ErrSlow = fmt.Errorf("no answer within %v", Patience)

const (
	memory     = 16 << 20 // bytes of clips kept in memory
	concurrent = 8        // texts being spoken at once; more wait
)

// Speaker asks its engines in order until one speaks, and keeps what they
// said. It has no goroutine of its own.
type Speaker struct {
	links []*link
	voice string
	clips *media.ClipCache
	disk  *cache // nil: none
	log   *zap.Logger
	slots chan struct{}

	ctx    context.Context
	cancel context.CancelCauseFunc
	mu     sync.Mutex
	closed bool
	busy   sync.WaitGroup
}

type link struct {
	Engine
	breaker breaker
}

// NewSpeaker asks the engines in this order. voice is the one used where none
// is asked for; cacheDir may be empty, log may be nil.
func NewSpeaker(engines []Engine, voice, cacheDir string, cacheBytes int64, log *zap.Logger) (*Speaker, error) {
	s := &Speaker{voice: voice, clips: media.NewClipCache(memory), log: log, slots: make(chan struct{}, concurrent)}
	if log == nil {
		s.log = zap.NewNop()
	}
	for _, e := range engines {
		s.links = append(s.links, &link{Engine: e})
	}
	if cacheDir != "" {
		var err error
		if s.disk, err = openCache(cacheDir, cacheBytes); err != nil {
			return nil, fmt.Errorf("speech cache: %w", err)
		}
	}
	s.ctx, s.cancel = context.WithCancelCause(context.Background())
	return s, nil
}

// Speak gives the sound of a text within Patience, or an error. Texts without
// anything to say, such as dots, are an empty clip.
func (s *Speaker) Speak(ctx context.Context, text, voice string) (*media.Clip, error) {
	text = strings.TrimSpace(text)
	if err := checkText(text); err != nil {
		return nil, err
	}
	if !strings.ContainsFunc(text, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsSymbol(r) }) {
		return media.NewClip(nil, media.ClipRate)
	}
	if voice == "" {
		voice = s.voice
	}
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil, ErrClosed
	}
	s.busy.Add(1)
	s.mu.Unlock()
	defer s.busy.Done()

	ctx, cancel := context.WithTimeoutCause(ctx, Patience, ErrSlow)
	defer cancel()
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	defer context.AfterFunc(s.ctx, func() { stop(ErrClosed) })()

	key := voice + "\x00" + text
	second := false
	clip, err := s.clips.Do(ctx, key, func(ctx context.Context) (clip *media.Clip, err error) {
		clip, second, err = s.ask(ctx, text, voice)
		return clip, err
	})
	if second { // the first engine shall have its chance the next time
		s.clips.Forget(key)
	}
	return clip, err
}

// ask tries the engines in order; second tells that it was not the first one.
func (s *Speaker) ask(ctx context.Context, text, voice string) (clip *media.Clip, second bool, err error) {
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
	case <-ctx.Done():
		return nil, false, context.Cause(ctx)
	}
	var errs []error
	for i, l := range s.links {
		name := cacheName(l.Name(), voice, text)
		if s.disk != nil {
			if clip := s.disk.get(name); clip != nil {
				return clip, i > 0, nil
			}
		}
		if !l.breaker.allow() {
			errs = append(errs, fmt.Errorf("%s: left alone after %d failures", l.Name(), breakAfter))
			continue
		}
		clip, err := l.speak(ctx, text, voice, len(s.links)-1-i)
		if ctx.Err() != nil && !errors.Is(context.Cause(ctx), ErrSlow) {
			return nil, false, context.Cause(ctx) // nobody waits any more: no fault of the engine
		}
		if l.breaker.result(err == nil) {
			s.log.Warn("a speech engine fails again and again, it is left alone", zap.String("engine", l.Name()), zap.Duration("for", breakFor), zap.Error(err))
		}
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if s.disk != nil {
			if err := s.disk.put(name, clip); err != nil {
				s.log.Warn("speech can't be kept", zap.Error(err))
			}
		}
		if len(errs) > 0 {
			s.log.Warn("a speech engine failed, another one spoke", zap.String("engine", l.Name()), zap.Error(errors.Join(errs...)))
		}
		return clip, i > 0, nil
	}
	return nil, false, fmt.Errorf("speech: %w", errors.Join(errs...))
}

// shareOf is the time of one engine: three fifths of what is left, if others
// come after it, else all.
func shareOf(ctx context.Context, others int) (context.Context, context.CancelFunc) {
	end, ok := ctx.Deadline()
	if !ok || others == 0 {
		return ctx, func() {}
	}
	share := time.Until(end) * 3 / 5
	return context.WithTimeoutCause(ctx, share, fmt.Errorf("no answer within %v", share.Round(time.Millisecond)))
}

// speak is one engine's try, in its share of the time.
func (l *link) speak(ctx context.Context, text, voice string, others int) (*media.Clip, error) {
	ctx, cancel := shareOf(ctx, others)
	defer cancel()
	clip, err := l.Speak(ctx, text, voice)
	if err != nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return nil, fmt.Errorf("%s: %w", l.Name(), err)
	}
	if clip.Duration() == 0 {
		return nil, fmt.Errorf("%s: no sound for a text of %d bytes", l.Name(), len(text))
	}
	return clip, nil
}

// Close ends what is being spoken, and waits for it.
func (s *Speaker) Close() error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.cancel(ErrClosed)
	s.busy.Wait()
	var errs []error
	for _, l := range s.links {
		if c, ok := l.Engine.(io.Closer); ok {
			errs = append(errs, c.Close())
		}
	}
	return errors.Join(errs...)
}
