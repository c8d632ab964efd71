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
	sides [2]held // by the caller, by the far end
}

// held is what one party does to the other.
type held struct {
	holder, other *party
	name          string // of the holder, in the log
	on            bool   // its phone says so
	asked         bool   // a console does
	stop          func() // of the music; nil: none plays
	nameOther     string
}

// holds begins to follow; a party may have put the other on hold already.
func (t *talk) holds() *holds {
	near, far := t.seats[nearSeat], t.seats[farSeat]
	h := &holds{t: t}
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
	crowd := len(h.t.more) > 0 // somebody holds the others, who talk on
	var plays [2]bool
	for i := range h.sides {
		s := &h.sides[i]
		if on := s.holder.onHold(); on != s.on {
			s.on = on
			h.tell(s)
		}
		s.asked = s.other.held.Load()
		// Who holds the other, too, hears nothing: its music waits for it.
		plays[i] = c.session.MusicOnHold != "" && !s.other.onHold() && (s.asked || s.on && !crowd)
		h.t.takesPart(s.holder, s.on && (plays[i] || crowd))
	}
	for i := range h.sides {
		switch s := &h.sides[i]; {
		case plays[i] && s.stop == nil:
			s.stop = h.t.music(s.other)
		case !plays[i] && s.stop != nil:
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
	h.whose()
}

// whose notes who holds the call, for its readers.
func (h *holds) whose() {
	c := h.t.l.call
	if !h.any() {
		c.holding.Store(nil)
		return
	}
	if c.holding.Load() != nil {
		return
	}
	by := ""
	for _, s := range h.sides {
		if u := s.holder.user.Load(); s.on && u != nil {
			by = u.ID
		}
	}
	c.holding.Store(&holding{by: by})
}

func (h *holds) any() bool {
	return h.sides[0].on || h.sides[1].on || h.sides[0].asked || h.sides[1].asked
}

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

// takesPart lets a party of the talk hear and be heard as it is now; silent: it is not heard
// for a reason of its own.
func (t *talk) takesPart(p *party, silent bool) {
	part := part{silent || p.muted.Load() || p.held.Load(), p.held.Load()}
	if was := t.parts[p]; was != part {
		t.parts[p] = part
		t.bridge.Change(p.audio.Port, media.Membership{Muted: part.muted, Deaf: part.deaf})
	}
}

// part is how somebody takes part in a talk.
type part struct{ muted, deaf bool }

// music plays the session's music to one who is held, until stopped.
func (t *talk) music(p *party) (stop func()) {
	l := t.l
	ctx, cancel := context.WithCancel(t.ctx)
	music := flow.Prompt{File: l.call.session.MusicOnHold}
	over := make(chan struct{})
	go func() {
		defer close(over)
		source, err := l.call.loop(ctx, music)
		if err == nil {
			err = p.audio.Play(ctx, source)
		}
		if err != nil && ctx.Err() == nil && p.dialog.Context().Err() == nil {
			l.journal.say("The music can't be played: %s", err)
		}
	}()
	return func() {
		cancel()
		<-over
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
		s.on, s.asked = false, false
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
