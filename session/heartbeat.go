package session

import (
	"context"
	"time"

	"go.uber.org/zap"

	"ringflow/media"
	"ringflow/sip"
)

const (
	beatEvery  = time.Second
	savedBeats = 5 // one of so many beats goes to the store
)

// beat looks after all live calls, from one goroutine instead of one or a
// timer for each: legs that have fallen silent are ended, and the store learns
// who still lives, so that after a crash calls are closed at the last beat.
func (s *Switchboard) beat() {
	t := time.NewTicker(beatEvery)
	defer t.Stop()
	clock := lateness{before: s.Media.Pacer.Stats()}
	for n := 1; ; n++ {
		select {
		case <-t.C:
		case <-s.ctx.Done():
			return
		}
		s.setLate(clock.look(s.Media.Pacer.Stats()))
		s.endLost()
		if n%savedBeats == 0 {
			s.saveBeat()
		}
	}
}

// lateness watches the media clock. A machine that stood still for a moment has
// that behind it when it is noticed, and to refuse calls then helps nobody: only
// a clock that is late in two looks in a row has too much to do.
type lateness struct {
	before media.PacerStats
	was    bool
}

func (l *lateness) look(now media.PacerStats) bool {
	is := late(l.before, now)
	both := is && l.was
	l.before, l.was = now, is
	return both
}

// late tells whether the sound of the calls that are up is breaking: one frame
// in a hundred was left out since the last look, as the clock could not keep up.
func late(before, now media.PacerStats) bool {
	skipped, ticks := now.Skipped-before.Skipped, now.Ticks-before.Ticks
	return skipped*100 > ticks && skipped > 50
}

// setLate has new calls refused while the sound of the others breaks.
func (s *Switchboard) setLate(is bool) {
	s.mu.Lock()
	was := s.late
	s.late = is
	s.mu.Unlock()
	if is && !was {
		s.log().Warn("the media clock can't keep up: new calls are refused until it does")
	}
}

// watch and unwatch keep the list of parties that have a port.
func (s *Switchboard) watch(p *party) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.parties[p] = struct{}{}
}

func (s *Switchboard) unwatch(p *party) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.parties, p)
}

// endLost ends the legs whose far end sends nothing any more.
func (s *Switchboard) endLost() {
	var lost []*party
	s.mu.Lock()
	for p := range s.parties {
		if p.isLost() {
			lost = append(lost, p)
			delete(s.parties, p)
		}
	}
	s.mu.Unlock()
	for _, p := range lost {
		s.stats.mediaTimeouts.Add(1)
		p.journal.say("Nothing heard from %s any more: media timeout", p.who())
		s.wg.Go(func() {
			p.hangup(errMediaTimeout, &sip.Status{Cause: `Q.850;cause=102;text="Media timeout"`})
		})
	}
}

// isLost tells whether the party's port has given it up.
func (p *party) isLost() bool {
	select {
	case <-p.lost:
		return true
	default:
		return false
	}
}

func (p *party) who() string {
	if p.leg.Direction == Incoming {
		return p.leg.From
	}
	return p.leg.To
}

func (s *Switchboard) saveBeat() {
	var ids []string
	for _, c := range s.calls() {
		if !c.journal.ended() {
			ids = append(ids, c.id)
		}
	}
	s.mu.Lock()
	for c := range s.asyncs { // or another server would take their branches over
		ids = append(ids, c.id)
	}
	s.mu.Unlock()
	if len(ids) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(s.ctx, beatEvery)
	defer cancel()
	if err := s.Store.Heartbeat(ctx, ids, time.Now().UTC()); err != nil && s.ctx.Err() == nil {
		s.log().Debug("heartbeat not saved", zap.Error(err))
	}
}
