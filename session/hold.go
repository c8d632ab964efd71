package session

import (
	"context"

	"ringflow/flow"
	"ringflow/media"
)

// holds follows who of a talk has put the other on hold. Whoever is held, and still
// listens, hears the session's music; the holder, of whom some phones go on
// sending sound, is not heard meanwhile. It works on the talk's goroutine.
type holds struct {
	t     *talk
	ctx   context.Context
	sides [2]held // by the caller, by the far end
}

// held is what one party does to the other.
type held struct {
	holder, other *party
	name          string // of the holder, in the log
	on            bool
	stop          func() // of the music; nil: none plays
	nameOther     string
}

// holds begins to follow; a party may have put the other on hold already.
func (t *talk) holds(ctx context.Context) *holds {
	near, far := t.seats[nearSeat], t.seats[farSeat]
	h := &holds{t: t, ctx: ctx}
	h.sides[0] = held{holder: near.party, other: far.party, name: near.name, nameOther: far.name}
	if !t.replaced {
		h.sides[0].name = "The caller"
	}
	h.sides[1] = held{holder: far.party, other: near.party, name: far.name, nameOther: near.name}
	h.look()
	return h
}

// look sees who holds whom now.
func (h *holds) look() {
	c := h.t.l.call
	was := h.any()
	for i := range h.sides {
		s := &h.sides[i]
		on := s.holder.onHold()
		if on != s.on {
			s.on = on
			h.tell(s)
		}
		// Who holds the other, too, hears nothing: its music waits for it.
		plays := on && !s.other.onHold() && c.session.MusicOnHold != ""
		switch {
		case plays && s.stop == nil:
			s.stop = h.play(s)
		case !plays && s.stop != nil:
			s.stop()
			s.stop = nil
		}
	}
	if now := h.any(); now != was {
		state, kind := Connected, Resumed
		if now {
			state, kind = Hold, Held
		}
		c.journal.update(func(r *Record) {
			if r.Ended.IsZero() {
				r.CallState = state
			}
		})
		c.journal.tell(kind, "")
	}
}

func (h *holds) any() bool { return h.sides[0].on || h.sides[1].on }

// tell writes what a party did into the log.
func (h *holds) tell(s *held) {
	say := h.t.l.journal.say
	switch {
	case !s.on:
		say("%s is back from hold", s.name)
	case h.t.l.call.session.MusicOnHold == "":
		say("%s put %s on hold: silence, as no music is set", s.name, s.nameOther)
	default:
		say("%s put %s on hold: music, the file %s", s.name, s.nameOther, h.t.l.call.session.MusicOnHold)
	}
}

// play plays the music to whoever is held, until stopped.
func (h *holds) play(s *held) (stop func()) {
	l := h.t.l
	ctx, cancel := context.WithCancel(h.ctx)
	music := flow.Prompt{File: l.call.session.MusicOnHold}
	h.t.bridge.Change(s.holder.audio.Port, media.Membership{Muted: true})
	over := make(chan struct{})
	go func() {
		defer close(over)
		source, err := l.call.loop(ctx, music)
		if err == nil {
			err = s.other.audio.Play(ctx, source)
		}
		if err != nil && ctx.Err() == nil && s.other.dialog.Context().Err() == nil {
			l.journal.say("The music can't be played: %s", err)
		}
	}()
	return func() {
		cancel()
		<-over
		h.t.bridge.Change(s.holder.audio.Port, media.Membership{})
	}
}

// end stops the music: the talk is over, and with it every hold.
func (h *holds) end() {
	for i := range h.sides {
		s := &h.sides[i]
		if s.stop != nil {
			s.stop()
			s.stop = nil
		}
		s.on = false
	}
	h.t.l.call.journal.update(func(r *Record) {
		if r.CallState == Hold {
			r.CallState = Connected
		}
	})
}

// music is what who waits in a call of this endpoint hears, unless the flow sets
// something else: the endpoint's, else the account's. Empty: silence.
func (c *call) music() string {
	if c.endpoint != nil && c.endpoint.MusicOnHold != "" {
		return c.endpoint.MusicOnHold
	}
	if c.settings != nil {
		return c.settings.MusicOnHold
	}
	return ""
}
