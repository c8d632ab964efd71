package media_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"ringflow/media"
)

func TestClipPlaysAsOftenAsAsked(t *testing.T) {
	tone := sine(440, 10000, 8000, 1000) // 6.25 frames
	c, err := media.NewClip(tone, 8000)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct{ times, frames int }{{1, 7}, {2, 13}, {3, 19}, {0, 500}} {
		got := hear(t, c.Source(row.times), 8000, 500)
		if len(got) != row.frames*160 {
			t.Errorf("%d times: %d frames, expected %d", row.times, len(got)/160, row.frames)
		}
		times := row.times
		if times == 0 {
			times = 80
		}
		want := slices.Repeat(tone, times)
		want = append(want, make([]int16, max(0, len(got)-len(want)))...)
		if !slices.Equal(got, want[:len(got)]) {
			t.Errorf("%d times: not the clip again and again, then silence", row.times)
		}
	}
	empty, _ := media.NewClip(nil, 8000)
	if got := hear(t, empty.Source(0), 8000, 5); len(got) != 0 {
		t.Errorf("an empty clip gave %d samples", len(got))
	}
}

func TestClipAtOtherRates(t *testing.T) {
	c, _ := media.NewClip(sine(440, 10000, 44100, 44100), 44100)
	for _, rate := range []int{8000, 16000, 48000} {
		got := hear(t, c.Source(1), rate, 1000)
		if len(got) != rate {
			t.Errorf("%d Hz: %d samples", rate, len(got))
		}
		if s := strength(got[rate/10:rate*9/10], 440, rate); s < 9800 || s > 10200 {
			t.Errorf("%d Hz: the tone has a peak of %.0f, expected 10000", rate, s)
		}
		f, s := make(media.Frame, rate/50), c.Source(0)
		if a := testing.AllocsPerRun(100, func() { s.ReadFrame(f) }); a > 0 {
			t.Errorf("%d Hz: %v allocations a frame", rate, a)
		}
	}
}

func opening(b []byte, n *atomic.Int32) func() (io.ReadCloser, error) {
	return func() (io.ReadCloser, error) {
		n.Add(1)
		return io.NopCloser(bytes.NewReader(b)), nil
	}
}

func TestCacheDecodesOnce(t *testing.T) {
	c := media.NewClipCache(1 << 20)
	var opened atomic.Int32
	open := opening(wavFile(1, 16, 1, 8000, sine(440, 10000, 8000, 8000)), &opened)
	var all sync.WaitGroup
	clips := make([]*media.Clip, 20)
	for i := range clips {
		all.Go(func() {
			clip, err := c.Load(t.Context(), "a", open)
			if err != nil {
				t.Error(err)
			}
			clips[i] = clip
		})
	}
	all.Wait()
	if opened.Load() != 1 {
		t.Errorf("opened %d times, expected once", opened.Load())
	}
	for _, clip := range clips {
		if clip != clips[0] {
			t.Error("not the same clip for all")
		}
	}
	c.Forget("a")
	if s := c.Stats(); s.Clips != 0 || s.Bytes != 0 {
		t.Errorf("after Forget: %+v", s)
	}
	if _, err := c.Load(t.Context(), "a", open); err != nil || opened.Load() != 2 {
		t.Errorf("after Forget: %v, opened %d times", err, opened.Load())
	}
}

func TestCacheIsBounded(t *testing.T) {
	const max = 200_000
	c := media.NewClipCache(max)
	var opened atomic.Int32
	open := opening(wavFile(1, 16, 1, 8000, make([]int16, 16000)), &opened) // 32 KB
	for _, key := range []string{"a", "b", "c", "a", "d", "e", "a", "f", "g", "a", "h"} {
		if _, err := c.Load(t.Context(), key, open); err != nil {
			t.Fatal(err)
		}
	}
	s := c.Stats()
	if s.Bytes > max || s.Evicted == 0 || opened.Load() != 8 { // a was always in use
		t.Errorf("opened %d times, %+v", opened.Load(), s)
	}
	long := opening(wavFile(1, 16, 1, 8000, make([]int16, 40000)), &opened)
	if clip, err := c.Load(t.Context(), "long", long); err != nil || clip.Duration() != 5*time.Second {
		t.Errorf("a long one: %v", err)
	}
	if after := c.Stats(); after.Clips != s.Clips {
		t.Errorf("a long clip drove out others: %+v", after)
	}
}

func TestCacheKeepsNoErrors(t *testing.T) {
	c := media.NewClipCache(1 << 20)
	gone := errors.New("gone")
	if _, err := c.Load(t.Context(), "a", func() (io.ReadCloser, error) { return nil, gone }); !errors.Is(err, gone) {
		t.Errorf("%v, expected its error", err)
	}
	var opened atomic.Int32
	if _, err := c.Load(t.Context(), "a", opening(wavFile(1, 16, 1, 8000, nil), &opened)); err != nil {
		t.Errorf("the second time: %v", err)
	}
}

// Whoever leaves does not take the others with them: the next one makes it.
func TestCacheWhenTheFirstLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := media.NewClipCache(1 << 20)
		first, leave := context.WithCancel(t.Context())
		var made atomic.Int32
		slow := func(ctx context.Context) (*media.Clip, error) {
			made.Add(1)
			select {
			case <-time.After(time.Second):
				return media.NewClip(make([]int16, 160), 8000)
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		}
		var all sync.WaitGroup
		all.Go(func() {
			if _, err := c.Do(first, "a", slow); !errors.Is(err, context.Canceled) {
				t.Errorf("the first: %v", err)
			}
		})
		synctest.Wait()
		all.Go(func() {
			if clip, err := c.Do(t.Context(), "a", slow); err != nil || clip == nil {
				t.Errorf("the second: %v", err)
			}
		})
		impatient, stop := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer stop()
		if _, err := c.Do(impatient, "a", slow); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the impatient: %v", err)
		}
		leave()
		all.Wait()
		if made.Load() != 2 {
			t.Errorf("made %d times, expected 2", made.Load())
		}
	})
}
