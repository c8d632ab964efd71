package explore

import (
	"context"
	"errors"
	"time"

	"ringflow/flow"
)

// field decides what a field holds in this call; it stays so.
func (c *call) field(field string) flow.Value {
	v, ok := c.fields[field]
	if !ok {
		values := c.e.hints.values(field)
		i := c.e.oracle.choose(field, len(values), func(i int) string {
			switch {
			case i == 0:
				return ""
			case values[i] == "":
				return field + " is not set"
			}
			return field + " is " + values[i]
		})
		if values[i] != "" {
			v = flow.Text(values[i])
		}
		c.fields[field] = v
	}
	c.guessed = true
	return v
}

func (c *call) Endpoint(n string) (flow.Value, string, bool) {
	return c.field("Endpoint." + n), "Endpoint Field", true
}

func (c *call) Customer(n string) (flow.Value, string, bool) {
	return c.field("Customer." + n), "Customer Field", true
}

func (c *call) User(n string) (flow.Value, string, bool) {
	return c.field("User." + n), "User Field", true
}

func (c *call) System(n string) (flow.Value, string, bool) {
	return c.field("System." + n), "System Field", true
}

// Program implements flow.Flows.
func (c *call) Program(ctx context.Context, id string, _ int) (*flow.Program, error) {
	return c.e.other(ctx, id)
}

// State implements flow.Schedules.
func (c *call) State(context.Context, string, time.Time) (string, error) {
	options := []string{}
	for _, row := range c.param("Choices").List() {
		if s := row.Field("State").Text(); s != "" {
			options = append(options, s)
		}
	}
	options = append(options, "in no state")
	picked := options[c.e.oracle.choose(c.place("schedule"), len(options), func(i int) string { return "the schedule is " + options[i] })]
	if picked == "in no state" {
		return "", nil
	}
	return picked, nil
}

var errUnreached = errors.New("connection refused")

// Do implements flow.HTTP.
func (c *call) Do(ctx context.Context, _ flow.HTTPRequest) (flow.HTTPResponse, error) {
	options := []string{"", "the server answers 500", "the server can't be reached", "the server does not answer"}
	if c.line != nil && !c.async && !c.chat {
		options = append(options, hangsUp)
	}
	picked := options[c.choose("http", options)]
	wait := time.Second
	switch picked {
	case hangsUp:
		return flow.HTTPResponse{}, c.line.hangup()
	case "the server does not answer":
		wait = 24 * time.Hour
	}
	before := c.clock.Time
	err := c.clock.pass(ctx, wait)
	if c.line != nil && !c.async && !c.chat && !c.music {
		c.line.quiet(c.clock.Time.Sub(before))
	}
	switch {
	case err != nil:
		return flow.HTTPResponse{}, err
	case picked == "the server can't be reached":
		return flow.HTTPResponse{}, errUnreached
	case picked == "the server answers 500":
		return flow.HTTPResponse{Status: 500, Body: "{}"}, nil
	}
	return flow.HTTPResponse{Status: 200, Body: "{}"}, nil
}

// SetCookie implements flow.Cookies.
func (c *call) SetCookie(_ context.Context, _, name string, v flow.Value, _ time.Time) error {
	c.fields["cookie "+name] = v
	return nil
}

func (c *call) Cookie(_ context.Context, _, name string, _ time.Time) (flow.Value, bool, error) {
	if v, ok := c.fields["cookie "+name]; ok {
		return v, !v.IsNothing(), nil
	}
	if c.choose("cookie", []string{"", "the caller has the cookie " + name}) == 0 {
		return flow.Value{}, false, nil
	}
	return flow.Text("1"), true, nil
}

func (c *call) ClearCookie(_ context.Context, _, name string) error {
	c.fields["cookie "+name] = flow.Value{}
	return nil
}

// FindCustomer implements flow.Finder.
func (c *call) FindCustomer(context.Context, string, string) (flow.FoundCustomer, bool, error) {
	found := c.choose("customer", []string{"", "there is such a customer"}) == 1
	return flow.FoundCustomer{ID: "customer-1", Name: "Customer"}, found, nil
}

func (c *call) FindEndpoint(context.Context, string, string) (string, bool, error) {
	return "endpoint-2", c.choose("endpoint", []string{"", "there is such an endpoint"}) == 1, nil
}

// Uint64 implements rand.Source: chance is decided too.
func (c *call) Uint64() uint64 {
	const half = 1 << 52 // of what rand.Rand makes a fraction of
	if c.step.TypeName != "RandomNode" {
		return half
	}
	rows := c.param("Choices").List()
	weights, all := make([]float64, len(rows)), 0.0
	for i, row := range rows {
		weights[i] = 1
		if w := row.Field("Weight"); !w.IsNothing() {
			weights[i], _ = w.Number()
		}
		all += weights[i]
	}
	if all <= 0 {
		return half
	}
	var at []float64
	var names []string
	sum := 0.0
	for i, w := range weights {
		if w > 0 {
			at = append(at, (sum+w/2)/all)
			names = append(names, "chance takes "+rows[i].Field("Name").Text())
		}
		sum += w
	}
	return uint64(at[c.choose("chance", names)] * (1 << 53))
}
