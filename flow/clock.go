package flow

import (
	"context"
	"time"
)

// Clock is the time of an execution: the real one, or that of a story.
type Clock interface {
	Now() time.Time
	// Wait returns nil after d, or the cause when ctx ends before.
	Wait(ctx context.Context, d time.Duration) error
	// WithTimeout gives a context that ends after d, with cause.
	WithTimeout(ctx context.Context, d time.Duration, cause error) (context.Context, context.CancelFunc)
}

// RealClock is the clock on the wall.
type RealClock struct{}

func (RealClock) Now() time.Time { return time.Now() }

func (RealClock) Wait(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return context.Cause(ctx)
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (RealClock) WithTimeout(ctx context.Context, d time.Duration, cause error) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, d, cause)
}
