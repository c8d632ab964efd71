package session

import (
	"context"
	"sync"
	"time"

	"ringflow/flow"
)

var _ flow.Conferencer = (*line)(nil)

// starTime is how long the second key of *6 may take.
const starTime = 3 * time.Second

// Confer takes the party into a room, and returns when it is out of it.
func (l *line) Confer(ctx context.Context, conf flow.Conference) (flow.ConferenceResult, error) {
	if err := l.Answer(ctx); err != nil {
		return flow.ConferenceResult{}, err
	}
	l.DropDigits()
	m := l.s.enter(l.call, l.audio.Port, conf)
	if m == nil {
		return flow.ConferenceResult{Full: true}, nil
	}
	l.call.conference.Store(&m.room.id)
	began := time.Now()
	c := &conferring{line: l, m: m}
	out := sync.OnceValue(func() *flow.Recording {
		c.music(ctx, false)
		l.call.conference.Store(nil)
		return m.goOut().end(l.call)
	})
	defer out() // also when a bug of ours ends the flow here
	err := c.run(ctx)
	res := flow.ConferenceResult{Duration: time.Since(began)}
	if err != nil {
		conf.Left(res.Duration)
	}
	res.Recording = out()
	if err == nil {
		err = l.tells(ctx, flow.ConferenceOver)
	}
	return res, err
}

// conferring is the caller's time in a room.
type conferring struct {
	*line
	m     *member
	quiet func()    // ends the music; nil: none plays
	star  time.Time // when the first key of *6 was pressed
}

// run does what the room asks for, until it is over or ctx ends.
func (c *conferring) run(ctx context.Context) error {
	c.m.held = c.onHold()
	waited := false
	for {
		v := c.m.look()
		var err error
		switch {
		case v.over:
			c.m.conf.Ends()
			return nil
		case v.waits && !waited:
			waited = true
			c.m.conf.Waits()
			err = c.tells(ctx, flow.ConferenceWaits)
		case !v.waits && c.m.leave == nil:
			c.music(ctx, false)
			if waited {
				err = c.tells(ctx, flow.ConferenceBegins)
			}
			if err == nil {
				err = c.comeIn(ctx)
			}
			v = c.m.look()
		}
		if err != nil {
			return err
		}
		if v.tapes {
			c.m.room.tape.begin(c.m)
		}
		c.music(ctx, v.waits || v.others == 0 && !v.spoken)
		if err := c.wait(ctx); err != nil {
			return err
		}
	}
}

func (c *conferring) comeIn(ctx context.Context) error {
	others := c.m.comeIn()
	c.m.conf.Muted = c.m.muted
	c.m.conf.Joined(others)
	if others == 0 {
		return c.tells(ctx, flow.ConferenceFirst)
	}
	return nil
}

// wait waits until something is new in the room, or a key is pressed.
func (c *conferring) wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-c.m.changed:
	case <-c.audio.Held():
		c.holds()
	case d := <-c.audio.Digits():
		if d == '6' && time.Since(c.star) <= starTime {
			c.star = time.Time{}
			return c.mutes(ctx)
		}
		if c.star = (time.Time{}); d == '*' {
			c.star = time.Now()
		}
	}
	return nil
}

// holds follows whether the caller has the conference on hold.
func (c *conferring) holds() {
	on := c.onHold()
	switch {
	case on == c.m.held:
		return
	case on:
		c.journal.say("Put the conference on hold, and is not heard there")
	default:
		c.journal.say("Back from hold")
	}
	c.m.hear(c.m.muted, on)
}

// mutes mutes the caller, or ends that, and says so to it alone.
func (c *conferring) mutes(ctx context.Context) error {
	c.m.hear(!c.m.muted, c.m.held)
	c.m.conf.Mutes(c.m.muted)
	c.music(ctx, false)
	if c.m.muted {
		return c.tells(ctx, flow.ConferenceMuted)
	}
	return c.tells(ctx, flow.ConferenceUnmuted)
}

// music plays while the caller is alone or waits.
func (c *conferring) music(ctx context.Context, on bool) {
	switch {
	case on && c.quiet == nil && !c.m.conf.Music.Empty():
		c.quiet = c.Hold(ctx, c.m.conf.Music)
	case !on && c.quiet != nil:
		c.quiet()
		c.quiet = nil
	}
}

// tells says something to the caller alone. What can't be said is left out.
func (l *line) tells(ctx context.Context, text string) error {
	source, err := l.call.source(ctx, flow.Prompt{Text: text})
	if err == nil {
		return l.sound(ctx, source)
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	l.journal.say("%q can't be said: %s", text, err)
	return nil
}
