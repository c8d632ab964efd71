package media_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// The time of a pause is not in the file, and both sides keep to the same time
// after it.
func TestRecorderPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, path := record(t, true)
		said, left, right := sine(900, 8000, 8000, 8000), sine(440, 8000, 8000, 8000), sine(1000, 5000, 8000, 8000)
		talk := func(l, rr []int16) {
			lf, rf := frames(l, 8000), frames(rr, 8000)
			for i := range lf {
				r.Side(0).WriteFrame(lf[i])
				r.Side(1).WriteFrame(rf[i])
				time.Sleep(20 * time.Millisecond)
			}
		}
		talk(left, right)
		if r.Resume() || !r.Pause() || r.Pause() {
			t.Error("paused where it was paused, or went on where it was not")
		}
		for range 5 {
			talk(said, said)
		}
		if !r.Resume() || r.Resume() {
			t.Error("can't go on")
		}
		talk(right, left)
		if !r.Pause() {
			t.Error("no second pause")
		}
		time.Sleep(time.Minute)
		d, err := r.Close()
		if err != nil || d != 2*time.Second {
			t.Errorf("closed with %v, %v", d, err)
		}
		got := sides(t, path)
		if !slices.Equal(got[0], slices.Concat(left, right)) || !slices.Equal(got[1], slices.Concat(right, left)) {
			t.Error("the sides are not what was said before and after the pause")
		}
	})
}

// A recording that begins with a pause has nothing before it.
func TestRecorderPausedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, path := record(t, false)
		r.Pause()
		time.Sleep(10 * time.Second)
		r.Resume()
		said := sine(440, 8000, 8000, 16000)
		for _, f := range frames(said, 8000) {
			r.Side(0).WriteFrame(f)
			time.Sleep(20 * time.Millisecond)
		}
		if d, err := r.Close(); err != nil || d != 2*time.Second || !slices.Equal(sides(t, path)[0], said) {
			t.Errorf("%v, %v", d, err)
		}
	})
}
