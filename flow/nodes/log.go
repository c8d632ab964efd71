package nodes

import (
	"context"

	"ringflow/flow"
)

func init() { flow.Register("LogNode", func() flow.Node { return new(logNode) }) }

type logNode struct{ message string }

func (n *logNode) Spec(s *flow.Spec) {
	s.Title, s.Category = "Log", flow.General
	s.Doc = "Writes a line into the session's log."
	s.String(&n.message, "Message", "", "The line.").LargeText()
	s.Exit("Done", "It is written.")
}

func (n *logNode) Run(_ context.Context, x *flow.Execution) (string, error) {
	x.Logf("%s", n.message)
	return "Done", nil
}
