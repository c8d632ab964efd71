package nodes

import (
	"context"

	"ringflow/flow"
)

func init() { flow.Register("OnHangupNode", func() flow.Node { return new(onHangup) }) }

type onHangup struct{}

func (*onHangup) Spec(s *flow.Spec) {
	s.Title, s.Category = "On Hangup", flow.General
	s.Doc = "Starts what is to be done when the caller has hung up, outside of the call. A flow has at most one, and nothing leads to it."
	s.Needs(flow.Voice)
	s.Entry()
	s.AsyncExit("Hung Up", "The caller hung up.")
}

// Run has nothing to do: the run itself starts the branch.
func (*onHangup) Run(context.Context, *flow.Execution) (string, error) { return "", nil }
