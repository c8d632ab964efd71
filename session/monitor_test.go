package session_test

import (
	"errors"
	"io/fs"
	"testing"
	"time"

	"ringflow/endpoints"
	"ringflow/session"
)

// A supervisor hears both and is heard as the mode says, which changes while he
// listens; the two notice nothing of his going, and he goes when they do.
func TestMonitor(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		alice, boss, number := h.user("alice"), h.user("boss"), h.number("+18005550109")
		h.number(did, dial("ring", nil, nil, user(alice.ID)))
		const carlas, alices, bosses = 700.0, 1100.0, 1700.0
		agent, chief := &ear{}, &ear{}
		h.phone("alice", "10.0.0.11").on(picksUp(agent, time.Second, alices, 0))
		desk := h.phone("boss", "10.0.0.12")
		desk.on(picksUp(chief, time.Second, bosses, 0))
		call := h.carrier.mustCall(toNumber(did))
		call.sings(carlas)
		time.Sleep(2 * time.Second)
		id := h.sessionOf(t)
		monitor := func(u *endpoints.Endpoint, mode session.MonitorMode) error {
			return h.Monitor(t.Context(), id, u, mode, "manager@example.com")
		}
		hears := func(mode session.MonitorMode, byCarla, byAlice bool) {
			t.Helper()
			if err := monitor(boss, mode); err != nil {
				t.Fatal(mode, err)
			}
			time.Sleep(3 * time.Second)
			for _, e := range []*ear{agent, chief, call.ear} {
				e.forget()
			}
			time.Sleep(time.Second)
			if a, b := chief.hears(carlas), chief.hears(alices); a < 800*time.Millisecond || b < 800*time.Millisecond {
				t.Errorf("%s: the supervisor heard the caller for %s, the user for %s", mode, a, b)
			}
			if a, b := call.ear.hears(alices), agent.hears(carlas); a < 800*time.Millisecond || b < 800*time.Millisecond {
				t.Errorf("%s: the two heard each other for %s and %s", mode, a, b)
			}
			for _, row := range []struct {
				who  string
				ear  *ear
				want bool
			}{{"the caller", call.ear, byCarla}, {"the user", agent, byAlice}} {
				if got := row.ear.hears(bosses); row.want && got < 800*time.Millisecond || !row.want && got > 0 {
					t.Errorf("%s: %s heard the supervisor for %s, want %v", mode, row.who, got, row.want)
				}
			}
		}
		hears(session.Listen, false, false)
		hears(session.Whisper, false, true)
		hears(session.Barge, true, true)
		hears(session.Listen, false, false)
		if n := len(desk.called()); n != 1 {
			t.Errorf("the supervisor was rung %d times", n)
		}

		var bad *endpoints.Invalid
		if err := monitor(number, session.Listen); !errors.As(err, &bad) {
			t.Errorf("a number listens: %v", err)
		}
		if err := monitor(boss, "Shout"); !errors.As(err, &bad) {
			t.Errorf("a mode that is none: %v", err)
		}
		stranger := *boss
		stranger.AccountID = endpoints.NewID()
		if err := monitor(&stranger, session.Listen); !errors.As(err, &bad) {
			t.Errorf("another account's user listens: %v", err)
		}
		if err := h.Monitor(t.Context(), endpoints.NewID(), boss, session.Listen, ""); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("no such session: %v", err)
		}
		call.hangUp(t)
		logged(t, h.record(), "Supervisor Boss is rung: Listen, by manager@example.com", "Supervisor Boss takes part: Listen", "Supervisor Boss: Whisper, by", "Supervisor Boss is gone")
	})
}

// While nobody talks there is nobody to listen to; a supervisor who hangs up
// first ends nothing, and one whose phone rings when the talk ends is let be.
func TestMonitorBounds(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		alice, boss := h.user("alice"), h.user("boss")
		h.number(did, dial("ring", nil, nil, user(alice.ID)))
		h.phone("alice", "10.0.0.11").on(picksUp(&ear{}, 5*time.Second, 1100, 0))
		desk := h.phone("boss", "10.0.0.12")
		desk.on(picksUp(&ear{}, time.Second, 1700, 2*time.Second))
		asked := make(chan error, 1)
		go func() {
			time.Sleep(3 * time.Second) // it rings
			asked <- h.Monitor(t.Context(), h.Live(nil)[0].ID, boss, session.Listen, "x")
		}()
		call := h.carrier.mustCall(toNumber(did))
		if err := <-asked; !errors.Is(err, session.ErrNoTalk) {
			t.Errorf("while it rings: %v", err)
		}
		time.Sleep(time.Second)
		id := h.Live(nil)[0].ID
		for range 2 { // who is gone can come again
			if err := h.Monitor(t.Context(), id, boss, session.Listen, "x"); err != nil {
				t.Fatal(err)
			}
			time.Sleep(5 * time.Second)
		}
		if call.leg.Context().Err() != nil || len(desk.called()) != 2 {
			t.Errorf("the call is over, or the supervisor was rung %d times", len(desk.called()))
		}
		desk.on(refuses(486, time.Hour))
		if err := h.Monitor(t.Context(), id, boss, session.Barge, "x"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Second)
		call.hangUp(t)
		if r := h.record(); r.Ended.IsZero() {
			t.Error("the session waits for the supervisor's phone")
		}
	})
}
