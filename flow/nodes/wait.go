package nodes

import (
	"context"
	"time"

	"ringflow/flow"
)

func init() { flow.Register("WaitNode", func() flow.Node { return new(wait) }) }

type wait struct{ timeout time.Duration }

func (n *wait) Spec(s *flow.Spec) {
	s.Title, s.Category = "Wait", flow.General
	s.Doc = "Waits. It does not answer the call."
	s.Seconds(&n.timeout, "Timeout", time.Second, "How long, in seconds.").Range(0, 24*3600)
	s.Exit("Done", "The time is over.")
}

func (n *wait) Run(ctx context.Context, x *flow.Execution) (string, error) {
	x.Logf("waits for %s", flow.Seconds(n.timeout))
	return "Done", x.Wait(ctx, n.timeout)
}
