package nodes

import (
	"context"
	"errors"
	"strings"

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

// write writes v to a target that a parameter names.
func write(x *flow.Execution, parameter, target string, v flow.Value) error {
	var limit *flow.LimitError
	err := x.Set(target, v)
	if err == nil || errors.As(err, &limit) {
		return err
	}
	wrong := flow.NoTarget
	if strings.TrimSpace(target) == "" {
		wrong = flow.Missing
	}
	return &flow.ParameterError{Parameter: parameter, Wrong: wrong, Text: err.Error()}
}

func (n *setValue) Run(_ context.Context, x *flow.Execution) (string, error) {
	return "Done", write(x, "Target", n.target, n.value)
}
