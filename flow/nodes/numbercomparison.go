package nodes

import (
	"context"

	"ringflow/flow"
)

func init() {
	flow.Register("NumberComparisonNode", func() flow.Node { return new(numberComparison) })
}

type numberComparison struct {
	left, right float64
	operator    string
}

func (n *numberComparison) Spec(s *flow.Spec) {
	s.Title, s.Category = "Number Comparison", flow.Logic
	s.Doc = "Compares two numbers."
	s.Number(&n.left, "Left", 0, "The number on the left.")
	s.String(&n.operator, "Operator", "=", "How to compare; !=, <= and >= may be written too.").PossibleValues("=", "≠", "<", "≤", ">", "≥").
		Alias("!=", "≠").Alias("<=", "≤").Alias(">=", "≥")
	s.Number(&n.right, "Right", 0, "The number on the right.")
	s.Exit("Yes", "It is so.")
	s.Exit("No", "It is not so.")
	s.Exit("On Failure", "One of the two is no number.").Or("No")
}

func (n *numberComparison) Run(context.Context, *flow.Execution) (string, error) {
	l, r, yes := n.left, n.right, false
	switch n.operator {
	case "=":
		yes = l == r
	case "≠":
		yes = l != r
	case "<":
		yes = l < r
	case "≤":
		yes = l <= r
	case ">":
		yes = l > r
	case "≥":
		yes = l >= r
	}
	return yesOrNo(yes), nil
}
