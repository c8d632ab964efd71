package flowtest

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"ringflow/flow"
)

// idle is after how long a chat in which nothing waits is closed.
const idle = 24 * time.Hour

// chat plays the chat of a story: each message of the party runs the flow, which
// waits in its state between two messages, as on the server. Time passes to the
// next message or to the end of a wait, whichever comes first.
type chat struct {
	pl      *player
	actions []Action
	at      time.Time // when the party is free for the next action
	session *flow.Session
	state   *flow.State // nil: no chat has begun
	result  flow.Result
	last    time.Time // of the last message
	seen    int       // texts that were sent and looked at by the script
}

// play plays it to its end: until nobody writes any more, and nothing waits for a time.
func (c *chat) play(ctx context.Context) error {
	if len(c.actions) == 0 || c.actions[0].Verb != "text" && c.actions[0].Verb != "wait" {
		if err := c.run(ctx, nil); err != nil {
			return err
		}
	}
	for {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		due, timed := c.until()
		if len(c.actions) == 0 {
			if !timed {
				return nil
			}
			if err := c.timeout(ctx, due); err != nil {
				return err
			}
			continue
		}
		a := c.actions[0]
		switch {
		case a.Verb == "wait":
			c.at, c.actions = c.at.Add(a.Delay), c.actions[1:]
			continue
		case a.Verb == "expect" && c.found(a.Text):
			c.actions = c.actions[1:]
			c.at = later(c.at, c.pl.clock.Time).Add(reaction)
			continue
		case timed && (a.Verb == "expect" || !due.After(c.at) || c.state.Waiting.Meanwhile == flow.Kept):
			if err := c.timeout(ctx, due); err != nil {
				return err
			}
			continue
		case a.Verb == "expect":
			return nil // it will never be sent: that the action is left tells so
		}
		if err := c.pass(ctx, c.at); err != nil {
			return err
		}
		c.at = later(c.at, c.pl.clock.Time).Add(reaction)
		c.actions = c.actions[1:]
		if err := c.act(ctx, a); err != nil {
			return err
		}
	}
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// until is when the wait is over.
func (c *chat) until() (time.Time, bool) {
	if c.state == nil || c.state.Waiting == nil || c.state.Waiting.Until.IsZero() {
		return time.Time{}, false
	}
	return c.state.Waiting.Until, true
}

func (c *chat) pass(ctx context.Context, to time.Time) error {
	_, err := c.pl.clock.Until(ctx, later(to, c.pl.clock.Time), nil)
	return err
}

func (c *chat) timeout(ctx context.Context, due time.Time) error {
	if err := c.pass(ctx, due); err != nil {
		return err
	}
	return c.run(ctx, &flow.Reply{TimedOut: true})
}

// found tells whether a text with that part was sent since the one before.
func (c *chat) found(part string) bool {
	sent := c.pl.report.Sent
	for i := c.seen; i < len(sent); i++ {
		if strings.Contains(sent[i], part) {
			c.seen = i + 1
			return true
		}
	}
	return false
}

// act does what the party, or somebody else in the room, does.
func (c *chat) act(ctx context.Context, a Action) error {
	switch a.Verb {
	case "text":
		return c.message(ctx, a.Text)
	case "writes":
		c.pl.tell("%s writes \"%s\"", a.Who, a.Text)
		if !c.inRoom() {
			c.pl.tell("There is no chat room: nobody reads it")
			return nil
		}
		return c.inform(ctx, flow.RoomMessage{Body: a.Text, Sender: a.Who, SenderName: c.nameOf(a.Who)})
	case "close":
		c.pl.tell("the room is closed")
		if c.inRoom() {
			return c.run(ctx, &flow.Reply{Closed: true})
		}
	}
	return nil
}

func (c *chat) inRoom() bool {
	return c.state != nil && c.state.Waiting != nil && c.state.Waiting.Meanwhile == flow.Bypassed
}

func (c *chat) nameOf(who string) string {
	if name := c.pl.story.World.Parties[who].Name; name != "" {
		return name
	}
	return who
}

// message is one of the party: it answers where the flow waits, else the flow starts anew.
func (c *chat) message(ctx context.Context, text string) error {
	now := c.pl.clock.Time
	c.pl.tell("the party writes \"%s\"", c.shown(text))
	switch {
	case c.state == nil:
	case c.inRoom():
		return c.inform(ctx, flow.RoomMessage{Body: text, Sender: c.session.FromAddress, SenderName: c.session.FromName})
	case c.state.Waiting != nil && c.state.Waiting.Meanwhile == flow.Answers:
		c.last = now
		return c.run(ctx, &flow.Reply{Text: text})
	case c.result.Stopped || c.state.Waiting == nil && now.Sub(c.last) >= idle:
		c.pl.tell("The chat was closed: a new one begins")
		s, err := c.pl.story.session()
		if err != nil {
			return err
		}
		*c.session, c.state = *s, nil
	default:
		c.state.Anew()
	}
	c.last, c.session.Body, c.session.BodySecret = now, text, false
	return c.run(ctx, nil)
}

// shown is a message as the transcript has it: dots where a secret was asked for.
func (c *chat) shown(text string) string {
	if c.state != nil && c.state.Waiting != nil && c.state.Waiting.Secret {
		return "•••"
	}
	return text
}

// run runs the flow until it waits or ends. The state goes through its JSON, as it
// does between two messages on the server.
func (c *chat) run(ctx context.Context, reply *flow.Reply) error {
	x := c.execution()
	x.Resume = reply
	if c.state != nil {
		b, err := json.Marshal(c.state)
		if err != nil {
			return fmt.Errorf("the state of the chat can't be kept: %w", err)
		}
		x.State = new(flow.State)
		if err := json.Unmarshal(b, x.State); err != nil {
			return fmt.Errorf("the state of the chat can't be read again: %w", err)
		}
	}
	res, err := c.pl.program.Run(ctx, x)
	c.result, c.state = res, x.State
	return err
}

// inform starts what is to be done for a message in the room.
func (c *chat) inform(ctx context.Context, m flow.RoomMessage) error {
	x := c.execution()
	x.State = c.state
	return c.pl.program.RoomMessage(ctx, x, m)
}

func (c *chat) execution() *flow.Execution {
	x := c.pl.execution()
	x.Session, x.Send = c.session, c.pl.sender(c.session.FromAddress)
	return x
}

// sender writes to the party of a chat; nil: nobody can be written to.
func (pl *player) sender(party string) func(context.Context, string) error {
	if pl.story.World.Unreachable {
		return nil
	}
	return func(_ context.Context, text string) error {
		if err := pl.outside.unsent(party); err != nil {
			return err
		}
		pl.report.Sent = append(pl.report.Sent, text)
		pl.leave(len(text))
		return nil
	}
}

// days reads a duration that may have days in it: 3d, 1d12h, 90s.
func days(text string) (time.Duration, error) {
	n, rest, ok := strings.Cut(text, "d")
	if !ok {
		return time.ParseDuration(text)
	}
	whole, err := strconv.Atoi(n)
	if err != nil || whole < 0 || whole > 10_000 {
		return 0, fmt.Errorf("%q is no number of days", n)
	}
	d := time.Duration(whole) * 24 * time.Hour
	if rest == "" {
		return d, nil
	}
	more, err := time.ParseDuration(rest)
	return d + more, err
}
