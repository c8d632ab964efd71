package session

import "sync/atomic"

// counters are what the switchboard counts; Stats is how they are read.
type counters struct {
	started, ended, panics, branches, recordings, mediaTimeouts atomic.Uint64
	refusedFull, refusedLate, refusedDraining, refusedUnknown   atomic.Uint64
}

// Stats is a snapshot of the switchboard.
type Stats struct {
	Live          int // calls now, children included
	Started       uint64
	Ended         uint64
	Panics        uint64 // flows that panicked
	Branches      uint64 // asynchronous branches started
	Recordings    uint64 // kept
	MediaTimeouts uint64
	Refused       map[string]uint64 // calls refused, by reason: full, overload, draining, unknown
	Unsaved       int               // sessions that wait for the store
}

// Stats counts since the start.
func (s *Switchboard) Stats() Stats {
	s.mu.Lock()
	live := s.now
	s.mu.Unlock()
	c := &s.stats
	st := Stats{
		Live: live, Started: c.started.Load(), Ended: c.ended.Load(), Panics: c.panics.Load(), Branches: c.branches.Load(),
		Recordings: c.recordings.Load(), MediaTimeouts: c.mediaTimeouts.Load(),
		Refused: map[string]uint64{"full": c.refusedFull.Load(), "overload": c.refusedLate.Load(), "draining": c.refusedDraining.Load(), "unknown": c.refusedUnknown.Load()},
	}
	if s.writer != nil {
		st.Unsaved = s.writer.len()
	}
	return st
}

// TrunkCalls is how many calls a trunk carries now, both ways.
func (s *Switchboard) TrunkCalls(id string) int { return s.trunks.count(id) }
