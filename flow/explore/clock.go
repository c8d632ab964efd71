package explore

import (
	"context"
	"time"
)

// clock is virtual time: it passes where the flow waits.
type clock struct {
	now    time.Time
	timers []*timer
	waits  func(time.Duration) // told of what the flow waits; nil: nobody
}

type timer struct {
	at     time.Time
	cause  error
	cancel context.CancelCauseFunc
}

func (c *clock) Now() time.Time { return c.now }

// Wait implements flow.Clock: the caller hears nothing meanwhile.
func (c *clock) Wait(ctx context.Context, d time.Duration) error {
	begin := c.now
	err := c.pass(ctx, d)
	if c.waits != nil {
		c.waits(c.now.Sub(begin))
	}
	return err
}

func (c *clock) WithTimeout(ctx context.Context, d time.Duration, cause error) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	t := &timer{at: c.now.Add(d), cause: cause, cancel: cancel}
	c.timers = append(c.timers, t)
	return ctx, func() {
		t.cause = nil
		cancel(nil)
	}
}

// pass lets d pass, or less if ctx ends before.
func (c *clock) pass(ctx context.Context, d time.Duration) error {
	end := c.now.Add(d)
	for {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		var next *timer
		live := c.timers[:0]
		for _, t := range c.timers {
			if t.cause == nil {
				continue
			}
			live = append(live, t)
			if next == nil || t.at.Before(next.at) {
				next = t
			}
		}
		c.timers = live
		if next == nil || next.at.After(end) {
			if end.After(c.now) {
				c.now = end
			}
			return nil
		}
		if next.at.After(c.now) {
			c.now = next.at
		}
		cause := next.cause
		next.cause = nil
		next.cancel(cause)
	}
}
