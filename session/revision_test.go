package session_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"ringflow/endpoints"
	"ringflow/session"
)

// What is done to a live call is done to the very revision that was seen, or not at all; all that is shown of
// it counts but its log.
func TestLiveRevisions(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		_, _, ups, _ := threeInHouse(t, h)
		carla, alice := callsAlice(h, ups)
		id, by := h.first(t).ID, asUser(h.find("alice"))
		get := func() *session.Record {
			r, err := h.Get(id)
			if err != nil {
				t.Fatal(err)
			}
			return r
		}
		text := "late"
		seen := get()
		stale := func(name string, f func(ctx context.Context) error) {
			t.Helper()
			was := get()
			if err := f(endpoints.At(t.Context(), id, was.Revision-1)); !errors.Is(err, endpoints.ErrStale) {
				t.Errorf("%s: %v", name, err)
			}
			if is := get(); is.Revision != was.Revision || is.CallState != was.CallState || is.ConsoleData != was.ConsoleData || len(is.Log) != len(was.Log) {
				t.Errorf("%s has changed it: %+v", name, is)
			}
		}
		if again := get(); again.Revision != seen.Revision {
			t.Errorf("a look has made %d of %d", again.Revision, seen.Revision)
		}
		if err := h.Note(t.Context(), seen, by, "a line"); err != nil || get().Revision != seen.Revision {
			t.Errorf("a line in the log is revision %d after %d, %v", get().Revision, seen.Revision, err)
		}
		stale("console", func(ctx context.Context) error { return h.SetConsoleData(ctx, id, text) })
		stale("hold", func(ctx context.Context) error {
			return h.Hold(ctx, id, by, session.Holding{On: true, Console: &text})
		})
		stale("tape", func(ctx context.Context) error { return h.Tape(ctx, id, by, true) })
		stale("redirect", func(ctx context.Context) error {
			return h.Redirect(ctx, id, by, session.Redirection{Destination: "bob"})
		})
		stale("confer", func(ctx context.Context) error { return h.Confer(ctx, id, by) })
		stale("add", func(ctx context.Context) error {
			return h.AddMember(ctx, id, by, session.Redirection{Destination: "bob"})
		})
		stale("change", func(ctx context.Context) error {
			return h.ChangeMember(ctx, id, by, seen.Members[0].CallSid, session.MemberChange{Mute: new(bool)})
		})
		stale("remove", func(ctx context.Context) error { return h.RemoveMember(ctx, id, by, seen.Members[0].CallSid) })
		stale("monitor", func(ctx context.Context) error {
			return h.Monitor(ctx, id, h.find("bob"), session.Listen, "boss")
		})
		stale("end", func(ctx context.Context) error { return h.End(ctx, id, "late") })

		// One of two who have seen the same gets his change.
		at := endpoints.At(t.Context(), id, get().Revision)
		first, second := "first", "second"
		if err := h.Hold(at, id, by, session.Holding{On: true, Console: &first}); err != nil {
			t.Fatal(err)
		}
		if err := h.SetConsoleData(at, id, second); !errors.Is(err, endpoints.ErrStale) {
			t.Error(err)
		}
		held := get()
		if held.CallState != session.Hold || held.ConsoleData != first || held.Revision <= seen.Revision {
			t.Errorf("%s %q at %d", held.CallState, held.ConsoleData, held.Revision)
		}
		at = endpoints.At(t.Context(), id, held.Revision)
		if err := h.SetHoldReason(at, id, session.HoldTransferring, &second); err != nil {
			t.Error(err)
		}
		if r := get(); r.HoldReason != session.HoldTransferring || r.ConsoleData != second || r.Revision == held.Revision {
			t.Errorf("%q %q at %d", r.HoldReason, r.ConsoleData, r.Revision)
		}

		// A phone's own doing counts, too: who was about to end a talk of two hears that there are none.
		at = endpoints.At(t.Context(), id, get().Revision)
		alice.hangUp(t)
		time.Sleep(time.Second)
		if err := h.End(at, id, "late"); err == nil {
			t.Error("a call that has changed is ended")
		}
		carla.hangUp(t)
		time.Sleep(time.Second)
		if kept := h.record(); kept.Revision <= held.Revision || kept.ConsoleData != second {
			t.Errorf("kept %q at %d, it was at %d", kept.ConsoleData, kept.Revision, held.Revision)
		}
	})
}

// Editors of one call's console data at once: each adds a letter, and none is lost.
func TestLiveEditors(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		_, _, ups, _ := threeInHouse(t, h)
		carla, _ := callsAlice(h, ups)
		id := h.first(t).ID
		const editors = 20
		var wg sync.WaitGroup
		for range editors {
			wg.Go(func() {
				for {
					r, err := h.Get(id)
					if err == nil {
						err = h.SetConsoleData(endpoints.At(t.Context(), id, r.Revision), id, r.ConsoleData+"x")
					}
					if err == nil {
						return
					}
					if !errors.Is(err, endpoints.ErrStale) {
						t.Error(err)
						return
					}
				}
			})
		}
		wg.Wait()
		if r := h.first(t); len(r.ConsoleData) != editors {
			t.Errorf("%q, by %d editors", r.ConsoleData, editors)
		}
		carla.hangUp(t)
	})
}
