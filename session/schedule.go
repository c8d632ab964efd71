package session

import (
	"context"
	"fmt"
	"time"

	"ringflow/endpoints"
	"ringflow/flow"
)

// moment is the state of e's schedule at a time: its own, or what it has from
// its customers.
func (s *Switchboard) moment(ctx context.Context, e *endpoints.Endpoint, settings *endpoints.Settings, at time.Time) (endpoints.Moment, error) {
	customers, err := s.cache.customerLine(ctx, e.CustomerID)
	if err != nil {
		return endpoints.Moment{}, err
	}
	return endpoints.MomentOf(append([]*endpoints.Schedule{e.Schedule}, schedulesOf(customers)...), settings.TimeZoneID, at), nil
}

func schedulesOf(customers []*endpoints.Customer) []*endpoints.Schedule {
	out := make([]*endpoints.Schedule, len(customers))
	for i, c := range customers {
		out[i] = c.Schedule
	}
	return out
}

// flowNow is the flow that runs for e when the account's clock shows at, with
// its parameters, and the state that made it so; of an endpoint that follows
// no schedule there is none.
func (s *Switchboard) flowNow(ctx context.Context, e *endpoints.Endpoint, settings *endpoints.Settings) (id string, params map[string]endpoints.Value, state string, err error) {
	var m endpoints.Moment
	if e.Scheduled {
		if m, err = s.moment(ctx, e, settings, settings.Now(time.Now())); err != nil {
			return "", nil, "", err
		}
	}
	id, params = e.FlowAt(m)
	return id, params, m.State, nil
}

// scheduleWords tell what chose the flow, and of a time that is not the real one.
func (c *call) scheduleWords() string {
	words := ""
	if c.state != "" {
		words = fmt.Sprintf(" for the state %s of the schedule", c.state)
	}
	if c.settings.OverrideSystemTime {
		words += ", by the account's test clock at " + c.clock.Now().In(c.settings.Location()).Format("2006-01-02 15:04:05 MST")
	}
	return words
}

// schedules tells a flow in which state the schedules of its call are.
type schedules struct{ c *call }

func (s schedules) State(ctx context.Context, of string, at time.Time) (string, error) {
	c := s.c
	if of == flow.OfCustomer {
		return endpoints.MomentOf(schedulesOf(c.customers), c.settings.TimeZoneID, at).State, nil
	}
	if c.endpoint == nil {
		return "", nil
	}
	m, err := c.s.moment(ctx, c.endpoint, c.settings, at)
	return m.State, err
}

// clock is the account's: the real one, or its test clock, which is ahead or
// behind by as much as when the call began.
type clock struct {
	flow.RealClock
	by time.Duration
}

func newClock(settings *endpoints.Settings) clock {
	now := time.Now()
	return clock{by: settings.Now(now).Sub(now)}
}

func (c clock) Now() time.Time { return c.RealClock.Now().Add(c.by) }
