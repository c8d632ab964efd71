// Package virtual is time that passes only where somebody waits for it: a call
// of ten minutes takes no time, and comes out the same each time.
package virtual

import (
	"context"
	"time"
)

// Clock stands still but where the flow waits, and then goes on to the next
// thing that is due. It is a flow.Clock, of one goroutine.
type Clock struct {
	Time time.Time
	// Due tells what else than an end of a context is due next, and what happens
	// then; a nil act, as a nil Due, is nothing. At one moment it comes first.
	Due func() (at time.Time, act func())

	timers []*timer // those that are stopped go at the next wait
}

// timer ends a context.
type timer struct {
	at     time.Time
	cause  error // nil: stopped, or over
	cancel context.CancelCauseFunc
}

// Now is the time on the clock.
func (c *Clock) Now() time.Time { return c.Time }

// Wait lets d pass, or less if ctx ends before; then it gives the cause.
func (c *Clock) Wait(ctx context.Context, d time.Duration) error {
	_, err := c.Until(ctx, c.Time.Add(d), nil)
	return err
}

// WithTimeout ends the context with cause once d has passed.
func (c *Clock) WithTimeout(ctx context.Context, d time.Duration, cause error) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	t := &timer{at: c.Time.Add(d), cause: cause, cancel: cancel}
	c.timers = append(c.timers, t)
	return ctx, func() {
		t.cause = nil
		cancel(nil)
	}
}

// Until lets time pass to end, or to when woken is true (nil: nothing wakes),
// or to the end of ctx; then it gives the cause.
func (c *Clock) Until(ctx context.Context, end time.Time, woken func() bool) (woke bool, err error) {
	for {
		if err := context.Cause(ctx); err != nil {
			return false, err
		}
		if woken != nil && woken() {
			return true, nil
		}
		due, act := c.next()
		if act == nil || due.After(end) {
			c.forward(end)
			return false, nil
		}
		c.forward(due)
		act()
	}
}

// next finds what is due next, and forgets the timers that are stopped.
func (c *Clock) next() (due time.Time, act func()) {
	if c.Due != nil {
		due, act = c.Due()
	}
	live := c.timers[:0]
	for _, t := range c.timers {
		if t.cause == nil {
			continue
		}
		live = append(live, t)
		if act == nil || t.at.Before(due) {
			due, act = t.at, t.fire
		}
	}
	clear(c.timers[len(live):])
	c.timers = live
	return due, act
}

func (c *Clock) forward(to time.Time) {
	if to.After(c.Time) {
		c.Time = to
	}
}

func (t *timer) fire() {
	cause := t.cause
	t.cause = nil
	t.cancel(cause)
}
