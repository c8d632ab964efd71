package explore

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"ringflow/flow"
)

// mostTexts are tried where a message is waited for.
const mostTexts = 12

// errOptedOut is why a party of a chat gets nothing.
var errOptedOut = fmt.Errorf("%w: the party has opted out", flow.ErrUnsent)

// channels are those on which the flow is tried: chats where it has a place for
// them, and then calls only if it has one for those too.
func (e *explorer) channels() []flow.Channel {
	writes, chosen, speaks := false, false, false
	for _, n := range e.outline.Nodes {
		switch n.TypeName {
		case "WaitForReplyNode", "ChatNode", "ChatEventsNode":
			writes = true
		case "ChannelSelectorNode":
			for _, w := range n.Ways {
				chosen = chosen || w.Name == string(flow.Chat) && w.Connected
				speaks = speaks || w.Name == string(flow.Voice) && w.Connected
			}
		}
	}
	switch {
	case writes && !speaks:
		return []flow.Channel{flow.Chat}
	case writes || chosen:
		return []flow.Channel{flow.Voice, flow.Chat}
	}
	return []flow.Channel{flow.Voice}
}

// channel decides on which channel this one is.
func (c *call) channel() flow.Channel {
	all := c.e.channels()
	i := c.e.oracle.choose("channel", len(all), func(i int) string {
		if i == 0 {
			return ""
		}
		return "it is a chat"
	})
	return all[i]
}

// chatter runs the flow of a chat until it ends, or waits for something that does
// not come.
func (c *call) chatter(ctx context.Context, x *flow.Execution) (flow.Result, error) {
	for {
		res, err := c.e.program.Run(ctx, x)
		if err != nil || res.End != flow.Suspended || c.e.oracle.over() {
			return res, err
		}
		w := x.State.Waiting
		next := c.execution()
		next.Session, next.State, next.Send, next.Params = x.Session, x.State, x.Send, x.Params
		if w.Meanwhile == flow.Bypassed {
			if !c.room(ctx, next) {
				return res, nil
			}
			next.Resume = &flow.Reply{Closed: true}
		} else if text := c.reply(w); text != "" {
			next.Resume = &flow.Reply{Text: text}
		} else if w.Until.IsZero() {
			return res, nil
		} else {
			if err := c.clock.pass(ctx, w.Until.Sub(c.clock.Time)); err != nil {
				return res, nil
			}
			next.Resume = &flow.Reply{TimedOut: true}
		}
		x = next
	}
}

// reply decides what is written to a node that waits; empty: nothing.
func (c *call) reply(w *flow.Waiting) string {
	if w.Meanwhile != flow.Answers {
		return ""
	}
	texts := []string{""}
	for _, t := range c.texts() {
		if t != "" && !slices.Contains(texts, t) && len(texts) < mostTexts {
			texts = append(texts, t)
		}
	}
	labels := make([]string, len(texts))
	for i, t := range texts[1:] {
		labels[i+1] = `the party writes "` + t + `"`
	}
	return texts[c.choose("reply", labels)]
}

// texts are the messages that make a difference at the node at work.
func (c *call) texts() []string {
	var all []string
	switch c.step.TypeName {
	case "MenuNode":
		for _, row := range c.param("Choices").List() {
			words, _, _ := strings.Cut(row.Field("Words").Text(), ",")
			for _, t := range []string{row.Field("Key").Text(), row.Field("Value").Text(), words} {
				if t = strings.TrimSpace(t); t != "" {
					all = append(all, t)
					break
				}
			}
		}
		all = append(all[:min(len(all), mostTexts-2)], "what do you mean")
	case "CollectDigitsNode":
		all = append(c.inputs(), "what do you mean")
	default:
		all = []string{"hello"}
		for _, field := range sortedKeys(c.e.hints.literals) {
			if strings.HasPrefix(field, "Session.") {
				all = append(all, c.e.hints.literals[field]...)
			}
		}
	}
	return all
}

// room decides what happens in a chat room; false: it stays open.
func (c *call) room(ctx context.Context, x *flow.Execution) (closed bool) {
	switch c.choose("room", []string{"", "the room is closed", "somebody writes in the room, and it is closed"}) {
	case 0:
		return false
	case 2:
		if err := c.e.program.RoomMessage(ctx, x, flow.RoomMessage{Body: "hello", Sender: "alice", SenderName: "Alice"}); err != nil {
			c.find(Fault, "", err.Error())
		}
	}
	return true
}

// writes sends to the party of a chat, if that wants it.
func (c *call) writes(context.Context, string) error {
	if c.party == "" {
		c.party = "reads"
		if c.e.oracle.choose("party", 2, func(i int) string { return []string{"", "the party has opted out"}[i] }) == 1 {
			c.party = "has opted out"
		}
	}
	if c.party != "reads" {
		return errOptedOut
	}
	return nil
}

// SendMessage implements flow.Messages.
func (c *call) SendMessage(context.Context, flow.TextMessage) error { return c.unsent("the message") }

// SendEmail implements flow.Messages.
func (c *call) SendEmail(context.Context, flow.Email) error { return c.unsent("the e-mail") }

func (c *call) unsent(what string) error {
	if c.choose("message", []string{"", what + " can't be sent"}) == 1 {
		return flow.ErrUnsent
	}
	return nil
}

// OpenRoom implements flow.Rooms.
func (c *call) OpenRoom(context.Context, flow.RoomInvitation) (string, error) {
	if c.choose("invitation", []string{"", "nobody can be invited"}) == 1 {
		return "", flow.ErrNobody
	}
	return "room-1", nil
}
