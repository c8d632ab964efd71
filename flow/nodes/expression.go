package nodes

import (
	"context"

	"ringflow/flow"
)

func init() { flow.Register("ExpressionNode", func() flow.Node { return new(expression) }) }

type expression struct{ yes bool }

func (n *expression) Spec(s *flow.Spec) {
	s.Title, s.Category = "Expression", flow.Logic
	s.Doc = "Goes on by whether an expression holds."
	s.Condition(&n.yes, "Expression", "The expression, such as `Session.Digits == \"1\"`, without braces. What it gives is read as a yes or a no.")
	s.Exit("Yes", "It holds.")
	s.Exit("No", "It does not hold.")
}

func (n *expression) Run(context.Context, *flow.Execution) (string, error) {
	return yesOrNo(n.yes), nil
}
