package nodes

import (
	"context"
	"strings"

	"ringflow/flow"
)

func init() { flow.Register("FindEndpointNode", func() flow.Node { return new(findEndpoint) }) }

type findEndpoint struct{ field, value, endpoint string }

func (n *findEndpoint) Spec(s *flow.Spec) {
	s.Title, s.Category = "Find Endpoint", flow.General
	s.Doc = "Looks for an endpoint of the account, such as the user with an extension, for a Dial to ring."
	s.String(&n.field, "Field", "", "What to look in: Id, DisplayName, PhoneNumber, EmailAddress, SipUserName, FirstName, LastName, or an Endpoint Field.")
	s.String(&n.value, "Value", "", "What it must be equal to; empty finds nothing.")
	s.Output(&n.endpoint, "Endpoint", flow.EndpointType, "The endpoint.")
	s.Exit("Found", "There is one; of several the oldest is taken.")
	s.Exit("Not Found", "There is none.")
}

func (n *findEndpoint) Run(ctx context.Context, x *flow.Execution) (string, error) {
	if !searchable(x, n.field, n.value, "endpoints") {
		return "Not Found", nil
	}
	id, ok, err := x.Finder.FindEndpoint(ctx, strings.TrimSpace(n.field), strings.TrimSpace(n.value))
	if err != nil {
		return "", err
	}
	if !ok {
		x.Logf("no endpoint has the %s %s", n.field, x.Quote(n.value))
		return "Not Found", nil
	}
	n.endpoint = id
	return "Found", nil
}
