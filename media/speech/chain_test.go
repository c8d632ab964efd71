package speech_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"ringflow/media"
	"ringflow/media/speech"
)

func frames(c *media.Clip) int {
	if c == nil {
		return -1
	}
	return int(c.Duration() / media.FrameDuration)
}

// fails never speaks, but says so at once.
func fails(name string) *fake {
	return &fake{name: name, speak: func(context.Context, string, string) (*media.Clip, error) { return nil, errors.New("dead") }}
}

// However many engines hang, the call has speech or an error within Patience.
func TestChainIsPatientForFiveSeconds(t *testing.T) {
	for name, row := range map[string]struct {
		engines []speech.Engine
		want    int
		longest time.Duration
	}{
		"one that speaks":          {[]speech.Engine{says("a", 1), says("b", 2)}, 1, 0},
		"the first is dead":        {[]speech.Engine{fails("a"), says("b", 2)}, 2, 0},
		"the first hangs":          {[]speech.Engine{hangs("a"), says("b", 2)}, 2, 3 * time.Second},
		"two hang":                 {[]speech.Engine{hangs("a"), hangs("b"), says("c", 3)}, 3, 4200 * time.Millisecond},
		"the first gives no sound": {[]speech.Engine{says("a", 0), says("b", 2)}, 2, 0},
		"all are dead":             {[]speech.Engine{fails("a"), fails("b")}, -1, 0},
		"all hang":                 {[]speech.Engine{hangs("a"), hangs("b"), hangs("c")}, -1, speech.Patience},
		"there is none":            {nil, -1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := speaker(t, "", row.engines...)
				defer s.Close()
				start := time.Now()
				clip, err := s.Speak(t.Context(), "hello", "")
				if frames(clip) != row.want || (err == nil) != (row.want >= 0) {
					t.Errorf("clip %d, %v; expected clip %d", frames(clip), err, row.want)
				}
				if d := time.Since(start); d > row.longest {
					t.Errorf("it took %v, expected no more than %v", d, row.longest)
				}
			})
		})
	}
}

// An engine that failed five times is left alone for 30 s, then tried by one.
func TestBreaker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bad, good := fails("bad"), says("good", 2)
		s := speaker(t, "", bad, good)
		defer s.Close()
		say := func(n int) {
			for i := range n {
				text := fmt.Sprint("text ", time.Now(), i)
				if _, err := s.Speak(t.Context(), text, ""); err != nil {
					t.Errorf("%s: %v", text, err)
				}
			}
		}
		for _, step := range []struct {
			texts int
			asked int32 // the bad one, so far
		}{{5, 5}, {20, 5}, {0, 5}} {
			if say(step.texts); bad.asked.Load() != step.asked {
				t.Errorf("after %d texts more: asked %d times, expected %d", step.texts, bad.asked.Load(), step.asked)
			}
		}
		time.Sleep(31 * time.Second)
		if say(10); bad.asked.Load() != 6 {
			t.Errorf("after the pause: asked %d times, expected 6", bad.asked.Load())
		}
		bad.speak = good.speak // it is well again
		time.Sleep(31 * time.Second)
		if say(3); bad.asked.Load() != 9 {
			t.Errorf("well again: asked %d times, expected 9", bad.asked.Load())
		}
	})
}

// Callers who hang up say nothing about the engine.
func TestCallersWhoLeaveAreNoFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := hangs("slow")
		s := speaker(t, "", slow)
		defer s.Close()
		hungUp := errors.New("hung up")
		for i := range 10 {
			ctx, leave := context.WithCancelCause(t.Context())
			time.AfterFunc(100*time.Millisecond, func() { leave(hungUp) })
			if _, err := s.Speak(ctx, fmt.Sprint(i), ""); !errors.Is(err, hungUp) {
				t.Errorf("%v, expected the cause", err)
			}
		}
		if n := slow.asked.Load(); n != 10 {
			t.Errorf("asked %d times, expected 10", n)
		}
	})
}

// A text is spoken once, however many ask, and however often; other voices and
// texts are others.
func TestSpokenOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := &fake{name: "a", speak: func(context.Context, string, string) (*media.Clip, error) {
			time.Sleep(time.Second)
			return sound(1), nil
		}}
		s := speaker(t, "", e)
		defer s.Close()
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() {
				if _, err := s.Speak(t.Context(), "hello", ""); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		s.Speak(t.Context(), " hello\n", "")
		if n := e.asked.Load(); n != 1 {
			t.Errorf("asked %d times, expected once", n)
		}
		s.Speak(t.Context(), "hello", "de")
		s.Speak(t.Context(), "bye", "")
		if n := e.asked.Load(); n != 3 {
			t.Errorf("asked %d times, expected 3", n)
		}
	})
}

