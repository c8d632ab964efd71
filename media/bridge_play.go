package media

import (
	"context"
	"errors"
	"io"
	"slices"
)

// Play has all members hear s, on top of each other, whoever joins or leaves
// meanwhile; while nobody is in the bridge, s stands still. It returns nil at
// the end of s, the cause if ctx ends, ErrReplaced if another Play took over.
// When it returns, s is not read any more.
func (b *Bridge) Play(ctx context.Context, s Source) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	x := &playing{source: s, done: make(chan struct{})}
	b.mu.Lock()
	if b.source != nil {
		b.source.end(ErrReplaced)
	}
	b.source = x
	b.mu.Unlock()
	select {
	case <-x.done:
		return x.err
	case <-ctx.Done():
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.source == x {
		b.source = nil
		return context.Cause(ctx)
	}
	<-x.done // it ended in the same moment
	return x.err
}

// Tap has mix take what is said to all and what is played to all, a frame every
// 20 ms as long as somebody is in the bridge. What one says to another alone is
// not in it. Once untap returns, mix is not called any more; a sink may not call
// untap.
func (b *Bridge) Tap(mix Sink) (untap func()) {
	t := &tap{mix}
	b.mu.Lock()
	b.taps = append(slices.Clip(b.taps), t)
	b.mu.Unlock()
	return func() {
		b.mu.Lock()
		b.taps = slices.DeleteFunc(slices.Clone(b.taps), func(o *tap) bool { return o == t })
		b.mu.Unlock()
	}
}

// playFrame is the next frame of what is played to all: silence if nothing is.
// mu is held.
func (b *Bridge) playFrame(n int) Frame {
	f := b.played[:n]
	if b.source != nil {
		err := b.source.source.ReadFrame(f)
		if err == nil {
			return f
		}
		if errors.Is(err, io.EOF) {
			err = nil
		}
		b.source.end(err)
		b.source = nil
	}
	clear(f)
	return f
}
