package nodes

import (
	"context"

	"ringflow/flow"
)

func init() { flow.Register("ChannelSelectorNode", func() flow.Node { return new(channelSelector) }) }

type channelSelector struct{}

func (*channelSelector) Spec(s *flow.Spec) {
	s.Title, s.Category = "Channel Selector", flow.Logic
	s.Doc = "Goes on by the channel of the session."
	s.Exit("Voice", "It is a call.")
	s.Exit("Chat", "It is a chat, a text message or an e-mail.")
	s.Exit("Fax", "It is a fax.")
}

func (*channelSelector) Run(_ context.Context, x *flow.Execution) (string, error) {
	if x.Session.Channel == "" {
		return string(flow.Voice), nil
	}
	return x.Session.Channel, nil
}
