package session_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ringflow/media"
	"ringflow/media/speech"
)

// ears understand what a function makes of a clip.
type ears func(ctx context.Context, clip *media.Clip, words []string) (string, error)

func (ears) Able() bool { return true }

func (e ears) Understand(ctx context.Context, clip *media.Clip, words []string) (string, error) {
	return e(ctx, clip, words)
}

// spokenMenu asks for sales or support, and says what was chosen.
func spokenMenu() []node {
	return []node{{id: "menu", typ: "MenuNode", in: map[string]any{"Text": "Sales or support", "Speech": true, "Retries": 1, "InvalidText": "Pardon",
		"Choices": []map[string]any{{"Key": "1", "Words": "sales, buy", "Value": "Sales"}, {"Key": "2", "Words": "customer support, support", "Value": "Support"}}},
		to: map[string]string{"Sales": "sales", "Support": "support", "No Input": "silent", "No Matches": "neither"}},
		say("sales", "You want to buy", ""), say("support", "You need help", ""), say("silent", "You are silent", ""), say("neither", "You are strange", "")}
}

// says plays a clip into the call.
func (c *talking) says(t *testing.T, clip *media.Clip) {
	t.Helper()
	if err := c.port.Play(t.Context(), clip.Source(1)); err != nil && !errors.Is(err, media.ErrClosed) {
		t.Error(err)
	}
}

// needsProgram skips where a program is missing, but not in CI.
func needsProgram(t *testing.T, name string) {
	t.Helper()
	if _, err := exec.LookPath(name); err == nil {
		return
	} else if os.Getenv("CI") == "true" {
		t.Fatal(err)
	}
	t.Skip(name + " is not installed")
}

// What a caller says is understood by the real recogniser, over the telephone, in
// the prompt and after it.
func TestMenuUnderstandsSpeech(t *testing.T) {
	needsProgram(t, "flite")
	needsProgram(t, "pocketsphinx_batch")
	voice, err := speech.NewFlite()
	if err != nil {
		t.Fatal(err)
	}
	sphinx, err := speech.NewPocketsphinx()
	if err != nil {
		t.Fatal(err)
	}
	for said, want := range map[string]string{"sales": "sales", "customer support": "support"} {
		clip, err := voice.Speak(t.Context(), said, "rms")
		if err != nil {
			t.Fatal(err)
		}
		for name, wait := range map[string]time.Duration{"in the prompt": 300 * time.Millisecond, "after it": 3 * time.Second} {
			t.Run(said+" "+name, func(t *testing.T) {
				inHouse(t, func(t *testing.T, h *house) {
					l := speech.NewListener([]speech.Recogniser{sphinx}, nil)
					defer l.Close()
					h.Ears = l
					h.number(did, spokenMenu()...)
					c := h.carrier.mustCall(toNumber(did))
					time.Sleep(wait)
					c.says(t, clip)
					c.over(t, 20*time.Second)
					logged(t, h.record(), `menu: heard "`+said+`": `, "to "+want)
				})
			})
		}
	}
}

// Speech stops the prompt, is cut at its pauses, and what fits no choice is asked again.
func TestMenuCutsSpeech(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		var heard []time.Duration
		answers := []string{"the weather", "I need support, please"}
		h.Ears = ears(func(_ context.Context, clip *media.Clip, words []string) (string, error) {
			if len(words) != 4 {
				t.Errorf("expected are %q", words)
			}
			heard = append(heard, clip.Duration())
			return answers[len(heard)-1], nil
		})
		h.number(did, spokenMenu()...)
		c := h.carrier.mustCall(toNumber(did))
		time.Sleep(500 * time.Millisecond)
		for range answers {
			c.says(t, clipOf(t, humming(time.Second)))
			time.Sleep(5 * time.Second)
		}
		c.over(t, 20*time.Second)
		logged(t, h.record(), `menu: heard "the weather", which is no choice`, `menu: said "Pardon"`, `menu: heard "I need support, please": Support`)
		for _, d := range heard {
			if d < 1400*time.Millisecond || d > 2200*time.Millisecond {
				t.Errorf("of a second of speech %s were cut out", d)
			}
		}
	})
}

