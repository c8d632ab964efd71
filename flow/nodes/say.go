package nodes

import (
	"context"
	"errors"

	"ringflow/flow"
)

func init() { flow.Register("SayNode", func() flow.Node { return new(say) }) }

type say struct {
	text, voice string
	loop        int
}

func (n *say) Spec(s *flow.Spec) {
	s.Title, s.Category = "Say", flow.VoiceNodes
	s.Doc = "Speaks a text to the caller; on a chat, sends it."
	s.Needs(flow.Voice, flow.Chat)
	s.String(&n.text, "WhatToSay", "", "The text. {{ Session.FromName }} and the like are replaced by their values.").LargeText()
	s.String(&n.voice, "Voice", "", "Speaks the text; empty: the account's voice.")
	s.Int(&n.loop, "Loop", 1, "How often it is said.").Range(1, 1000)
	s.Exit("Done", "The text was said.")
	s.Exit("On Failure", "No speech engine could say it, or the party of the chat can't be written to.").Or("Done")
}

func (n *say) Run(ctx context.Context, x *flow.Execution) (string, error) {
	if x.Session.Channel == string(flow.Chat) {
		return n.send(ctx, x)
	}
	if err := answer(ctx, x); err != nil {
		return "", err
	}
	p := flow.Prompt{Text: n.text, Voice: n.voice}
	if p.Empty() {
		x.Logf("there is nothing to say")
		return "Done", nil
	}
	for range n.loop {
		if _, err := play(ctx, x, p, ""); unplayed(err) {
			return "On Failure", nil
		} else if err != nil {
			return "", err
		}
	}
	return "Done", nil
}

// send writes the text to the party of a chat.
func (n *say) send(ctx context.Context, x *flow.Execution) (string, error) {
	if n.text == "" {
		x.Logf("there is nothing to send")
		return "Done", nil
	}
	for range n.loop {
		if err := sendText(ctx, x, n.text); errors.Is(err, flow.ErrUnsent) {
			return "On Failure", nil
		} else if err != nil {
			return "", err
		}
	}
	return "Done", nil
}
