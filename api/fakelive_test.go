package api

import (
	"context"
	"fmt"
	"time"

	"ringflow/endpoints"
	"ringflow/session"
)

// verb notes what is asked of a live call, and refuses as the test wants.
func (c *fakeCalls) verb(ctx context.Context, id string, by session.Asker, format string, args ...any) error {
	if _, err := c.Get(id); err != nil {
		return err
	}
	if err := c.commit(ctx, id); err != nil {
		return err
	}
	return c.asks(by, format, args...)
}

// commit refuses what is bound to another revision, as a call does.
func (c *fakeCalls) commit(ctx context.Context, id string) error {
	want, bound := endpoints.Expected(ctx, id)
	if !bound {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, rec := range c.live {
		if rec.ID != id {
			continue
		}
		if rec.Revision != want {
			return endpoints.ErrStale
		}
		next := *rec
		next.Revision++
		c.live[i] = &next
	}
	return nil
}

func (c *fakeCalls) Call(_ context.Context, by session.Asker, to session.Redirection) (*session.Record, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.refuse != nil {
		return nil, c.refuse
	}
	rec := &session.Record{
		ID: endpoints.NewID(), AccountID: by.User.AccountID, EndpointID: by.User.ID, Channel: "Voice", Direction: session.Incoming, CallState: session.Ringing,
		Destination: to.Destination, Started: time.Now().UTC(), CreatedBy: by.Name, Revision: 1,
	}
	c.live = append(c.live, rec)
	c.verbs = append(c.verbs, fmt.Sprintf("%s: call %+v", by.User.ID, to))
	return rec, nil
}

func (c *fakeCalls) Hold(ctx context.Context, id string, by session.Asker, h session.Holding) error {
	if err := c.verb(ctx, id, by, "hold {Leg:%s On:%v Reason:%s}", h.Leg, h.On, h.Reason); err != nil || h.Console == nil {
		return err
	}
	return c.asks(session.Asker{}, "console %s", *h.Console)
}

func (c *fakeCalls) SetHoldReason(ctx context.Context, id string, reason session.HoldReason, console *string) error {
	if err := c.verb(ctx, id, session.Asker{}, "reason %q", reason); err != nil || console == nil {
		return err
	}
	return c.asks(session.Asker{}, "console %s", *console)
}

func (c *fakeCalls) SetConsoleData(ctx context.Context, id, text string) error {
	return c.verb(ctx, id, session.Asker{}, "console %s", text)
}

func (c *fakeCalls) Redirect(ctx context.Context, id string, by session.Asker, to session.Redirection) error {
	return c.verb(ctx, id, by, "redirect %+v", to)
}

func (c *fakeCalls) Reject(ctx context.Context, id string, by session.Asker) error {
	return c.verb(ctx, id, by, "reject")
}

func (c *fakeCalls) Tape(ctx context.Context, id string, by session.Asker, on bool) error {
	return c.verb(ctx, id, by, "tape %v", on)
}

func (c *fakeCalls) Note(_ context.Context, rec *session.Record, by session.Asker, text string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.verbs = append(c.verbs, by.Name+": note "+text+" in "+rec.ID)
	return nil
}

func (c *fakeCalls) Confer(ctx context.Context, id string, by session.Asker) error {
	return c.verb(ctx, id, by, "confer")
}

func (c *fakeCalls) AddMember(ctx context.Context, id string, by session.Asker, to session.Redirection) error {
	return c.verb(ctx, id, by, "add %+v", to)
}

func (c *fakeCalls) ChangeMember(ctx context.Context, id string, by session.Asker, callSid string, m session.MemberChange) error {
	text := "change " + callSid
	if m.Hold != nil {
		text += fmt.Sprintf(" hold %v", *m.Hold)
	}
	if m.Mute != nil {
		text += fmt.Sprintf(" mute %v", *m.Mute)
	}
	return c.verb(ctx, id, by, "%s", text)
}

func (c *fakeCalls) RemoveMember(ctx context.Context, id string, by session.Asker, callSid string) error {
	return c.verb(ctx, id, by, "remove %s", callSid)
}
