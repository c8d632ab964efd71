package nodes

import (
	"context"
	"strings"

	"ringflow/flow"
)

func init() { flow.Register("ScheduleNode", func() flow.Node { return new(schedule) }) }

type schedule struct {
	of      string
	choices []scheduleChoice
}

type scheduleChoice struct{ state, name string }

func (n *schedule) Spec(s *flow.Spec) {
	s.Title, s.Category = "Schedule", flow.DateAndTime
	s.Doc = "Goes on by the state that a schedule is in, such as Business Hours, After Hours or Holiday."
	s.String(&n.of, "Of", flow.OfEndpoint, "Whose schedule: that of the endpoint that the flow runs on, or of its customer.").PossibleValues(flow.OfEndpoint, flow.OfCustomer)
	flow.Rows(s, &n.choices, "Choices", "The states that matter; each names its transition.", func(c *scheduleChoice, s *flow.Spec) {
		s.RowName(&c.name)
		s.String(&c.state, "State", "", "The state; capital and small letters count as the same.")
	})
	s.ExitPerRow("Choices", "The schedule is in this state.", "State")
	s.Exit("No Matches", "It is in none of them, or there is no schedule.")
}

func (n *schedule) Run(ctx context.Context, x *flow.Execution) (string, error) {
	if x.Schedules == nil {
		x.Logf("there are no schedules here")
		return "No Matches", nil
	}
	state, err := x.Schedules.State(ctx, n.of, x.Now())
	if err != nil {
		return "", err
	}
	if state == "" {
		x.Logf("there is no schedule, or it gives no state")
		return "No Matches", nil
	}
	x.Logf("the state is %s", state)
	for _, c := range n.choices {
		if strings.EqualFold(strings.TrimSpace(c.state), state) {
			return c.name, nil
		}
	}
	return "No Matches", nil
}
