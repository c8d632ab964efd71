package nodes

import (
	"context"
	"strings"

	"ringflow/flow"
)

func init() { flow.Register("PickupNode", func() flow.Node { return new(pickup) }) }

type pickup struct{ user string }

func (n *pickup) Spec(s *flow.Spec) {
	s.Title, s.Category = "Pickup", flow.CallCentreNodes
	s.Doc = "Lets the caller take a call that a Dial or Queue node rings at a colleague, or at a member of a team, of the same account: the others stop ringing. It does not answer a call that finds nothing. Of several who pick up at the same time, one gets the call."
	s.Needs(flow.Voice)
	s.Ref(&n.user, "User", flow.UserType, "A User or a Team, of whom any member will do: where it rings. Text is a user's SIP name, e-mail address or extension.").Need("names nobody whose calls are picked up")
	s.Exit("Done", "The two have talked, the other side has hung up, and the caller goes on.")
	s.Exit("Nothing Ringing", "Nothing rings there, or somebody else was faster.")
}

func (n *pickup) Run(ctx context.Context, x *flow.Execution) (string, error) {
	line, ok := x.Line.(flow.Picker)
	if !ok {
		x.Logf("no call can be picked up here")
		return "Nothing Ringing", nil
	}
	r, err := line.Pickup(ctx, flow.Pickup{Of: strings.TrimSpace(n.user), Log: x.Logf})
	if r.Found {
		x.Logf("talked for %s; %s", flow.Seconds(r.Talked), sides[r.Ended])
	}
	switch {
	case err != nil:
		return "", err
	case !r.Found:
		x.Logf("nothing rings at %s", x.Quote(n.user))
		return "Nothing Ringing", nil
	case r.Ended == flow.Near:
		return "", flow.ErrHungUp
	}
	return "Done", nil
}
