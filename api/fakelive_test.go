package api

import (
	"context"
	"fmt"
	"time"

	"ringflow/endpoints"
	"ringflow/session"
)

// verb notes what is asked of a live call, and refuses as the test wants.
func (c *fakeCalls) verb(id string, by session.Asker, format string, args ...any) error {
	if _, err := c.Get(id); err != nil {
		return err
	}
	return c.asks(by, format, args...)
}

func (c *fakeCalls) Call(_ context.Context, by session.Asker, to session.Redirection) (*session.Record, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.refuse != nil {
		return nil, c.refuse
	}
	rec := &session.Record{
		ID: endpoints.NewID(), AccountID: by.User.AccountID, EndpointID: by.User.ID, Channel: "Voice", Direction: session.Incoming, CallState: session.Ringing,
		Destination: to.Destination, Started: time.Now().UTC(), CreatedBy: by.Name,
	}
	c.live = append(c.live, rec)
	c.verbs = append(c.verbs, fmt.Sprintf("%s: call %+v", by.User.ID, to))
	return rec, nil
}

func (c *fakeCalls) Hold(_ context.Context, id string, by session.Asker, h session.Holding) error {
	return c.verb(id, by, "hold %+v", h)
}

func (c *fakeCalls) SetHoldReason(_ context.Context, id string, reason session.HoldReason) error {
	return c.verb(id, session.Asker{}, "reason %q", reason)
}

func (c *fakeCalls) SetConsoleData(_ context.Context, id, text string) error {
	return c.verb(id, session.Asker{}, "console %s", text)
}

func (c *fakeCalls) Redirect(_ context.Context, id string, by session.Asker, to session.Redirection) error {
	return c.verb(id, by, "redirect %+v", to)
}

func (c *fakeCalls) Reject(_ context.Context, id string, by session.Asker) error {
	return c.verb(id, by, "reject")
}

func (c *fakeCalls) Tape(_ context.Context, id string, by session.Asker, on bool) error {
	return c.verb(id, by, "tape %v", on)
}

func (c *fakeCalls) Note(_ context.Context, rec *session.Record, by session.Asker, text string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.verbs = append(c.verbs, by.Name+": note "+text+" in "+rec.ID)
	return nil
}

func (c *fakeCalls) Confer(_ context.Context, id string, by session.Asker) error {
	return c.verb(id, by, "confer")
}

func (c *fakeCalls) AddMember(_ context.Context, id string, by session.Asker, to session.Redirection) error {
	return c.verb(id, by, "add %+v", to)
}

func (c *fakeCalls) ChangeMember(_ context.Context, id string, by session.Asker, callSid string, m session.MemberChange) error {
	text := "change " + callSid
	if m.Hold != nil {
		text += fmt.Sprintf(" hold %v", *m.Hold)
	}
	if m.Mute != nil {
		text += fmt.Sprintf(" mute %v", *m.Mute)
	}
	return c.verb(id, by, "%s", text)
}

func (c *fakeCalls) RemoveMember(_ context.Context, id string, by session.Asker, callSid string) error {
	return c.verb(id, by, "remove %s", callSid)
}