func clipOf(t *testing.T, samples []int16) *media.Clip {
	t.Helper()
	c, err := media.NewClip(samples, media.ClipRate)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Keys, silence, a recogniser that fails, and a hang-up while it is at work.
func TestMenuWithoutUnderstanding(t *testing.T) {
	never := ears(func(ctx context.Context, _ *media.Clip, _ []string) (string, error) {
		<-ctx.Done()
		return "", context.Cause(ctx)
	})
	fails := ears(func(context.Context, *media.Clip, []string) (string, error) {
		return "", errors.New("the service is away")
	})
	for name, c := range map[string]struct {
		ears ears
		act  func(t *testing.T, c *talking)
		log  []string
	}{
		"a key":   {never, func(t *testing.T, c *talking) { time.Sleep(300 * time.Millisecond); c.press(t, "2") }, []string{"menu: heard 2: Support"}},
		"silence": {never, func(*testing.T, *talking) {}, []string{"menu: heard nothing", "No Input, to silent"}},
		"it fails": {fails, func(t *testing.T, c *talking) {
			for range 2 {
				c.says(t, clipOf(t, humming(time.Second)))
				time.Sleep(4 * time.Second)
			}
		}, []string{"menu: what was said could not be understood: the service is away", "No Matches, to neither"}},
		"a hang-up": {never, func(t *testing.T, c *talking) {
			c.says(t, clipOf(t, humming(time.Second)))
			time.Sleep(2 * time.Second)
			c.hangUp(t)
		}, nil},
		"nobody": {nil, func(t *testing.T, c *talking) { c.press(t, "1") }, []string{"no speech recogniser is set up: only keys count", "menu: heard 1: Sales"}},
	} {
		t.Run(name, func(t *testing.T) {
			inHouse(t, func(t *testing.T, h *house) {
				if c.ears != nil {
					h.Ears = c.ears
				}
				h.number(did, spokenMenu()...)
				call := h.carrier.mustCall(toNumber(did))
				c.act(t, call)
				call.over(t, 30*time.Second)
				synctest.Wait()
				logged(t, h.record(), c.log...)
			})
		})
	}
}

func (ears) Transcribe(ctx context.Context, open func() (*media.Clip, error)) (string, error) {
	clip, err := open()
	if err != nil {
		return "", err
	}
	if clip.Duration() > 5*time.Second {
		return "", errors.New("it is too long for these ears")
	}
	return "please call me back", nil
}

// A recording's transcription is with its file, and in the branch that it starts;
// where there is none, the branch does not run.
func TestTranscription(t *testing.T) {
	for name, c := range map[string]struct {
		long time.Duration
		ears bool
		log  string
		text string
	}{
		"transcribed": {2 * time.Second, true, "it says please call me back", "please call me back"},
		"it can't be": {8 * time.Second, true, "The recording can't be transcribed: it is too long for these ears", ""},
		"by nobody":   {2 * time.Second, false, "The recording can't be transcribed: no speech recogniser is set up", ""},
	} {
		t.Run(name, func(t *testing.T) {
			inHouse(t, func(t *testing.T, h *house) {
				if c.ears {
					h.Ears = ears(nil)
				}
				h.number(did, node{id: "rec", typ: "RecordNode", in: map[string]any{"SilenceTimeoutInSeconds": 2, "Transcribe": true}, to: map[string]string{"Transcription Ready": "text"}},
					node{id: "text", typ: "LogNode", in: map[string]any{"Message": "it says {{ Session.Transcription }}"}})
				call := h.carrier.mustCall(toNumber(did))
				time.Sleep(time.Second)
				call.says(t, clipOf(t, humming(c.long)))
				call.over(t, 20*time.Second)
				synctest.Wait()
				time.Sleep(time.Second)
				log := logText(h.record())
				if !strings.Contains(log, c.log) || c.text == "" && strings.Contains(log, "it says") {
					t.Error(log)
				}
				if fs := h.files(); len(fs) != 1 || fs[0].Transcription != c.text {
					t.Errorf("%d files, %+v", len(fs), fs)
				}
			})
		})
	}
}
