package session

import (
	"context"
	"errors"

	"ringflow/flow"
)

// heard is what the Chat Events of the flow that waits in a room do for a message there: it belongs to the session
// of that chat, whoever wrote, and is kept with the message.
type heard struct {
	*chat
	stored []StoredBranch
	change Change // lines of the session's log
}

// hear fires the Chat Events of all flows that wait in a room, each by its own program and data. What those of
// at do, the chat that is at hand, is saved with it; nil: none is.
func (s *Switchboard) hear(ctx context.Context, room *ChatRoom, at *chat, said flow.RoomMessage) (all []*heard, err error) {
	if at != nil && at.inMidst() {
		if err := at.fire(ctx, said); err != nil {
			return nil, err
		}
	}
	for _, p := range room.Parties {
		if p.SessionID == "" || len(p.Body) == 0 || at != nil && p.ID == at.kept.ID { // who was invited has no flow
			continue
		}
		c, err := s.openChat(ctx, p)
		if errors.Is(err, errNoChat) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if !c.inMidst() {
			continue
		}
		if err := c.fire(ctx, said); err != nil {
			return nil, err
		}
		if len(c.branches) == 0 {
			continue
		}
		h := &heard{chat: c}
		if h.stored, err = c.storedBranches(); err != nil {
			return nil, err
		}
		h.change, _ = c.journal.take() // what can't be kept is fired anew
		h.change.New, h.change.Same = false, true
		all = append(all, h)
	}
	return all, nil
}

// fire starts the branches of the chat's flow with what is saved next.
func (c *chat) fire(ctx context.Context, said flow.RoomMessage) error {
	if c.broken != nil {
		return nil
	}
	c.session = c.fields(nil, nil)
	x := c.execution()
	x.Session, x.State = c.session, c.body.State
	x.Trace = func(st flow.Step) {
		for _, line := range st.Lines() {
			c.journal.add("%s", line)
		}
	}
	x.Async = func(b flow.Branch) { c.branches = append(c.branches, b) }
	return c.program.RoomMessage(ctx, x, said)
}

// beside is what is kept with a message for those who have heard it.
func beside(all []*heard) (branches []StoredBranch, lines []Change) {
	for _, h := range all {
		branches, lines = append(branches, h.stored...), append(lines, h.change)
	}
	return branches, lines
}

// begin starts what is kept now.
func begin(all []*heard) {
	for _, h := range all {
		for _, l := range h.change.Log {
			h.journal.tell(Logged, l.Message)
		}
		h.started(h.stored)
	}
}
