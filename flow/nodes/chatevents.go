package nodes

import (
	"context"

	"ringflow/flow"
)

func init() { flow.Register("ChatEventsNode", func() flow.Node { return new(chatEvents) }) }

type chatEvents struct{ body, sender, name string }

func (n *chatEvents) Spec(s *flow.Spec) {
	s.Title, s.Category = "Chat Events", flow.Messaging
	s.Doc = "Starts what is to be done for each message in the chat room into which a Chat node of the flow has put the party, whoever wrote it and however, beside the chat. Nothing leads to it."
	s.Needs(flow.Chat)
	s.OnMessages()
	s.Output(&n.body, "Body", flow.StringType, "The text of the message.")
	s.Output(&n.sender, "Sender", flow.StringType, "Who wrote it: a number or an address, of a user the id.")
	s.Output(&n.name, "SenderName", flow.StringType, "The name of who wrote it.")
	s.AsyncExit(flow.NewMessage, "Somebody wrote in the room.")
}

// Run has nothing to do: each message starts the branch.
func (*chatEvents) Run(context.Context, *flow.Execution) (string, error) { return "", nil }
