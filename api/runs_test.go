package api

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

// A run is over after its time, at the server's end and when nobody waits for
// it; meanwhile others wait for a moment only.
func TestTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &Server{}
		s.prepare()
		var done []func()
		start := time.Now()
		ctx, end, err := s.turn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		done = append(done, end)
		for range cap(s.runs) - 1 {
			_, end, err := s.turn(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			done = append(done, end)
		}
		if _, _, err := s.turn(t.Context()); classify(err).Status != http.StatusServiceUnavailable || classify(err).RetryAfter < 1 || time.Since(start) != runWait {
			t.Error(err, time.Since(start))
		}
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		if _, _, err := s.turn(gone); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		<-ctx.Done()
		if took := time.Since(start); took != runTime || !errors.Is(context.Cause(ctx), errRunTime) {
			t.Error(took, context.Cause(ctx))
		}
		for _, end := range done {
			end()
		}
		ctx, end, err = s.turn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer end()
		s.Close()
		<-ctx.Done()
		if classify(context.Cause(ctx)).Status != http.StatusServiceUnavailable {
			t.Error(context.Cause(ctx))
		}
	})
}

func TestClockTime(t *testing.T) {
	for d, want := range map[time.Duration]string{0: "00:00.0", 4240 * time.Millisecond: "00:04.2", 59960 * time.Millisecond: "01:00.0", time.Hour + 4*time.Second: "1:00:04.0", 12 * time.Minute: "12:00.0"} {
		if got := clockTime(d); got != want {
			t.Errorf("%s: %s, want %s", d, got, want)
		}
	}
}
