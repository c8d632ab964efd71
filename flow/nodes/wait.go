package nodes

import (
	"context"
	"errors"
	"time"

	"ringflow/flow"
)

func init() { flow.Register("WaitNode", func() flow.Node { return new(wait) }) }

// shortWait is the longest wait during which the messages of a chat are kept until
// it is over, as one who writes quickly would otherwise start the flow anew.
const shortWait = time.Minute

type wait struct{ timeout time.Duration }

func (n *wait) Spec(s *flow.Spec) {
	s.Title, s.Category = "Wait", flow.General
	s.Doc = "Waits. It does not answer the call. In a chat it waits for days if need be: a message that comes in a wait of up to a minute is kept until it is over, in a longer one it starts the flow anew."
	s.Seconds(&n.timeout, "Timeout", time.Second, "How long, in seconds.").Range(0, 30*24*3600)
	s.Exit("Done", "The time is over.")
}

func (n *wait) Run(ctx context.Context, x *flow.Execution) (string, error) {
	reply, err := flow.Reply{}, flow.ErrNoReply
	if chatting(x) && n.timeout > 0 {
		reply, err = x.Reply(ctx, n.timeout)
	}
	var s *flow.Suspend
	switch {
	case errors.As(err, &s):
		if s.Meanwhile = flow.Restarts; n.timeout <= shortWait {
			s.Meanwhile = flow.Kept
		}
		return "", err
	case errors.Is(err, flow.ErrNoReply):
		x.Logf("waits for %s", flow.Seconds(n.timeout))
		err = x.Wait(ctx, n.timeout)
	case err == nil && !reply.TimedOut:
		x.Logf("goes on before its time")
	}
	return "Done", err
}
