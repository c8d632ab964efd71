package service_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"ringflow/endpoints"
	"ringflow/endpoints/service"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// An event that takes long is worked at once: who tells it meanwhile waits, and who tells it afterwards
// hears that it is here.
func TestEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var e service.Events
		defer e.Close()
		runs := 0
		slow := func(ctx context.Context) error {
			runs++
			time.Sleep(10 * time.Second)
			return ctx.Err()
		}
		if err := e.Do(t.Context(), "a", 3*time.Second, slow); !errors.Is(err, service.ErrSlow) {
			t.Error(err)
		}
		if err := e.Do(t.Context(), "a", 20*time.Second, slow); err != nil {
			t.Error(err)
		}
		if err := e.Do(t.Context(), "a", time.Second, slow); err != nil || runs != 1 {
			t.Errorf("%v, %d runs", err, runs)
		}
		time.Sleep(16 * time.Minute)
		if err := e.Do(t.Context(), "a", time.Minute, slow); err != nil || runs != 2 {
			t.Errorf("forgotten: %v, %d runs", err, runs)
		}
		failed := errors.New("no")
		for range 2 {
			if err := e.Do(t.Context(), "b", time.Second, func(context.Context) error { runs++; return failed }); !errors.Is(err, failed) {
				t.Error(err)
			}
		}
		if runs != 4 {
			t.Errorf("what failed isn't tried again: %d runs", runs)
		}
		var fault *service.Fault
		if err := e.Do(t.Context(), "c", time.Second, func(context.Context) error { panic("oops") }); !errors.As(err, &fault) {
			t.Error(err)
		}
	})
}

func TestEventsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var e service.Events
		hang := func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
		busy := 0
		for i := range 100 {
			if err := e.Do(t.Context(), string(rune('A'+i)), time.Second, hang); errors.Is(err, service.ErrBusy) {
				busy++
			}
		}
		if busy != 36 {
			t.Errorf("%d of 100 were too many", busy)
		}
		e.Close()
		if err := e.Do(t.Context(), "x", time.Second, hang); !errors.Is(err, service.ErrBusy) {
			t.Error(err)
		}
	})
}

func TestPatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p service.Patience
		var later *endpoints.Later
		if err := p.Ask("a", service.RetryAfter(http.Header{"Retry-After": {"30"}})); !errors.As(err, &later) || time.Until(later.At) != 30*time.Second {
			t.Error(err)
		}
		if p.Check("a") == nil || p.Check("b") != nil {
			t.Error("the wrong one waits")
		}
		time.Sleep(30 * time.Second)
		if err := p.Check("a"); err != nil {
			t.Error(err)
		}
		for value, want := range map[string]time.Duration{"": 0, "x": 0, "-1": 0, "99999999999999999999": 0, "7200": time.Hour, time.Now().Add(90 * time.Second).UTC().Format(http.TimeFormat): 90 * time.Second} {
			if got := service.RetryAfter(http.Header{"Retry-After": {value}}); got > want || got < want-time.Second {
				t.Errorf("%q is %s", value, got)
			}
		}
	})
}

func TestPieces(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "  ": "", "short": "short", "eleven letters here": "eleven|letters|here", "aaaaaaaaaaaaaaaaaaaaaaaa": "aaaaaaaaaa|aaaaaaaaaa|aaaa", "ääääääääääää": "ääääääääää|ää", "line one\nline two": "line one|line two",
	} {
		if got := strings.Join(service.Pieces(text, 10), "|"); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}
