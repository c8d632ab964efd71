package virtual_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"ringflow/flow"
	"ringflow/flow/virtual"
)

var _ flow.Clock = (*virtual.Clock)(nil)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// What is due happens in order of its time, at its time; what was stopped does not.
func TestOrder(t *testing.T) {
	var got []string
	c := &virtual.Clock{Time: noon}
	tell := func(what string) { got = append(got, what+" "+c.Now().Sub(noon).String()) }
	presses := []time.Duration{2 * time.Second, 4 * time.Second}
	c.Due = func() (time.Time, func()) {
		if len(presses) == 0 {
			return time.Time{}, nil
		}
		return noon.Add(presses[0]), func() { presses = presses[1:]; tell("press") }
	}
	late, quick := errors.New("late"), errors.New("quick")
	long, stop := c.WithTimeout(context.Background(), 5*time.Second, late)
	defer stop()
	_, never := c.WithTimeout(context.Background(), time.Second, errors.New("never"))
	never()
	short, stopShort := c.WithTimeout(long, 3*time.Second, quick)
	defer stopShort()
	if err := c.Wait(short, time.Minute); err != quick {
		t.Error(err)
	}
	tell("quick")
	if err := c.Wait(long, time.Second); err != nil {
		t.Error(err)
	}
	tell("waited")
	if err := c.Wait(long, time.Minute); err != late {
		t.Error(err)
	}
	tell("late")
	want := []string{"press 2s", "quick 3s", "press 4s", "waited 4s", "late 5s"}
	if len(got) != len(want) {
		t.Fatal(got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%s, want %s", got[i], want[i])
		}
	}
}

func TestWoken(t *testing.T) {
	c := &virtual.Clock{Time: noon}
	awake := false
	c.Due = func() (time.Time, func()) { return noon.Add(time.Second), func() { awake = true } }
	woke, err := c.Until(context.Background(), noon.Add(time.Hour), func() bool { return awake })
	if !woke || err != nil || c.Now() != noon.Add(time.Second) {
		t.Error(woke, err, c.Now())
	}
	awake, c.Due = false, nil
	woke, err = c.Until(context.Background(), noon, func() bool { return awake })
	if woke || err != nil || c.Now() != noon.Add(time.Second) {
		t.Error("time went back, or something woke: ", woke, err, c.Now())
	}
}
