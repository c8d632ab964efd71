package store_test

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"ringflow/endpoints"
	"ringflow/session"
	"ringflow/store"
)

// BenchmarkSaveSessions is what keeping one call costs: opened, answered and
// closed by three changes with ten lines and a leg, fifteen changes in a
// transaction, as at 100 calls a second. It reports CPU time, since the wait for
// the disk is nobody's.
func BenchmarkSaveSessions(b *testing.B) {
	s, err := store.Open(b.Context(), store.Options{Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	var batch []session.Change
	save := func(c session.Change) {
		if batch = append(batch, c); len(batch) < 15 {
			return
		}
		if err := s.SaveSessions(b.Context(), batch); err != nil {
			b.Fatal(err)
		}
		batch = batch[:0]
	}
	account, endpoint := endpoints.NewID(), endpoints.NewID()
	before := cpu(b)
	for i := 0; b.Loop(); i++ {
		now := time.Now()
		r := session.Record{
			ID: endpoints.NewID(), AccountID: account, EndpointID: endpoint, EndpointName: "+18005550100", FlowID: endpoint, FlowName: "Menu", FlowVersion: 3, Channel: "Voice",
			Direction: session.Incoming, CallState: session.Ringing, FromAddress: "+12025550143", ToAddress: "+18005550100", SipCallID: fmt.Sprintf("%d@192.0.2.7", i), Started: now,
		}
		leg := session.LegRecord{ID: endpoints.NewID(), Direction: session.Incoming, From: "+12025550143", To: "+18005550100", Started: now}
		log := func(n int) (lines []session.LogLine) {
			for range n {
				lines = append(lines, session.LogLine{Date: time.Now(), Message: "Menu 'Main menu': said \"Press 1 for Alice, 2 for Bob, 3 to leave a message\""})
			}
			return lines
		}
		first, second, third := r, r, r
		save(session.Change{Record: &first, New: true, Log: log(2), Legs: []session.LegRecord{leg}})
		second.CallState, second.Answered = session.Connected, now
		save(session.Change{Record: &second, Log: log(4)})
		third.CallState, third.Ended, third.Outcome = session.Disconnected, now, "completed"
		leg.Ended, leg.SipCode, leg.Cause = now, 200, "bye from far end"
		save(session.Change{Record: &third, Log: log(4), Legs: []session.LegRecord{leg}})
	}
	b.ReportMetric(float64((cpu(b)-before).Microseconds())/float64(b.N), "cpu-µs/call")
}

// cpu is the processor time of this process so far.
func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
