package session

import (
	"context"
	"fmt"
	"io/fs"
	"slices"

	"ringflow/endpoints"
	"ringflow/flow"
	"ringflow/media"
	"ringflow/sip"
)

// A talk of two becomes a conference when a console says so: whoever else is rung takes
// part in the same bridge, and is the talk's guest. It is over when one is left: a place of
// the two that falls empty is taken by who came first of the others. The flow's own party
// may leave, too, and the rest talk on; then the flow ends with the talk, as in a transfer.
//
// Conferences by name, into which flows lead their callers, are another thing: room.go.

// maxGuests bounds those who are added to one call.
const maxGuests = 20

// gather makes a conference of the talk, if it isn't one.
func (t *talk) gather(by Asker) error {
	switch {
	case t.gathered:
		return nil
	case t.move != nil:
		return ErrMoving
	case !t.replaced && !t.l.loose():
		return errTalkOver
	}
	t.gathered = true
	id := endpoints.NewID()
	t.l.call.conference.Store(&id)
	t.l.journal.say("The call is a conference, by %s", by.Name)
	return nil
}

// Confer makes a conference of a live talk of two: one may leave, and others join.
func (s *Switchboard) Confer(ctx context.Context, id string, by Asker) error {
	return s.inTalk(ctx, id, func(t *talk) error {
		if by.User != nil {
			if _, err := t.whose(by, ""); err != nil {
				return err
			}
		}
		if err := t.l.call.commit(ctx, nil); err != nil {
			return err
		}
		return t.gather(by)
	})
}

// AddMember rings somebody and lets him take part in the talk. It returns once it rings him;
// the session's log tells what comes of it. What is dialled has the rights of who asks.
func (s *Switchboard) AddMember(ctx context.Context, id string, by Asker, to Redirection) error {
	c, err := s.liveCall(id)
	if err != nil {
		return err
	}
	if err := c.reachable(ctx, by, to); err != nil {
		return err
	}
	return c.talking(ctx, func(t *talk) error {
		if by.User != nil || to.Leg != "" {
			if _, err := t.whose(by, to.Leg); err != nil {
				return err
			}
		}
		if len(t.more)+t.coming >= maxGuests {
			return &endpoints.Invalid{Field: "destination", Text: fmt.Sprintf("as many as %d have been added already", maxGuests)}
		}
		if err := c.commit(ctx, nil); err != nil {
			return err
		}
		if err := t.gather(by); err != nil {
			return err
		}
		c.journal.say("%s adds %.64q to the conference", by.Name, to.Destination)
		t.coming++
		t.sounds.Go(func() { t.invites(t.live, by, to) })
		return nil
	})
}

// invites rings a guest and keeps him until he goes or the talk is over.
func (t *talk) invites(ctx context.Context, by Asker, to Redirection) {
	c := t.l.call
	d, o := c.ringsFor(by, to, nil)
	o.role = RoleTransfer
	r := ringFor(ctx, c, d, o)
	defer r.end()
	came := r.won(ctx, nil)
	if came == nil && ctx.Err() == nil {
		c.journal.say("%.64q does not join: %s", to.Destination, r.result().Why)
	}
	var g *guest
	err := t.do(ctx, func() error {
		t.coming--
		switch {
		case came == nil:
			return errTalkOver
		case t.move != nil:
			return ErrMoving
		}
		g = came.guest()
		t.more = append(t.more, g)
		t.seatMore(g)
		t.look()
		t.shows()
		g.party.talk.Store(t)
		c.journal.say("%s joins the conference", g.name)
		return nil
	})
	if came == nil {
		return
	}
	if err != nil {
		came.guest().bye(nil)
		return
	}
	over := g.dialog.Context()
	select {
	case <-over.Done():
		t.do(ctx, func() error { t.goes(g.party); return nil }) //nolint:errcheck // it is over then, and he with it
	case <-ctx.Done():
	}
}

// seatMore lets a guest hear the others and be heard.
func (t *talk) seatMore(g *guest) {
	if t.leaves == nil {
		t.leaves, t.musics = map[*party]func(){}, map[*party]func(){}
	}
	t.leaves[g.party] = t.bridge.JoinAs(g.audio.Port, media.Membership{})
}

func (t *talk) unseatMore(g *guest) {
	if stop := t.musics[g.party]; stop != nil {
		stop()
		delete(t.musics, g.party)
	}
	if leave := t.leaves[g.party]; leave != nil {
		leave()
		delete(t.leaves, g.party)
	}
	delete(t.parts, g.party)
}

// goes takes a guest who has hung up out of the conference.
func (t *talk) goes(p *party) {
	i := slices.IndexFunc(t.more, func(g *guest) bool { return g.party == p })
	if i < 0 {
		return // he sits in the place of one of the two, whose end the talk sees
	}
	g := t.more[i]
	t.unseatMore(g)
	t.more = slices.Delete(t.more, i, i+1)
	g.leaves(t)
	t.l.journal.say("%s has left the conference", g.name)
	g.end(nil)
	t.look()
	t.shows()
}

