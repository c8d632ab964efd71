package speech_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"ringflow/media"
	"ringflow/media/speech"
)

func engines(t *testing.T) map[string]speech.Engine {
	t.Helper()
	installed(t, "espeak-ng")
	installed(t, "flite")
	e, err := speech.NewEspeak()
	if err != nil {
		t.Fatal(err)
	}
	f, err := speech.NewFlite()
	if err != nil {
		t.Fatal(err)
	}
	return map[string]speech.Engine{"espeak-ng": e, "flite": f}
}

// The real ones speak, in any voice that is asked for, known or not; none can
// be mistaken for a flag or a file.
func TestProgramsSpeak(t *testing.T) {
	for name, e := range engines(t) {
		for _, voice := range []string{"", "British Female", "american man", "en-GB", "de", "alloy", "slt", "-f/etc/passwd", "../../etc/passwd", "en;id", "Jürgen"} {
			clip, err := within(t, e, "Hello, you have reached Ringflow.", voice)
			if err != nil {
				t.Errorf("%s, voice %q: %v", name, voice, err)
				continue
			}
			if d := clip.Duration(); d < time.Second || d > 5*time.Second {
				t.Errorf("%s, voice %q: %v of sound", name, voice, d)
			}
			if l := media.Level(clip.Samples()); l < -40 {
				t.Errorf("%s, voice %q: %.1f dBFS", name, voice, l)
			}
		}
	}
}

// A woman's voice is another than a man's and than the language's own, in every
// language and region that a flow may name.
func TestEspeakVoicesDiffer(t *testing.T) {
	e := engines(t)["espeak-ng"]
	for _, language := range []string{"British", "American", "Scottish", "French", "Mexican", "Brazilian", "en", "en-GB", "en-AU", "fr-CA", "de-AT", "pt-PT", "es-MX", "no", "zh", "Mandarin"} {
		spoken := map[string]string{}
		for _, voice := range []string{language, language + " Female", language + " Male"} {
			clip, err := within(t, e, "Hello world", voice)
			if err != nil {
				t.Errorf("%s: %v", voice, err)
				continue
			}
			sound := fmt.Sprint(clip.Samples())
			if other := spoken[sound]; other != "" {
				t.Errorf("%q is the same voice as %q", voice, other)
			}
			spoken[sound] = voice
		}
	}
}

// What a text holds is spoken, not obeyed.
func TestProgramsTakeAnyText(t *testing.T) {
	for name, e := range engines(t) {
		for _, text := range []string{"--help", "-f /etc/passwd", "nul \x00 and more", "[[h@'loU]] there", "<speak>hi</speak>", "Grüße, 你好", "$(id) `id` | id", "line\nline\r\n"} {
			if clip, err := within(t, e, text, ""); err != nil || clip.Duration() == 0 {
				t.Errorf("%s, %q: %v", name, text, err)
			}
		}
		for _, text := range []string{strings.Repeat("x", speech.MaxText+1), "\xff\xfe"} {
			if _, err := within(t, e, text, ""); !errors.Is(err, speech.ErrText) {
				t.Errorf("%s, a text of %d bytes: %v, expected ErrText", name, len(text), err)
			}
		}
	}
}

func TestProgramsThatFail(t *testing.T) {
	for name, row := range map[string]struct{ body, want string }{
		"exits 1":       {"echo out of voices >&2; exit 1", "out of voices"},
		"prints noise":  {"cat /dev/null; echo this is no sound", "neither WAV nor MP3"},
		"prints no end": {"exec cat /dev/zero", "more than"},
		"prints none":   {"cat > /dev/null", "empty"},
		"is killed":     {"kill -9 $$", "killed"},
	} {
		t.Run(name, func(t *testing.T) {
			script(t, "espeak-ng", row.body)
			e, err := speech.NewEspeak()
			if err != nil {
				t.Fatal(err)
			}
			if _, err := within(t, e, "hello", ""); err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("%v, expected %q", err, row.want)
			}
		})
	}
}

// A program that hangs is killed with its children, and reaped.
func TestProgramThatHangs(t *testing.T) {
	dir := script(t, "espeak-ng", `sleep 1000 & echo $! > "$0.child"; echo $$ > "$0.pid"; wait`)
	e, err := speech.NewEspeak()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		_, err := e.Speak(ctx, "hello", "")
		done <- err
	}()
	pid := func(file string) (n int) {
		for end := time.Now().Add(40 * time.Second); n == 0 && time.Now().Before(end); <-time.After(5 * time.Millisecond) {
			b, _ := os.ReadFile(filepath.Join(dir, "espeak-ng."+file))
			n, _ = strconv.Atoi(strings.TrimSpace(string(b)))
		}
		return n
	}
	parent, child := pid("pid"), pid("child")
	if parent == 0 || child == 0 {
		t.Fatal("it did not start")
	}
	cancel()
	select {
	case err := <-done:
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%v, expected canceled", err)
		}
	case <-time.After(40 * time.Second):
		t.Fatal("Speak did not return")
	}
	if err := syscall.Kill(parent, 0); !errors.Is(err, syscall.ESRCH) {
		t.Errorf("it was not reaped: %v", err)
	}
	if !gone(child) {
		t.Errorf("its child %d lives on", child)
	}
}

// gone waits a moment: whoever adopted the process has to reap it.
func gone(pid int) bool {
	for end := time.Now().Add(40 * time.Second); time.Now().Before(end); <-time.After(5 * time.Millisecond) {
		b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
		if err != nil || strings.Contains(string(b), ") Z ") {
			return true
		}
	}
	return false
}

func TestNew(t *testing.T) {
	for _, row := range []struct {
		config speech.Config
		want   string
	}{
		{speech.Config{}, "apt-get install espeak-ng"},
		{speech.Config{Engine: "flite"}, "apt-get install flite"},
		{speech.Config{Engine: "siri"}, "must be espeak-ng, flite or http"},
		{speech.Config{Engine: "http"}, "speech.url"},
		{speech.Config{Engine: "http", URL: "file:///etc/passwd"}, "speech.url"},
	} {
		t.Setenv("PATH", t.TempDir())
		if _, err := speech.New(row.config); err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%+v: %v, expected %q", row.config, err, row.want)
		}
	}
	s, err := speech.New(speech.Config{Engine: "http", URL: "http://127.0.0.1:1"}) // nothing to stand in
	if err != nil {
		t.Fatal(err)
	}
	if _, err := within(t, s, "hello", ""); err == nil {
		t.Error("spoke without an engine")
	}
	s.Close()
}

// The configured one is dead, the installed one stands in.
func TestNewHasStandIns(t *testing.T) {
	installed(t, "espeak-ng")
	s, err := speech.New(speech.Config{Engine: "http", URL: "http://127.0.0.1:1", CacheDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	clip, err := within(t, s, "hello", "alloy")
	if err != nil || clip.Duration() == 0 {
		t.Errorf("%v", err)
	}
}

func TestApology(t *testing.T) {
	clip := speech.Apology()
	if d := clip.Duration(); d < 2*time.Second || d > 5*time.Second {
		t.Errorf("it lasts %v", d)
	}
	if l := media.Level(clip.Samples()); l < -30 || l > -6 {
		t.Errorf("it is at %.1f dBFS", l)
	}
}
