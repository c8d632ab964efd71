package store_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"

	"ringflow/store"
)

// TestTogether: what one of many who share a commit fails by, or panics with, is its own;
// the others are written, and nobody waits for ever.
func TestTogether(t *testing.T) {
	s := newSQLite(t).Open(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	bad := errors.New("bad")
	begun, hold := make(chan struct{}), make(chan struct{})
	fs := map[string]func(context.Context) error{
		"first":  func(context.Context) error { close(begun); <-hold; return nil }, // the others gather behind it
		"good":   func(context.Context) error { return nil },
		"bad":    func(context.Context) error { return bad },
		"panics": func(context.Context) error { panic("oh") },
		"leaves": func(context.Context) error { runtime.Goexit(); return nil },
		"last":   func(context.Context) error { return nil },
	}
	type result struct {
		name string
		err  error
	}
	results := make(chan result, len(fs))
	run := func(name string) {
		r := result{name, errors.New("its goroutine is gone")}
		defer func() {
			if p := recover(); p != nil {
				r.err = p.(error)
			}
			results <- r
		}()
		r.err = store.Together(ctx, s, fs[name])
	}
	go run("first")
	<-begun
	for _, name := range []string{"good", "bad", "panics", "last"} {
		go run(name)
	}
	for store.Waiting(s) < 4 {
		runtime.Gosched()
	}
	close(hold)
	for range 5 {
		r := <-results
		switch {
		case r.name == "bad" && errors.Is(r.err, bad):
		case r.name == "panics" && r.err != nil && strings.Contains(r.err.Error(), "oh") && strings.Contains(r.err.Error(), "together_test.go"):
		case r.name != "bad" && r.name != "panics" && r.err == nil:
		default:
			t.Errorf("%s: %v", r.name, r.err)
		}
	}
	go run("leaves")
	<-results
	go run("last")
	if r := <-results; r.err != nil {
		t.Errorf("after one whose goroutine ended: %v", r.err)
	}
}
