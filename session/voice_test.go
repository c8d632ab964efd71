package session_test

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"ringflow/endpoints"
	"ringflow/media"
	"ringflow/session"
)

// whistle plays a tone into a call for a while.
func (c *talking) whistle(t testing.TB, hz float64, d time.Duration) {
	t.Helper()
	if err := c.port.Play(t.Context(), tone(hz, d).Source(1)); err != nil && !errors.Is(err, media.ErrClosed) {
		t.Error(err)
	}
}

// files are what the account has, oldest first.
func (h *house) files() []*endpoints.File {
	h.t.Helper()
	fs, _, err := h.store.Files(h.t.Context(), endpoints.FileFilter{List: endpoints.List{All: true}})
	if err != nil {
		h.t.Fatal(err)
	}
	return fs
}

// sound decodes a stored file.
func (h *house) sound(id string) *media.Clip {
	h.t.Helper()
	r, _, err := h.Blob.Open(id)
	if err != nil {
		h.t.Fatal(err)
	}
	defer r.Close()
	c, err := media.DecodeClip(r)
	if err != nil {
		h.t.Fatal(err)
	}
	return c
}

func recorder() []node {
	return []node{
		{id: "rec", typ: "RecordNode", in: map[string]any{"Text": "After the beep", "SilenceTimeoutInSeconds": 2},
			to: map[string]string{"Done": "thanks", "No Recording": "nothing", "Recording Ready": "later"}},
		say("thanks", "Thanks", ""), say("nothing", "Nothing", ""),
		{id: "later", typ: "LogNode", in: map[string]any{"Message": "it is ready: {{ Session.RecordingFileId }}"}},
	}
}

func TestRecord(t *testing.T) {
	for name, end := range map[string]struct {
		how  func(t *testing.T, c *talking)
		want string
	}{
		"key":     {func(t *testing.T, c *talking) { c.press(t, "#") }, "Thanks"},
		"silence": {func(t *testing.T, c *talking) { time.Sleep(3 * time.Second) }, "Thanks"},
		"hang-up": {func(t *testing.T, c *talking) { c.hangUp(t) }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			inHouse(t, func(t *testing.T, h *house) {
				h.number(did, recorder()...)
				c := h.carrier.mustCall(toNumber(did))
				time.Sleep(2500 * time.Millisecond) // prompt and beep
				c.whistle(t, 600, 3*time.Second)
				end.how(t, c)
				if end.want != "" {
					c.over(t, 10*time.Second)
					if c.ear.hears(pitch(end.want)) < 800*time.Millisecond {
						t.Errorf("did not hear %s", end.want)
					}
				}
				r := h.record()
				fs := h.files()
				if len(fs) != 1 {
					t.Fatalf("%d files", len(fs))
				}
				f := fs[0]
				if f.Type != endpoints.CallRecording || f.SessionID != r.ID || f.RecordingDuration < 3*time.Second || f.ContentType != "audio/wav" || f.FromAddress != "+14155550199" {
					t.Errorf("file %+v", f)
				}
				clip := h.sound(f.ID)
				e := ear{samples: clip.Samples()}
				if d := e.hears(600); d < 2900*time.Millisecond || d > 3100*time.Millisecond {
					t.Errorf("the recording has %s of the 3 s that the caller whistled", d)
				}
				if e.hears(pitch("After the beep")) > 0 {
					t.Error("the prompt is in the recording")
				}
				logged(t, r, "it is ready: "+f.ID, "/files/"+f.ID+"/content")
			})
		})
	}
}

func TestNothingRecorded(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.number(did, recorder()...)
		c := h.carrier.mustCall(toNumber(did))
		c.over(t, 15*time.Second)
		if c.ear.hears(pitch("Nothing")) < 800*time.Millisecond {
			t.Error("silence was taken for a recording")
		}
		if fs := h.files(); len(fs) != 0 {
			t.Errorf("kept %+v", fs[0])
		}
	})
}

func TestRecordedTalk(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		alice := h.user("alice")
		h.number(did, dial("ring", map[string]any{"RecordCall": true}, map[string]string{"Recording Ready": "later"}, user(alice.ID)),
			node{id: "later", typ: "LogNode", in: map[string]any{"Message": "ready"}})
		h.phone("alice", "10.0.0.11").on(picksUp(&ear{}, time.Second, 440, 0))
		c := h.carrier.mustCall(toNumber(did))
		c.whistle(t, 880, 3*time.Second)
		c.hangUp(t)
		logged(t, h.record(), "ready", "Recording of ")
		fs := h.files()
		if len(fs) != 1 {
			t.Fatalf("%d files", len(fs))
		}
		left, right := sides(t, h, fs[0].ID)
		if left.hears(880) < 2500*time.Millisecond || left.hears(440) > 100*time.Millisecond {
			t.Errorf("left: caller %s, Alice %s", left.hears(880), left.hears(440))
		}
		if right.hears(440) < 2500*time.Millisecond || right.hears(880) > 100*time.Millisecond {
			t.Errorf("right: Alice %s, caller %s", right.hears(440), right.hears(880))
		}
	})
}

// sides are the two channels of a stereo WAV of 16 bits.
func sides(t testing.TB, h *house, id string) (left, right *ear) {
	t.Helper()
	r, _, err := h.Blob.Open(id)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	if err != nil || len(b) < 44 || b[22] != 2 {
		t.Fatalf("not a stereo WAV: %d bytes, %v", len(b), err)
	}
	left, right = &ear{}, &ear{}
	for b = b[44:]; len(b) >= 4; b = b[4:] {
		left.samples = append(left.samples, int16(b[0])|int16(b[1])<<8)
		right.samples = append(right.samples, int16(b[2])|int16(b[3])<<8)
	}
	return left, right
}

