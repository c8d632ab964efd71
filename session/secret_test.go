package session_test

import (
	"strings"
	"testing"
	"time"

	"ringflow/media"
)

// keys presses keys as some phones do: told by INFO, and heard as tones though
// telephone-events were agreed upon, so that nobody takes the tones out. The last
// one is held down.
func (c *talking) keys(t *testing.T, digits string) {
	t.Helper()
	for i, d := range digits {
		on := 120 * time.Millisecond
		if i == len(digits)-1 {
			on = 700 * time.Millisecond
		}
		s, err := media.DigitTones(string(d), on, 80*time.Millisecond)
		if err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(20*time.Millisecond, func() {
			if err := c.leg.Info(t.Context(), "application/dtmf-relay", []byte("Signal="+string(d)+"\r\nDuration=100\r\n")); err != nil {
				t.Error(err)
			}
		})
		if err := c.port.Play(t.Context(), s); err != nil {
			t.Error(err)
		}
	}
}

// typed are the digits whose tones are in a sound.
func (e *ear) typed() (digits string) {
	d := media.NewDigitDetector(8000)
	for s := e.samples; len(s) >= 160; s = s[160:] {
		if k := d.Detect(media.Frame(s[:160])); k != 0 {
			digits += string(k)
		}
	}
	return digits
}

const pin = "471193068225"

func asks(id string, secret bool, next string) node {
	return node{id: id, typ: "CollectDigitsNode", in: map[string]any{"Text": "Digits please", "MinDigits": 2, "MaxDigits": 12, "FinishOnKey": "", "Secret": secret, "InterDigitTimeoutInSeconds": 2},
		to: map[string]string{"Done": next}}
}

// Secret digits are in no recording that runs while they are typed, however the
// phone sends them, nor in the log; what is typed and said otherwise is.
func TestSecretDigitsAreInNoRecording(t *testing.T) {
	for _, channels := range []string{"Stereo", "Mono"} {
		t.Run(channels, func(t *testing.T) {
			inHouse(t, func(t *testing.T, h *house) {
				h.number(did, start("open", channels), asks("open", false, "hidden"), asks("hidden", true, "w"), node{id: "w", typ: "WaitNode", in: map[string]any{"Timeout": 5}}, ready)
				c := h.carrier.mustCall(toNumber(did))
				time.Sleep(1500 * time.Millisecond)
				c.keys(t, "1*2#")
				time.Sleep(4 * time.Second)
				c.keys(t, pin)
				time.Sleep(1500 * time.Millisecond)
				c.whistle(t, 880, time.Second)
				c.over(t, 10*time.Second)
				r := h.record()
				fs := h.recordings()
				if len(fs) != 1 {
					t.Fatalf("%d files", len(fs))
				}
				e := &ear{samples: h.sound(fs[0].ID).Samples()}
				if channels == "Stereo" {
					e, _ = sides(t, h, fs[0].ID)
				}
				if got := e.typed(); got != "1*2#" {
					t.Errorf("the recording has the digits %q", got)
				}
				if d := e.hears(880); d < 900*time.Millisecond {
					t.Errorf("of what was said afterwards it has %s", d)
				}
				if text := logText(r); strings.Contains(text, pin) || !strings.Contains(text, "hidden: heard secret digits") || !strings.Contains(text, "open: heard 1*2#") {
					t.Errorf("log:\n%s", text)
				}
			})
		})
	}
}

// A recording of a call that was put through to a number of the house hears the
// same voice: there, too, secret digits are silence, in both recordings.
func TestSecretDigitsOfACallInside(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		const inner = "+18005550101"
		h.number(inner, asks("hidden", true, "w"), node{id: "w", typ: "WaitNode", in: map[string]any{"Timeout": 5}})
		h.number(did, start("ring", "Stereo"), dial("ring", map[string]any{"RecordCall": true}, map[string]string{"Recording Ready": "ready"}, inner), ready)
		c := h.carrier.mustCall(toNumber(did))
		time.Sleep(1500 * time.Millisecond)
		c.keys(t, pin)
		time.Sleep(1500 * time.Millisecond)
		c.whistle(t, 880, time.Second)
		c.over(t, 15*time.Second)
		time.Sleep(time.Second)
		fs := h.recordings()
		if len(fs) != 2 {
			t.Fatalf("%d files", len(fs))
		}
		for _, f := range fs {
			left, right := sides(t, h, f.ID)
			if left.typed() != "" || right.typed() != "" || left.hears(880) < 900*time.Millisecond {
				t.Errorf("digits %q and %q, the voice %s", left.typed(), right.typed(), left.hears(880))
			}
		}
		for _, r := range h.records() {
			if strings.Contains(logText(r), pin) {
				t.Errorf("in a log:\n%s", logText(r))
			}
		}
	})
}
