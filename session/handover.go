package session

import (
	"cmp"
	"context"
	"errors"
	"sync"

	"ringflow/flow"
	"ringflow/sip"
)

// How a party goes from hand to hand: in a transfer, a pick-up, from a parking lot.
//
// A party has one owner at any time, who ends it: the line of a flow, a Dial for who
// answered it, a talk for who sits in it. It is handed over as a *guest. There are four
// verbs, and nothing else moves a party:
//
//	line.lend   a flow gives its party into other hands and waits for it (line.awaitBack)
//	guest.pass  from one owner to the next; the one before has nothing any more
//	talk.seat   a guest takes the place of one of the two who talk
//	talk.give   one of the two leaves for somewhere else; the talk is over
//
// seat and give run on the talk's goroutine, which owns both parties, so that none of
// this needs a lock: others ask for them by talk.do.

// guest is a party in the hands of one owner.
type guest struct {
	*party
	name string     // in the log
	by   flow.Party // who it is
	free func()     // gives back what it counts against; nil: nothing
	back func()     // of one that is lent: tells its flow; nil: it is closed in the end

	once sync.Once
}

// end ends the party, or gives it back to the flow that lent it; once.
func (g *guest) end(s *sip.Status) {
	g.once.Do(func() {
		if g.back != nil {
			g.back()
		} else {
			g.party.close(s, nil)
		}
		if g.free != nil {
			g.free()
		}
	})
}

// bye hangs the leg up, and ends.
func (g *guest) bye(s *sip.Status) {
	g.party.hangup(sip.ErrHungUp, s)
	g.end(s)
}

// pass is the same party for its next owner; nil: it was ended before.
func (g *guest) pass() (next *guest) {
	g.once.Do(func() { next = &guest{party: g.party, name: g.name, by: g.by, free: g.free, back: g.back} })
	return next
}

// lend gives the party on the line away until back is closed. The flow does nothing with
// it meanwhile but wait: awaitBack.
func (l *line) lend() (g *guest, back <-chan struct{}) {
	over := make(chan struct{})
	return &guest{party: l.party, name: l.party.who(), by: l.who(), back: func() { close(over) }}, over
}

// who is the party on the line, as shown to others.
func (l *line) who() flow.Party {
	s := l.call.session
	if s.Direction == string(Outgoing) {
		return flow.Party{Address: s.ToAddress}
	}
	return flow.Party{Name: s.FromName, Address: s.FromAddress}
}

// awaitBack returns when a lent party is back. If the call is to end before, the leg is hung
// up, and whoever has it gives it back for that.
func (l *line) awaitBack(ctx context.Context, back <-chan struct{}) error {
	select {
	case <-back:
	case <-ctx.Done():
		l.hangup(context.Cause(ctx), nil)
		<-back
	}
	if !l.isLoose() && l.dialog.Context().Err() != nil {
		<-ctx.Done() // the leg's end is that of the run, a moment later
	}
	return context.Cause(ctx)
}

// Seats of a talk.
const (
	nearSeat = 0 // of the flow's line
	farSeat  = 1 // of who was dialled
)

var errTalkOver = errors.New("the conversation is over")

// do runs f on the talk's goroutine, where it must not wait for anybody. errTalkOver: there
// is no talk any more.
func (t *talk) do(ctx context.Context, f func() error) error {
	done := make(chan error, 1)
	select {
	case t.verbs <- func() { done <- f() }:
		return <-done
	case <-t.over:
		return errTalkOver
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// side is the seat of p; false: it sits here no more.
func (t *talk) side(p *party) (int, bool) {
	for i, g := range t.seats {
		if g != nil && g.party == p {
			return i, true
		}
	}
	return 0, false
}

// seat gives g the place of one of the two, who is handed to whoever asked: nothing
// is heard of it any more, and it is to be ended. Recordings go on with who is there.
// A flow whose own party has gone ends with the talk: it was that party's.
func (t *talk) seat(side int, g *guest) (old *guest) {
	t.separate()
	if old = t.seats[side].pass(); old != nil {
		old.leaves(t)
	}
	t.seats[side] = g
	g.party.talk.Store(t)
	c := t.l.call
	if side == farSeat {
		c.answeredAs(cmp.Or(g.by.Name, g.name))
		c.taker = c.s.directory().users[g.by.EndpointID]
	}
	if side == nearSeat {
		t.l.loose()
		t.replaced = true
		c.near.Store(g.party)
		if c.tape != nil {
			c.tape.follow(0, g.audio.Tap(c.tape.recorder.Side(1), c.hushed(g.audio.Port, c.tape.recorder.Side(0))))
		}
	}
	if t.tape != nil {
		sink := t.tape.recorder.Side(side)
		if side == nearSeat {
			sink = c.hushed(g.audio.Port, sink)
		}
		t.tape.follow(side, g.audio.Tap(nil, sink))
	}
	t.meet()
	return old
}

// leaves has the guest sit in t no more, and forgets how it took part there.
func (g *guest) leaves(t *talk) {
	g.party.talk.CompareAndSwap(t, nil)
	g.party.muted.Store(false)
	g.party.held.Store(false)
}

// follow puts a tap in the place of an earlier one.
func (t *tape) follow(i int, untap func()) {
	t.untap[i]()
	t.untap[i] = untap
}

// give lets one of the two go, who is the asker's from now on. The talk ends with it, and the
// flow too. The flow's own party is only lent: it comes back to be closed.
func (t *talk) give(side int) *guest {
	t.separate()
	g := t.seats[side].pass()
	if g == nil {
		return nil
	}
	g.leaves(t)
	t.given = true
	if side == nearSeat && !t.replaced {
		t.l.loose()
		lent, back := t.l.lend()
		t.back, g = back, lent
	}
	return g
}
