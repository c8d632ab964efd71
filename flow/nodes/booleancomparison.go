package nodes

import (
	"context"

	"ringflow/flow"
)

func init() {
	flow.Register("BooleanComparisonNode", func() flow.Node { return new(booleanComparison) })
}

type booleanComparison struct{ value bool }

func (n *booleanComparison) Spec(s *flow.Spec) {
	s.Title, s.Category = "Boolean Comparison", flow.Logic
	s.Doc = "Goes on by a yes or a no."
	s.Bool(&n.value, "Value", false, "The value; true, yes and 1 are a yes.")
	s.Exit("Yes", "It is a yes.")
	s.Exit("No", "It is a no, or nothing.")
}

func (n *booleanComparison) Run(context.Context, *flow.Execution) (string, error) {
	return yesOrNo(n.value), nil
}

func yesOrNo(yes bool) string {
	if yes {
		return "Yes"
	}
	return "No"
}