// What was spoken is there after a restart, on its engine's name; what is
// broken on disk is spoken again.
func TestDiskCache(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "speech")
	first := says("a", 7)
	s := speaker(t, dir, first)
	if _, err := s.Speak(t.Context(), "hello", ""); err != nil {
		t.Fatal(err)
	}
	s.Close()
	os.WriteFile(filepath.Join(dir, ".part-123"), []byte("half"), 0o600)

	again := says("a", 1)
	s = speaker(t, dir, again)
	if clip, err := s.Speak(t.Context(), "hello", ""); err != nil || frames(clip) != 7 || again.asked.Load() != 0 {
		t.Errorf("after a restart: clip %d, %v, asked %d times", frames(clip), err, again.asked.Load())
	}
	s.Close()
	files, _ := filepath.Glob(filepath.Join(dir, "*"))
	hidden, _ := filepath.Glob(filepath.Join(dir, ".*"))
	if len(files) != 1 || len(hidden) != 0 {
		t.Fatalf("files: %v %v, expected one", files, hidden)
	}
	if i, err := os.Stat(files[0]); err != nil || i.Mode().Perm() != 0o600 {
		t.Errorf("others may read it: %v, %v", i.Mode(), err)
	}

	os.WriteFile(files[0], []byte("not a sound any more"), 0o600)
	s = speaker(t, dir, again)
	if clip, err := s.Speak(t.Context(), "hello", ""); err != nil || frames(clip) != 1 {
		t.Errorf("a broken file: clip %d, %v", frames(clip), err)
	}
	s.Close()

	other := says("b", 2)
	s = speaker(t, dir, other)
	if clip, _ := s.Speak(t.Context(), "hello", ""); frames(clip) != 2 {
		t.Errorf("another engine: clip %d, expected its own", frames(clip))
	}
	s.Close()
}

// The folder never holds more than it may; what was asked for last stays.
func TestDiskCacheIsBounded(t *testing.T) {
	dir := t.TempDir()
	e := says("a", 50) // 16 KB
	s, err := speech.NewSpeaker([]speech.Engine{e}, "", dir, 100_000, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 30 {
		if _, err := s.Speak(t.Context(), fmt.Sprint(i), ""); err != nil {
			t.Fatal(err)
		}
	}
	s.Close()
	size := int64(0)
	files, _ := os.ReadDir(dir)
	for _, f := range files {
		i, _ := f.Info()
		size += i.Size() - 44
	}
	if size > 100_000 || len(files) != 6 {
		t.Errorf("%d files of %d bytes", len(files), size)
	}
	small, err := speech.NewSpeaker([]speech.Engine{e}, "", dir, 40_000, nil)
	if err != nil {
		t.Fatal(err)
	}
	small.Close()
	if files, _ := os.ReadDir(dir); len(files) != 2 {
		t.Errorf("after a restart with less room: %d files", len(files))
	}
}

// The stand-in's voice is not kept longer than the first one's absence.
func TestTheFirstHasItsChanceAgain(t *testing.T) {
	first, second := fails("a"), says("b", 2)
	s := speaker(t, "", first, second)
	defer s.Close()
	if clip, _ := s.Speak(t.Context(), "hello", ""); frames(clip) != 2 {
		t.Errorf("clip %d, expected the stand-in's", frames(clip))
	}
	first.speak = says("", 1).speak
	if clip, _ := s.Speak(t.Context(), "hello", ""); frames(clip) != 1 {
		t.Errorf("clip %d, expected the first one's", frames(clip))
	}
}

func TestTexts(t *testing.T) {
	e := says("a", 1)
	s := speaker(t, "", e)
	defer s.Close()
	for _, text := range []string{"", "  \n", "...", "—"} {
		if clip, err := s.Speak(t.Context(), text, ""); err != nil || clip.Duration() != 0 {
			t.Errorf("%q: %v", text, err)
		}
	}
	for _, text := range []string{strings.Repeat("ä", speech.MaxText+1), "\xff"} {
		if _, err := s.Speak(t.Context(), text, ""); !errors.Is(err, speech.ErrText) {
			t.Errorf("%d bytes: %v, expected ErrText", len(text), err)
		}
	}
	if e.asked.Load() != 0 {
		t.Errorf("the engine was asked %d times", e.asked.Load())
	}
	for _, text := range []string{strings.Repeat("ä", speech.MaxText), "7", "+", "你好"} {
		if clip, err := s.Speak(t.Context(), text, ""); err != nil || frames(clip) != 1 {
			t.Errorf("%.20q: %v", text, err)
		}
	}
}

// Close ends who is waiting, and takes nothing more.
func TestClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := speaker(t, "", hangs("a"))
		done := make(chan error)
		go func() {
			_, err := s.Speak(t.Context(), "hello", "")
			done <- err
		}()
		synctest.Wait()
		go s.Close()
		if err := <-done; !errors.Is(err, speech.ErrClosed) {
			t.Errorf("%v, expected ErrClosed", err)
		}
		if _, err := s.Speak(t.Context(), "hello", ""); !errors.Is(err, speech.ErrClosed) {
			t.Errorf("after Close: %v, expected ErrClosed", err)
		}
	})
}
