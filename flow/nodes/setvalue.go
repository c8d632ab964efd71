package nodes

import (
	"context"

	"ringflow/flow"
)

func init() { flow.Register("SetValueNode", func() flow.Node { return new(setValue) }) }

type setValue struct {
	target string
	value  flow.Value
}

func (n *setValue) Spec(s *flow.Spec) {
	s.Title, s.Category = "Set Value", flow.General
	s.Doc = "Writes a variable of the session or an output of the flow."
	s.Target(&n.target, "Target", "What to write: Name or Session.Name is a variable of the session, Flow.Name an output of the flow.")
	s.Any(&n.value, "Value", "Its new value.")
	s.Exit("Done", "It is written.")
}

func (n *setValue) Run(_ context.Context, x *flow.Execution) (string, error) {
	if err := x.Set(n.target, n.value); err != nil {
		return "", err
	}
	return "Done", nil
}
