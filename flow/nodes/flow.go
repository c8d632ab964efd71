package nodes

import (
	"context"
	"errors"

	"ringflow/flow"
)

func init() { flow.Register("FlowNode", func() flow.Node { return new(startFlow) }) }

type startFlow struct{}

func (*startFlow) Spec(s *flow.Spec) {
	s.Title, s.Category = "Flow", flow.FlowCategory
	s.Doc = "Runs another flow, which its url names: `/flows/start?flowId=` and the flow's id. What that flow declares as public is the node's: " +
		"its parameters, its outputs, and its exits as transitions. A session keeps the version of the flow that it began with. " +
		"A node that hangs up or ends the call (End, Hangup, Reject) ends all flows. At most 20 flows run inside each other."
	s.StartsFlow()
	s.Exit("Done", "The flow ended without an exit.")
}

// Run is never called: the run itself starts the flow.
func (*startFlow) Run(context.Context, *flow.Execution) (string, error) {
	return "", errors.New("a flow is started by the run, not by its node")
}
