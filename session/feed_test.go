package session_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"ringflow/session"
)

func all(*session.Event) bool { return true }

func line(n int) session.Event {
	return session.Event{Kind: session.Logged, SessionID: "s", AccountID: "a", Date: time.Now(), Message: fmt.Sprint(n)}
}

// Who doesn't read loses what there is no room for, is told how much and where, and
// may ask for it again.
func TestFeedSlow(t *testing.T) {
	var f session.Feed
	l, err := f.Follow("", all)
	if err != nil {
		t.Fatal(err)
	}
	const n = 1000
	for i := range n {
		f.Publish(line(i))
	}
	events, open := l.Take()
	gap := events[len(events)-1]
	read := len(events) - 1
	if !open || gap.Kind != session.Missed || gap.Gap.Lost != n-read || gap.Gap.After != events[read-1].ID || read == 0 {
		t.Fatalf("%d events, the last %+v", len(events), gap)
	}
	f.Publish(line(n))
	if events, _ = l.Take(); len(events) != 1 || events[0].Message != fmt.Sprint(n) {
		t.Fatalf("after the gap: %+v", events)
	}
	again, err := f.Follow(gap.Gap.After, all)
	if err != nil {
		t.Fatal(err)
	}
	if events, _ = again.Take(); len(events) != n-read+1 || events[0].Message != fmt.Sprint(read) {
		t.Fatalf("asked again: %d", len(events))
	}
	if quiet, err := f.Follow(gap.ID, all); err != nil {
		t.Fatal(err)
	} else if events, _ = quiet.Take(); len(events) != 1 || events[0].Kind != session.Logged {
		t.Errorf("after the gap's own id: %+v", events)
	}
	l.Close()
	l.Close()
	f.Publish(line(n + 1))
	if events, _ := l.Take(); len(events) != 0 {
		t.Errorf("told after its end: %+v", events)
	}
}

// What is kept is bounded by its number and by the length of its texts.
func TestFeedBounds(t *testing.T) {
	for _, length := range []int{1, 2048} {
		var f session.Feed
		text := strings.Repeat("x", length)
		for range 10_000 {
			f.Publish(session.Event{Kind: session.Logged, Message: text})
		}
		l, err := f.Follow("0-0", all)
		if err != nil {
			t.Fatal(err)
		}
		events, _ := l.Take()
		if n := len(events) - 1; events[0].Kind != session.Missed || n*length > 4<<20 || n > 4096 || n < 1500 || events[n].Number != 10_000 || events[1].Number != uint64(10_000-n+1) {
			t.Errorf("texts of %d: %d kept, from %d to %d", length, n, events[1].Number, events[n].Number)
		}
	}
}

// What is forgotten is told no more; a feed that ends says so; it has only so many listeners.
func TestFeedEnds(t *testing.T) {
	var f session.Feed
	f.Publish(line(7))
	f.Forget(func(e *session.Event) bool { return e.SessionID == "s" })
	l, err := f.Follow("0-0", all)
	if err != nil {
		t.Fatal(err)
	}
	if events, _ := l.Take(); len(events) != 2 || events[1].Message != "" || events[1].SessionID != "s" {
		t.Errorf("%+v", events)
	}
	for err == nil {
		_, err = f.Follow("", all)
	}
	f.Publish(line(8))
	f.Close()
	<-l.Ready
	if events, open := l.Take(); open || len(events) != 1 {
		t.Errorf("at the end: %v %+v", open, events)
	}
}

func BenchmarkFeedPublish(b *testing.B) {
	for _, listeners := range []int{0, 1, 100} {
		b.Run(fmt.Sprint(listeners), func(b *testing.B) {
			var f session.Feed
			for range listeners {
				if _, err := f.Follow("", func(e *session.Event) bool { return e.AccountID == "b" }); err != nil {
					b.Fatal(err)
				}
			}
			e := line(1)
			b.ReportAllocs()
			for b.Loop() {
				f.Publish(e)
			}
		})
	}
}
