package session

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"ringflow/endpoints"
	"ringflow/flow"
)

// What a console does with a live call: each verb has a file. What concerns two who talk
// is asked of the talk's goroutine (handover.go), which is that of the flow, too.

// Asker is who asks for something: a user, for a call that he takes part in, or one
// who may do it to every call of the account.
type Asker struct {
	User *endpoints.Endpoint // nil: whoever has the rights of the account
	Name string              // for the log
}

// What a call isn't in the state for. All are a conflict towards the API.
var (
	ErrNotRinging = errors.New("session: the call doesn't ring")
	ErrMoving     = errors.New("session: the call is being transferred")
	ErrCrowd      = errors.New("session: the call is a conference, of which nobody is transferred")
	ErrNotOnHold  = errors.New("session: the call is not on hold")
	ErrNotThere   = errors.New("session: no flow runs in the call yet, or any more")
)

// liveCall is a session that goes on. fs.ErrNotExist.
func (s *Switchboard) liveCall(id string) (*call, error) {
	s.mu.Lock()
	c := s.live[id]
	s.mu.Unlock()
	if c == nil || c.journal.ended() {
		return nil, fmt.Errorf("live session %q: %w", id, fs.ErrNotExist)
	}
	return c, nil
}

// inTalk runs f on the goroutine of the talk that goes on in a call. ErrNoTalk.
func (s *Switchboard) inTalk(ctx context.Context, id string, f func(t *talk) error) error {
	c, err := s.liveCall(id)
	if err != nil {
		return err
	}
	return c.talking(ctx, f)
}

func (c *call) talking(ctx context.Context, f func(t *talk) error) error {
	t := c.talk.Load()
	if t == nil {
		return ErrNoTalk
	}
	err := t.do(ctx, func() error { return f(t) })
	switch {
	case errors.Is(err, errTalkOver):
		return ErrNoTalk
	case errors.Is(err, errBusy):
		return ErrMoving
	}
	return err
}

// guests are all who take part in the talk: near, far, and more in a conference.
func (t *talk) guests() []*guest {
	return append([]*guest{t.seats[nearSeat], t.seats[farSeat]}, t.more...)
}

// named is the one whose leg it is, by the id of its record or its Call-ID.
func (t *talk) named(callSid string) (*guest, error) {
	for _, g := range t.guests() {
		if m := g.member(RoleNone, "", ""); callSid == m.CallSid {
			return g, nil
		}
	}
	for _, g := range t.guests() {
		if m := g.member(RoleNone, "", ""); callSid == m.SipCallID {
			return g, nil
		}
	}
	return nil, &endpoints.Invalid{Field: "callSid", Text: fmt.Sprintf("%.64q is no leg of those who talk now", callSid)}
}

// whose is the one for whom by asks: the leg that is named, else his own, else that of
// the account's own user, else of who was dialled. A user asks for himself alone.
func (t *talk) whose(by Asker, callSid string) (*guest, error) {
	if callSid != "" {
		g, err := t.named(callSid)
		if err == nil && by.User != nil && g.leg.EndpointID != by.User.ID {
			err = fmt.Errorf("the leg %.64q is another's: %w", callSid, fs.ErrPermission)
		}
		return g, err
	}
	all := t.guests()
	if by.User != nil {
		if i := slices.IndexFunc(all, func(g *guest) bool { return g.leg.EndpointID == by.User.ID }); i >= 0 {
			return all[i], nil
		}
		return nil, fmt.Errorf("%s does not talk in this session: %w", by.User.DisplayName, fs.ErrPermission)
	}
	for _, side := range []int{farSeat, nearSeat} {
		if t.seats[side].user.Load() != nil {
			return t.seats[side], nil
		}
	}
	return t.seats[farSeat], nil
}

// Reject declines a call that rings: at the asker's phones, or, by who may all, for the
// caller. ErrNotRinging.
func (s *Switchboard) Reject(ctx context.Context, id string, by Asker) error {
	c, err := s.liveCall(id)
	if err != nil {
		return err
	}
	if by.User != nil {
		rings := c.presence.rungAt(by.User.ID)
		if len(rings) == 0 {
			return ErrNotRinging
		}
		if err := c.commit(ctx, nil); err != nil {
			return err
		}
		c.journal.say("%s declines the call", by.Name)
		for _, r := range rings {
			r.decline()
		}
		return nil
	}
	if c.snapshot().CallState != Ringing {
		return ErrNotRinging
	}
	if err := c.commit(ctx, nil); err != nil {
		return err
	}
	c.journal.say("Declined by %s", by.Name)
	c.cancel(errRefused)
	return nil
}

// MaxConsole bounds what a console keeps with a session, in bytes.
const MaxConsole = 64 << 10

// SetConsoleData keeps text with a session. The flow that runs there sees it from its next
// node on.
func (s *Switchboard) SetConsoleData(ctx context.Context, id, text string) error {
	if len(text) > MaxConsole {
		return &endpoints.Invalid{Field: "consoleData", Text: fmt.Sprintf("is longer than %d bytes", MaxConsole)}
	}
	c, err := s.liveCall(id)
	if err != nil {
		return err
	}
	return c.commit(ctx, func(r *Record) error {
		c.keeps(r, &text)
		return nil
	})
}

// keeps lets the session of r have what a console keeps with it; nil: as it is.
func (c *call) keeps(r *Record, console *string) {
	if console != nil {
		c.console.Store(console)
		r.ConsoleData = *console
	}
}

// consoleSet takes what a console has set; on the flow's goroutine.
func (c *call) consoleSet() {
	if text := c.console.Swap(nil); text != nil {
		c.session.ConsoleData = *text
	}
}

// Note writes a line into a session's log, also into that of one that is over.
func (s *Switchboard) Note(_ context.Context, rec *Record, by Asker, text string) error {
	if c, err := s.liveCall(rec.ID); err == nil {
		c.journal.say("%s: %s", by.Name, text)
		return nil
	}
	j := resumed(s.writer, &s.events, rec)
	j.say("%s: %s", by.Name, text)
	return s.writer.saveNow(j)
}

// Tape begins a recording of the call, or ends the one that runs. It records what the party
// on the line says and hears, so everybody who talks with it.
func (s *Switchboard) Tape(ctx context.Context, id string, by Asker, on bool) error {
	return s.inTalk(ctx, id, func(t *talk) error {
		c := t.l.call
		if by.User != nil {
			if _, err := t.whose(by, ""); err != nil {
				return err
			}
		}
		if err := c.commit(ctx, nil); err != nil {
			return err
		}
		switch {
		case on && c.tape == nil:
			if err := c.startTape(t.seats[nearSeat].party, flow.TapeOptions{Stereo: true}); err != nil {
				return err
			}
			c.journal.say("Recording starts, by %s", by.Name)
		case !on && c.tape != nil:
			c.journal.say("Recording ends, by %s", by.Name)
			t.l.StopTape()
		}
		return nil
	})
}
