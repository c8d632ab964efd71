// Package flowtest runs flows without a phone. A Story is one file: a flow,
// the data it runs on, the world that it meets, what the caller does and what
// is expected. It runs the real nodes and the real interpreter on a simulated
// line in virtual time: a call of ten minutes takes milliseconds and comes out
// the same each time.
package flowtest

import (
	"context"
	"time"
)

// clock is virtual time: it stands still but where the flow waits, and then
// goes on to the next thing that is due.
type clock struct {
	now    time.Time
	timers []*timer
	script *script // what the caller does, and when
}

// timer ends a context.
type timer struct {
	at     time.Time
	cause  error
	cancel context.CancelCauseFunc
}

// Now implements flow.Clock.
func (c *clock) Now() time.Time { return c.now }

// Wait implements flow.Clock.
func (c *clock) Wait(ctx context.Context, d time.Duration) error {
	_, err := c.until(ctx, c.now.Add(d), func() bool { return false })
	return err
}

// WithTimeout implements flow.Clock.
func (c *clock) WithTimeout(ctx context.Context, d time.Duration, cause error) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	t := &timer{at: c.now.Add(d), cause: cause, cancel: cancel}
	c.timers = append(c.timers, t)
	return ctx, func() {
		t.cause = nil
		cancel(nil)
	}
}

// until lets time pass to end, or to when woken is true, or to the end of ctx.
func (c *clock) until(ctx context.Context, end time.Time, woken func() bool) (woke bool, err error) {
	for {
		if err := context.Cause(ctx); err != nil {
			return false, err
		}
		if woken() {
			return true, nil
		}
		due, act := c.script.due()
		for _, t := range c.timers {
			if t.cause != nil && (act == nil || t.at.Before(due)) {
				due, act = t.at, t.fire
			}
		}
		if act == nil || due.After(end) {
			if end.After(c.now) {
				c.now = end
			}
			return false, context.Cause(ctx)
		}
		if due.After(c.now) {
			c.now = due
		}
		act()
	}
}

func (t *timer) fire() {
	cause := t.cause
	t.cause = nil
	t.cancel(cause)
}
