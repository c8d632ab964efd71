package fetch

import (
	"fmt"
	"testing"
	"time"
)

func TestBreakers(t *testing.T) {
	var b breakers
	now := time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
	fail := func(n int) {
		for range n {
			b.note("h", now, false)
		}
	}
	fail(4)
	b.note("h", now, true)
	fail(4)
	if b.closed("h", now) != 0 {
		t.Error("four in a row are enough")
	}
	fail(1)
	if got := b.closed("h", now); got != 30*time.Second {
		t.Errorf("after five: %s", got)
	}
	now = now.Add(30 * time.Second)
	if b.closed("h", now) != 0 {
		t.Error("no trial after 30 s")
	}
	if b.closed("h", now) == 0 {
		t.Error("two trials at once")
	}
	fail(1)
	if b.closed("h", now.Add(29*time.Second)) == 0 {
		t.Error("a trial that failed lets others through")
	}
	b.note("h", now, true)
	if b.closed("h", now) != 0 {
		t.Error("a trial that went well does not open the way")
	}
}

func TestBreakersAreBounded(t *testing.T) {
	var b breakers
	now := time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
	for i := range 3 * maxBreakers {
		b.note(fmt.Sprint(i), now.Add(time.Duration(i)*time.Millisecond), false)
		if len(b.hosts) > maxBreakers {
			t.Fatalf("%d hosts are remembered", len(b.hosts))
		}
	}
	if b.hosts[fmt.Sprint(3*maxBreakers-1)] == nil {
		t.Error("the last one is forgotten")
	}
}
