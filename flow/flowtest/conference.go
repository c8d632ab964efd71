package flowtest

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"ringflow/flow"
)

// Room is a conference as the caller finds it. All times count from when the
// caller comes to it.
type Room struct {
	Members   int             `yaml:"members"`   // others who are in it, moderators aside
	Comes     []time.Duration `yaml:"comes"`     // others come later
	Goes      []time.Duration `yaml:"goes"`      // one of them goes
	Moderator *time.Duration  `yaml:"moderator"` // comes then; 0s: is there
	Leaves    *time.Duration  `yaml:"leaves"`    // the moderator leaves
}

// conferring is the caller's time in a room.
type conferring struct {
	*line
	c          flow.Conference
	others     int // that can be heard, moderators included
	moderators int
	entered    bool
	over       bool
	star       bool
	next       []occurrence
	tape       time.Time // when the recording began
}

// occurrence is what happens in the room.
type occurrence struct {
	at     time.Time
	happen func(*conferring)
}

func (w *World) room(name string) Room {
	for n, r := range w.Rooms {
		if strings.EqualFold(n, name) {
			return r
		}
	}
	return Room{}
}

// Confer implements flow.Conferencer.
func (l *line) Confer(ctx context.Context, c flow.Conference) (flow.ConferenceResult, error) {
	l.up()
	l.DropDigits()
	room := l.world.room(c.Room)
	s := &conferring{line: l, c: c, others: room.Members}
	from := l.clock.Now()
	s.plan(room, from)
	if s.others >= c.Max {
		return flow.ConferenceResult{Full: true}, context.Cause(ctx)
	}
	if c.Moderator {
		s.moderators++
	}
	err := s.run(ctx)
	res := flow.ConferenceResult{Duration: l.clock.Now().Sub(from)}
	if err != nil {
		c.Left(res.Duration)
	}
	if !s.tape.IsZero() && l.clock.Now().Sub(s.tape) >= time.Second {
		l.recordings++
		res.Recording = &flow.Recording{File: "recording-" + strconv.Itoa(l.recordings), Duration: l.clock.Now().Sub(s.tape)}
	}
	return res, err
}

// plan puts what the world says in order; a moderator who is there is in the
// room at once.
func (s *conferring) plan(room Room, from time.Time) {
	add := func(after time.Duration, happen func(*conferring)) {
		s.next = append(s.next, occurrence{from.Add(after), happen})
	}
	for _, d := range room.Comes {
		add(d, func(s *conferring) { s.others++ })
	}
	for _, d := range room.Goes {
		add(d, func(s *conferring) { s.others = max(0, s.others-1) })
	}
	comes := func(s *conferring) { s.others++; s.moderators++ }
	if m := room.Moderator; m != nil && *m <= 0 {
		comes(s)
	} else if m != nil {
		add(*m, comes)
	}
	if room.Leaves != nil {
		add(*room.Leaves, func(s *conferring) {
			if s.moderators > 0 && s.others > 0 {
				s.others--
				s.moderators--
				s.over = s.moderators == 0 && s.c.EndsWithout
			}
		})
	}
	slices.SortStableFunc(s.next, func(a, b occurrence) int { return a.at.Compare(b.at) })
}

func (s *conferring) run(ctx context.Context) error {
	music, waited := false, false
	for {
		if s.over {
			s.c.Ends()
			return s.says(ctx, flow.ConferenceOver)
		}
		var err error
		switch admitted := !s.c.Wait || s.moderators > 0; {
		case !admitted && !waited:
			waited = true
			s.c.Waits()
			err = s.says(ctx, flow.ConferenceWaits)
		case admitted && !s.entered:
			s.entered = true
			s.c.Joined(s.others)
			err = s.welcome(ctx, waited)
		}
		if err != nil {
			return err
		}
		alone := !s.entered || s.others == 0
		if alone && !music && !s.c.Music.Empty() {
			s.hears(s.c.Music.File)
			s.script.hear(s.c.Music.File, s.clock.Now())
		}
		music = alone
		if s.c.Record && !alone && s.tape.IsZero() {
			s.tape = s.clock.Now()
			s.c.Records()
		}
		if err := s.wait(ctx); err != nil {
			return err
		}
	}
}

func (s *conferring) welcome(ctx context.Context, waited bool) error {
	switch {
	case s.others == 0:
		return s.says(ctx, flow.ConferenceFirst)
	case waited:
		return s.says(ctx, flow.ConferenceBegins)
	}
	return nil
}

func (s *conferring) says(ctx context.Context, text string) error {
	_, err := s.Play(ctx, flow.Prompt{Text: text}, "")
	if err != nil && context.Cause(ctx) == nil {
		err = nil // what can't be said is left out
	}
	return err
}

// wait lets time pass until something happens, or a key is pressed.
func (s *conferring) wait(ctx context.Context) error {
	end := s.clock.Now().Add(365 * 24 * time.Hour)
	if len(s.next) > 0 {
		end = s.next[0].at
	}
	var key rune
	woke, err := s.clock.Until(ctx, end, func() bool {
		key = s.script.take("")
		return key != 0
	})
	switch {
	case err != nil:
		return err
	case woke && s.star && key == '6':
		s.star = false
		s.c.Muted = !s.c.Muted
		s.c.Mutes(s.c.Muted)
		text := flow.ConferenceUnmuted
		if s.c.Muted {
			text = flow.ConferenceMuted
		}
		return s.says(ctx, text)
	case woke:
		s.star = key == '*'
	case len(s.next) > 0:
		s.next[0].happen(s)
		s.next = s.next[1:]
	}
	return nil
}

var _ flow.Conferencer = (*line)(nil)
