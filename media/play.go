package media

import (
	"context"
	"slices"
)

// playing is a source on its way to the party.
type playing struct {
	source Source
	done   chan struct{}
	err    error
}

func (s *playing) end(err error) {
	s.err = err
	close(s.done)
}

// Play has the party hear s, in a bridge on top of the others. It returns nil
// at the end of s, the cause if ctx ends, ErrReplaced if another Play took over,
// ErrClosed if the port closed. When it returns, s is not read any more.
func (p *Port) Play(ctx context.Context, s Source) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	x := &playing{source: s, done: make(chan struct{})}
	p.sound.Lock()
	if p.ctx.Err() != nil {
		p.sound.Unlock()
		return ErrClosed
	}
	if p.source != nil {
		p.source.end(ErrReplaced)
	}
	p.source = x
	p.sounding.Store(true)
	p.sound.Unlock()

	var err error
	select {
	case <-x.done:
		return x.err
	case <-ctx.Done():
		err = context.Cause(ctx)
	case <-p.ctx.Done():
		err = ErrClosed
	}
	p.sound.Lock()
	defer p.sound.Unlock()
	if p.source == x {
		p.source = nil
		p.sounding.Store(false)
		return err
	}
	<-x.done // it ended in the same moment
	return x.err
}

// tap is one listener.
type tap struct{ sink Sink }

// Tap has said take what the party says, and heard what it hears, a frame each
// every 20 ms, silence included, so that both stay in step. Either may be nil.
// Once untap returns, neither is called any more; a sink may not call untap.
func (p *Port) Tap(heard, said Sink) (untap func()) {
	var h, s *tap
	p.sound.Lock()
	if heard != nil {
		h = &tap{heard}
		p.heard = append(slices.Clip(p.heard), h)
	}
	if said != nil {
		s = &tap{said}
		p.said = append(slices.Clip(p.said), s)
	}
	p.countTaps()
	p.sound.Unlock()
	return func() {
		p.sound.Lock()
		p.heard = slices.DeleteFunc(slices.Clone(p.heard), func(t *tap) bool { return t == h })
		p.said = slices.DeleteFunc(slices.Clone(p.said), func(t *tap) bool { return t == s })
		p.countTaps()
		p.sound.Unlock()
	}
}

// countTaps has the tick know without a lock. sound is held.
func (p *Port) countTaps() {
	p.saidTaps.Store(int32(len(p.said)))
	p.taps.Store(int32(len(p.heard) + len(p.said)))
}
