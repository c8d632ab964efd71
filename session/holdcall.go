package session

import (
	"context"

	"ringflow/endpoints"
)

// holding is who holds a call, and why.
type holding struct {
	by     string // id of the user; empty: nobody's phone
	reason HoldReason
}

// Holding says what a console wants: that the leg's other party hears music, or no longer.
type Holding struct {
	Leg    string // whose hold it is; empty: the asker's
	On     bool
	Reason HoldReason
	// Console, if given, is kept with the session in the same moment: see SetConsoleData.
	Console *string
}

// Hold has the other party of a talk hear music and nobody hear it, or ends that. In a
// conference the others talk on, and it is the one who holds who leaves them for a while.
// endpoints.At may bind it, and what else is done to a live call, to a revision.
func (s *Switchboard) Hold(ctx context.Context, id string, by Asker, h Holding) error {
	if h.Reason != "" && h.Reason != HoldTransferring {
		return &endpoints.Invalid{Field: "reason", Text: "is none; there are None and " + string(HoldTransferring)}
	}
	return s.inTalk(ctx, id, func(t *talk) error {
		g, err := t.whose(by, h.Leg)
		if err != nil {
			return err
		}
		if t.move != nil {
			return ErrMoving
		}
		held := g
		if side, ok := t.side(g.party); ok && len(t.more) == 0 {
			held = t.seats[1-side]
		}
		c := t.l.call
		was := h.On
		err = c.commit(ctx, func(r *Record) error {
			if was = held.party.held.Swap(h.On); h.On {
				c.holding.Store(&holding{userOf(g), h.Reason})
			}
			c.keeps(r, h.Console)
			return nil
		})
		if err != nil {
			return err
		}
		if was != h.On {
			c.journal.say("%s %s, by %s", held.name, words2(h.On, "is put on hold", "is back from hold"), by.Name)
		}
		t.look()
		return nil
	})
}

func userOf(g *guest) string {
	if u := g.user.Load(); u != nil {
		return u.ID
	}
	return ""
}

// SetHoldReason notes why a call is on hold; console, if given, is kept with it. ErrNotOnHold.
func (s *Switchboard) SetHoldReason(ctx context.Context, id string, reason HoldReason, console *string) error {
	c, err := s.liveCall(id)
	if err != nil {
		return err
	}
	if reason != "" && reason != HoldTransferring {
		return &endpoints.Invalid{Field: "holdReason", Text: "is none; there are None and " + string(HoldTransferring)}
	}
	return c.commit(ctx, func(r *Record) error {
		for {
			h := c.holding.Load()
			if h == nil {
				return ErrNotOnHold
			}
			if c.holding.CompareAndSwap(h, &holding{h.by, reason}) {
				c.keeps(r, console)
				return nil
			}
		}
	})
}