// A caller may hang up at any node, and nothing stays behind.
func TestHangUpAtEachNode(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		alice := h.user("alice")
		h.phone("alice", "10.0.0.11").on(picksUp(&ear{}, 0, 440, 0))
		answer := func(n node) []node {
			return []node{{id: "answer", typ: "AnswerNode", to: map[string]string{"Done": n.id}}, n}
		}
		for i, nodes := range [][]node{
			{say("say", "A text", "")},
			{{id: "p", typ: "PlayNode", in: map[string]any{"Url": "http://10.1.1.1/music.wav"}, to: map[string]string{"On Failure": "w"}}, {id: "w", typ: "WaitNode", in: map[string]any{"Timeout": 60}}},
			{{id: "d", typ: "CollectDigitsNode", in: map[string]any{"Text": "Digits please"}}},
			menu(alice.ID),
			recorder(),
			answer(node{id: "wait", typ: "WaitNode", in: map[string]any{"Timeout": 60}}),
			answer(dial("ring", nil, nil, user(alice.ID))),
			answer(dial("ring", nil, nil, outside)),
		} {
			number := []string{"+18005550100", "+18005550101", "+18005550102", "+18005550103", "+18005550104", "+18005550105", "+18005550106", "+18005550107"}[i]
			nodes = append(nodes, node{id: "hangup", typ: "OnHangupNode", to: map[string]string{"Hung Up": "log"}}, node{id: "log", typ: "LogNode", in: map[string]any{"Message": "the caller has left"}})
			h.number(number, nodes...)
			for _, after := range []time.Duration{0, 300 * time.Millisecond, 900 * time.Millisecond} {
				h.carrier.on(refuses(486, time.Hour))
				c := h.carrier.mustCall(toNumber(number))
				time.Sleep(after)
				c.hangUp(t)
				r := h.record()
				if r.Ended.IsZero() || r.ToAddress != number {
					t.Fatalf("flow %d, after %s: %+v", i, after, r)
				}
				logged(t, r, "the caller has left")
			}
		}
		if live := h.Live(nil); len(live) != 0 {
			t.Errorf("%d sessions still live", len(live))
		}
	})
}

func TestDigitsByInfo(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.number(did, node{id: "d", typ: "CollectDigitsNode", in: map[string]any{"Text": "Digits please", "FinishOnKey": "#"}, to: map[string]string{"Done": "bye"}},
			say("bye", "You pressed {{ Session.Digits }}", ""))
		c := h.carrier.mustCall(toNumber(did))
		time.Sleep(500 * time.Millisecond)
		for _, i := range [][2]string{{"application/dtmf-relay", "Signal=4\r\nDuration=160\r\n"}, {"application/dtmf", "2"}, {"application/dtmf-relay", "Signal= *\r\nDuration= 100"}, {"application/dtmf-relay", "Signal=11"}} {
			if err := c.leg.Info(t.Context(), i[0], []byte(i[1])); err != nil {
				t.Error(err)
			}
		}
		c.over(t, 5*time.Second)
		if c.ear.hears(pitch("You pressed 42*")) < 800*time.Millisecond {
			t.Errorf("the server said %q", h.said.texts)
		}
	})
}

func TestMediaTimeout(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		alice := h.user("alice")
		h.number(did, dial("ring", nil, nil, user(alice.ID)))
		h.phone("alice", "10.0.0.11").on(picksUp(&ear{}, 0, 440, 0))
		c := h.carrier.mustCall(toNumber(did))
		time.Sleep(2 * time.Second)
		pulled := time.Now()
		h.net.pull(carrierHost)
		select {
		case <-time.After(40 * time.Second):
		case <-c.leg.Context().Done():
		}
		r := h.record()
		if r.Ended.IsZero() || r.Ended.Sub(pulled) > 35*time.Second {
			t.Errorf("ended %s after the cable was pulled", r.Ended.Sub(pulled))
		}
		cause := ""
		for _, l := range r.Legs {
			if l.Direction == session.Incoming {
				cause = l.Cause
			}
		}
		if cause != "media timeout" {
			t.Errorf("the caller's leg ended by %q", cause)
		}
	})
}

func TestLongCall(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.number(did, waits(3600)...)
		c := h.carrier.mustCall(toNumber(did))
		time.Sleep(35 * time.Minute)
		if err := context.Cause(c.leg.Context()); err != nil {
			t.Fatalf("the call ended: %v", err)
		}
		c.hangUp(t)
		if r := h.record(); r.Ended.Sub(r.Answered) < 35*time.Minute {
			t.Errorf("talked %s", r.Ended.Sub(r.Answered))
		}
	})
}

func TestHold(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		alice := h.user("alice")
		h.number(did, dial("ring", nil, nil, user(alice.ID)))
		var aliceHears ear
		h.phone("alice", "10.0.0.11").on(picksUp(&aliceHears, 0, 440, 0))
		c := h.carrier.mustCall(toNumber(did))
		time.Sleep(time.Second)
		c.port.SetHold(true)
		if err := c.leg.Reinvite(t.Context()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(40 * time.Second)
		if live := h.Live(nil); len(live) != 1 || live[0].CallState != session.Hold {
			t.Errorf("live: %+v", live)
		}
		if err := context.Cause(c.leg.Context()); err != nil {
			t.Fatalf("the call on hold ended: %v", err)
		}
		c.port.SetHold(false)
		if err := c.leg.Reinvite(t.Context()); err != nil {
			t.Fatal(err)
		}
		c.ear.forget()
		time.Sleep(2 * time.Second)
		if c.ear.hears(440) < 1500*time.Millisecond {
			t.Error("no sound after the hold")
		}
		c.hangUp(t)
	})
}
