package nodes

import (
	"context"

	"ringflow/flow"
)

func init() { flow.Register("EndNode", func() flow.Node { return new(end) }) }

type end struct{ outcome string }

func (e *end) Spec(s *flow.Spec) {
	s.Title, s.Category = "End", flow.General
	s.Doc = "Ends the flow; a call is hung up."
	s.String(&e.outcome, "Outcome", "", "Becomes the session's outcome; empty: it stays as it is.")
}

func (e *end) Run(_ context.Context, x *flow.Execution) (string, error) {
	if e.outcome != "" {
		if err := x.Set("Session.Outcome", flow.Text(e.outcome)); err != nil {
			return "", err
		}
	}
	return "", &flow.Stop{Refuse: flow.RefuseUnavailable}
}
