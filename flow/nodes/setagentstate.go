package nodes

import (
	"context"
	"errors"
	"strings"

	"ringflow/flow"
)

func init() { flow.Register("SetAgentStateNode", func() flow.Node { return new(setAgent) }) }

type setAgent struct{ user, state string }

func (n *setAgent) Spec(s *flow.Spec) {
	s.Title, s.Category = "Set Agent State", flow.CallCentreNodes
	s.Doc = "Sets whether a user takes calls of queues. A call that the user has is not touched."
	s.Ref(&n.user, "User", flow.UserType, "The user; empty: the one who calls.")
	s.String(&n.state, "State", "Ready", "Ready takes calls, NotReady doesn't for a while, LoggedOut is not there.").PossibleValues("Ready", "NotReady", "LoggedOut")
	s.Exit("Done", "It is set, or there is no such user, which the log tells.")
}

func (n *setAgent) Run(ctx context.Context, x *flow.Execution) (string, error) {
	if x.CallCentre == nil {
		x.Logf("there are no agents here")
		return "Done", nil
	}
	name, err := x.CallCentre.SetAgent(ctx, strings.TrimSpace(n.user), n.state)
	switch {
	case errors.Is(err, flow.ErrNoUser) && n.user == "":
		x.Logf("nobody is set to %s: who calls is no user", n.state)
	case errors.Is(err, flow.ErrNoUser):
		x.Logf("nobody is set to %s: there is no user %s", n.state, n.user)
	case err != nil:
		return "", err
	default:
		x.Logf("%s is %s", name, n.state)
	}
	return "Done", nil
}
