package nodes

import (
	"context"
	"errors"
	"time"

	"ringflow/flow"
)

func init() { flow.Register("WaitForReplyNode", func() flow.Node { return new(waitForReply) }) }

type waitForReply struct {
	timeout time.Duration
	body    string
}

func (n *waitForReply) Spec(s *flow.Spec) {
	s.Title, s.Category = "Wait For Reply", flow.Messaging
	s.Doc = "Waits for the next message of the other party, for days if need be, also while the server is restarted. Session.Body is the message, Session.MediaUris are the files that came with it."
	s.Needs(flow.Chat)
	s.Seconds(&n.timeout, "TimeoutInSeconds", time.Hour, "How long to wait.").Range(1, 30*24*3600)
	s.Output(&n.body, "Body", flow.StringType, "The text of the message.")
	s.Exit("Reply", "A message came.")
	s.Exit("Timeout", "None came in time.")
}

func (n *waitForReply) Run(ctx context.Context, x *flow.Execution) (string, error) {
	reply, err := x.Reply(ctx, n.timeout)
	switch {
	case errors.Is(err, flow.ErrNoReply):
		x.Logf("%v", err)
		return "Timeout", nil
	case err != nil:
		return "", err
	case reply.TimedOut:
		x.Logf("no message came")
		return "Timeout", nil
	}
	x.Logf("got %s", x.Quote(reply.Text))
	n.body = reply.Text
	return "Reply", nil
}
