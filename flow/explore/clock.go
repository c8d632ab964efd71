package explore

import (
	"context"
	"time"

	"ringflow/flow/virtual"
)

// clock tells of what the flow itself waits, where the caller hears nothing.
type clock struct {
	virtual.Clock
	waits func(time.Duration)
}

// Wait implements flow.Clock.
func (c *clock) Wait(ctx context.Context, d time.Duration) error {
	begin := c.Time
	err := c.pass(ctx, d)
	c.waits(c.Time.Sub(begin))
	return err
}

// pass lets d pass where something else than the flow waits.
func (c *clock) pass(ctx context.Context, d time.Duration) error { return c.Clock.Wait(ctx, d) }
