package nodes

import (
	"context"
	"strings"

	"ringflow/flow"
)

func init() { flow.Register("FindCustomerNode", func() flow.Node { return new(findCustomer) }) }

type findCustomer struct{ field, value string }

func (n *findCustomer) Spec(s *flow.Spec) {
	s.Title, s.Category = "Find Customer", flow.General
	s.Doc = "Looks for a customer, and makes the one that it finds the session's: Customer Fields are that one's from then on."
	s.String(&n.field, "Field", "", "What to look in: Id, Name, ReferenceId, or a Customer Field.")
	s.String(&n.value, "Value", "", "What it must be equal to; empty finds nothing.")
	s.Exit("Found", "There is one; of several the oldest is taken.")
	s.Exit("Not Found", "There is none.")
}

func (n *findCustomer) Run(ctx context.Context, x *flow.Execution) (string, error) {
	if !searchable(x, n.field, n.value, "customers") {
		return "Not Found", nil
	}
	c, ok, err := x.Finder.FindCustomer(ctx, strings.TrimSpace(n.field), strings.TrimSpace(n.value))
	if err != nil {
		return "", err
	}
	if !ok {
		x.Logf("no customer has the %s %s", n.field, x.Quote(n.value))
		return "Not Found", nil
	}
	x.Session.CustomerID, x.Session.CustomerName = c.ID, c.Name
	x.Logf("found the customer %s", x.Quote(c.Name))
	return "Found", nil
}

// searchable tells whether there is something to look for, and somewhere. What
// is empty fits nobody: else an anonymous caller would be the first customer
// without a number.
func searchable(x *flow.Execution, field, value, what string) bool {
	switch {
	case x.Finder == nil:
		x.Logf("there are no %s to look for here", what)
	case strings.TrimSpace(field) == "":
		x.Logf("no field is given to look in")
	case strings.TrimSpace(value) == "":
		x.Logf("the value to look for is empty")
	default:
		return true
	}
	return false
}
