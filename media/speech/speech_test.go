package speech_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"ringflow/media"
	"ringflow/media/speech"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fake is an engine of functions.
type fake struct {
	name  string
	asked atomic.Int32
	speak func(ctx context.Context, text, voice string) (*media.Clip, error)
}

func (f *fake) Name() string { return f.name }

func (f *fake) Speak(ctx context.Context, text, voice string) (*media.Clip, error) {
	f.asked.Add(1)
	return f.speak(ctx, text, voice)
}

// sound is a clip of so many frames: tests tell engines apart by it.
func sound(frames int) *media.Clip {
	c, err := media.NewClip(make([]int16, 160*frames), media.ClipRate)
	if err != nil {
		panic(err)
	}
	return c
}

// says speaks at once.
func says(name string, frames int) *fake {
	return &fake{name: name, speak: func(context.Context, string, string) (*media.Clip, error) { return sound(frames), nil }}
}

// hangs never speaks.
func hangs(name string) *fake {
	return &fake{name: name, speak: func(ctx context.Context, _, _ string) (*media.Clip, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}}
}

func speaker(t *testing.T, dir string, engines ...speech.Engine) *speech.Speaker {
	t.Helper()
	s, err := speech.NewSpeaker(engines, "", dir, 1<<20, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// installed skips a test whose program is not there; in CI it must be.
func installed(t *testing.T, program string) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("%s is not installed: in CI it must be", program)
		}
		t.Skipf("%s is not installed: apt-get install %s", program, program)
	}
}

// script makes a program of that name the only one of it in PATH.
func script(t *testing.T, program, body string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, program), []byte("#!/bin/sh\n"+body+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":/usr/bin:/bin")
	return dir
}

// within gives the frames of the clip that Speak gives; it fails the test if
// that never comes to an end.
func within(t *testing.T, e interface {
	Speak(context.Context, string, string) (*media.Clip, error)
}, text, voice string) (*media.Clip, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 40*time.Second)
	defer cancel()
	clip, err := e.Speak(ctx, text, voice)
	if ctx.Err() != nil {
		t.Fatal("it took longer than 40 s")
	}
	return clip, err
}
