package nodes

import (
	"context"
	"errors"
	"strings"

	"ringflow/flow"
)

func init() { flow.Register("AgentsAvailableNode", func() flow.Node { return new(agentsAvailable) }) }

type agentsAvailable struct {
	team           string
	ready, waiting int
}

func (n *agentsAvailable) Spec(s *flow.Spec) {
	s.Title, s.Category = "Agents Available", flow.CallCentreNodes
	s.Doc = "Looks whether an agent of a team could take a call now."
	s.Ref(&n.team, "Team", flow.TeamType, "The team.")
	s.Output(&n.ready, "Ready", flow.NumberType, "How many of its agents are ready and have no call.")
	s.Output(&n.waiting, "Waiting", flow.NumberType, "How many callers wait in its queue.")
	s.Exit("Yes", "At least one is ready.")
	s.Exit("No", "None is, or there is no such team.")
}

func (n *agentsAvailable) Run(ctx context.Context, x *flow.Execution) (string, error) {
	if x.CallCentre == nil {
		x.Logf("there are no agents here")
		return "No", nil
	}
	var err error
	n.ready, n.waiting, err = x.CallCentre.Agents(ctx, strings.TrimSpace(n.team))
	switch {
	case errors.Is(err, flow.ErrNoTeam):
		x.Logf("there is no team %s", x.Quote(n.team))
		return "No", nil
	case err != nil:
		return "", err
	}
	x.Logf("%s ready, %s waiting", flow.Thousands(n.ready), flow.Thousands(n.waiting))
	if n.ready == 0 {
		return "No", nil
	}
	return "Yes", nil
}