// moveUp gives the place of one of the two, who has gone, to the first of the others. False:
// there is none.
func (t *talk) moveUp(side int) bool {
	if len(t.more) == 0 {
		return false
	}
	next := t.more[0]
	t.unseatMore(next)
	t.more = slices.Delete(t.more, 0, 1)
	gone := t.seats[side]
	t.l.journal.say("%s has left the conference", gone.name)
	if old := t.seat(side, next); old != nil {
		old.end(nil)
	}
	return true
}

// lookMore has those who came later hear and be heard as they are now.
func (t *talk) lookMore() {
	for _, g := range t.more {
		p := g.party
		t.takesPart(p, p.onHold())
		switch stop := t.musics[p]; {
		case p.held.Load() && stop == nil && !p.onHold() && t.l.call.session.MusicOnHold != "":
			t.musics[p] = t.music(p)
		case stop != nil && (!p.held.Load() || p.onHold()):
			stop()
			delete(t.musics, p)
		}
	}
}

// MemberChange is what is to change of one who talks.
type MemberChange struct {
	Hold *bool // he hears music, and nobody hears him
	Mute *bool // nobody hears him
}

// ChangeMember holds or mutes one of those who talk.
func (s *Switchboard) ChangeMember(ctx context.Context, id string, by Asker, callSid string, m MemberChange) error {
	return s.inTalk(ctx, id, func(t *talk) error {
		g, err := t.member(by, callSid)
		if err != nil {
			return err
		}
		if t.move != nil {
			return ErrMoving
		}
		if err := t.l.call.commit(ctx, nil); err != nil {
			return err
		}
		if m.Hold != nil && g.party.held.Swap(*m.Hold) != *m.Hold {
			t.l.journal.say("%s is %s, by %s", g.name, words2(*m.Hold, "on hold", "back from hold"), by.Name)
			if *m.Hold {
				t.l.call.holding.CompareAndSwap(nil, &holding{by: by.id()})
			}
		}
		if m.Mute != nil && g.party.muted.Swap(*m.Mute) != *m.Mute {
			t.l.journal.say("%s is %s, by %s", g.name, words2(*m.Mute, "muted", "heard again"), by.Name)
		}
		t.look()
		return nil
	})
}

func words2(is bool, yes, no string) string {
	if is {
		return yes
	}
	return no
}

// member is the one who is named, for somebody who talks himself or may all.
func (t *talk) member(by Asker, callSid string) (*guest, error) {
	if by.User != nil {
		if _, err := t.whose(by, ""); err != nil {
			return nil, err
		}
	}
	return t.named(callSid)
}

// RemoveMember hangs up on one of those who talk. The others talk on, if there are two.
func (s *Switchboard) RemoveMember(ctx context.Context, id string, by Asker, callSid string) error {
	var g *guest
	err := s.inTalk(ctx, id, func(t *talk) (err error) {
		if g, err = t.member(by, callSid); err == nil {
			err = t.l.call.commit(ctx, nil)
		}
		if err == nil {
			t.l.journal.say("%s is taken out of the call, by %s", g.name, by.Name)
		}
		return err
	})
	if err == nil {
		g.party.hangup(sip.ErrHungUp, nil) // its owner ends it
	}
	return err
}

// Redirection is where a call is to go.
type Redirection struct {
	Destination string
	CallerID    string // of ours, for outside; empty: by the rules
	Leg         string // of those who talk, for whom a member is added; empty: the asker's own
}

// reachable tells what can be told at once of why a destination can't be dialled.
func (c *call) reachable(ctx context.Context, by Asker, to Redirection) error {
	if to.Destination == "" {
		return &endpoints.Invalid{Field: "destination", Text: "is missing"}
	}
	if len(to.Destination) > maxParty {
		return &endpoints.Invalid{Field: "destination", Text: fmt.Sprintf("is longer than %d characters", maxParty)}
	}
	if by.User != nil && by.User.AccountID != c.account {
		return fmt.Errorf("endpoint %s: %w", by.User.ID, fs.ErrNotExist)
	}
	// What the call itself knows is its flow's goroutine's.
	as := &call{s: c.s, account: c.account, settings: c.settings, caller: by.User, endpoint: c.endpoint, session: &flow.Session{}}
	if by.User != nil {
		as.endpoint = by.User
	}
	if to.CallerID != "" {
		if _, err := as.callerID(ctx, to.CallerID); err != nil {
			return &endpoints.Invalid{Field: "callerId", Text: words(err).Error()}
		}
	}
	if by.User != nil {
		own := as.dialledBy(ctx, by, to)
		if own.unrunnable != nil {
			return &endpoints.Invalid{Field: "destination", Text: fmt.Sprintf("%s can't dial: %s", by.User.DisplayName, own.unrunnable)}
		}
		return nil
	}
	d, _ := as.ringsFor(by, to, nil)
	if _, err := as.resolve(ctx, d.Attempts[0].Target, d); err != nil {
		return &endpoints.Invalid{Field: "destination", Text: words(err).Error()}
	}
	return nil
}

// id is that of the asker's user; empty: he is none.
func (a Asker) id() string {
	if a.User == nil {
		return ""
	}
	return a.User.ID
}
