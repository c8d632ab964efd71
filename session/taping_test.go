package session_test

import (
	"strings"
	"testing"
	"time"

	"ringflow/endpoints"
)

// start begins to record; ready logs when that is over.
func start(next string, channels string) node {
	return node{id: "start", typ: "StartRecordingNode", in: map[string]any{"Channels": channels}, to: map[string]string{"Done": next, "Recording Ready": "ready"}}
}

var ready = node{id: "ready", typ: "LogNode", in: map[string]any{"Message": "ready: {{ Session.RecordingFileId }}, {{ Session.DialStatus }}"}}

func do(id, typ, next string) node {
	return node{id: id, typ: typ, to: map[string]string{"Done": next}}
}

// recordings are the account's, oldest first.
func (h *house) recordings() (all []*endpoints.File) {
	for _, f := range h.files() {
		if f.Type == endpoints.CallRecording {
			all = append(all, f)
		}
	}
	return all
}

// A recording goes on over prompts, a Dial and its talk, and is stored when the
// caller hangs up: the caller left, what it heard right.
func TestRecordingOfTheWholeCall(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		alice := h.user("alice")
		h.number(did, start("hello", "Stereo"), say("hello", "Hello there", "again"), node{id: "again", typ: "StartRecordingNode", to: map[string]string{"Done": "ring"}},
			dial("ring", nil, nil, user(alice.ID)), ready)
		h.phone("alice", "10.0.0.11").on(picksUp(&ear{}, time.Second, 440, 0))
		c := h.carrier.mustCall(toNumber(did))
		c.whistle(t, 880, 5*time.Second)
		c.hangUp(t)
		r := h.record()
		fs := h.recordings()
		if len(fs) != 1 {
			t.Fatalf("%d files", len(fs))
		}
		f := fs[0]
		if f.UserID != alice.ID || f.SessionID != r.ID || f.RecordingDuration < 4900*time.Millisecond {
			t.Errorf("%+v", f)
		}
		left, right := sides(t, h, f.ID)
		if left.hears(880) < 4500*time.Millisecond || left.hears(440) > 100*time.Millisecond || left.hears(pitch("Hello there")) > 100*time.Millisecond {
			t.Errorf("left: the caller %s, Alice %s, the prompt %s", left.hears(880), left.hears(440), left.hears(pitch("Hello there")))
		}
		if right.hears(440) < 2500*time.Millisecond || right.hears(880) > 100*time.Millisecond || right.hears(pitch("Hello there")) < 900*time.Millisecond {
			t.Errorf("right: the caller %s, Alice %s, the prompt %s", right.hears(880), right.hears(440), right.hears(pitch("Hello there")))
		}
		logged(t, r, "start: records in stereo", "again: a recording runs already, and goes on", "start: Recording Ready goes on outside of the call, at ready", "ready: "+f.ID+", Answered")
		if n := strings.Count(logText(r), "ready: ready: "); n != 1 {
			t.Errorf("Recording Ready ran %d times", n)
		}
	})
}

// What is said in a pause is not in the file, nor is its time; a stopped
// recording is ready at once, and another may follow.
func TestPauseAndStop(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		wait := func(id, next string) node {
			return node{id: id, typ: "WaitNode", in: map[string]any{"Timeout": 2}, to: map[string]string{"Done": next}}
		}
		h.number(did, start("w1", "Mono"), wait("w1", "pause"), do("pause", "PauseRecordingNode", "w2"), say("w2", "A secret", "resume"), do("resume", "ResumeRecordingNode", "w3"),
			wait("w3", "stop"), do("stop", "StopRecordingNode", "w4"), wait("w4", "second"), node{id: "second", typ: "StartRecordingNode", to: map[string]string{"Done": "w5"}}, wait("w5", ""), ready)
		c := h.carrier.mustCall(toNumber(did))
		c.whistle(t, 880, 9*time.Second)
		c.over(t, 5*time.Second)
		r := h.record()
		fs := h.recordings()
		if len(fs) != 2 {
			t.Fatalf("%d files:\n%s", len(fs), logText(r))
		}
		e := ear{samples: h.sound(fs[0].ID).Samples()}
		if d := e.hears(880); d < 3700*time.Millisecond || d > 4100*time.Millisecond || e.hears(pitch("A secret")) > 0 || fs[0].RecordingDuration > 4100*time.Millisecond {
			t.Errorf("of 2 s, a pause and 2 s: %s in %s, the secret %s", d, fs[0].RecordingDuration, e.hears(pitch("A secret")))
		}
		left, _ := sides(t, h, fs[1].ID)
		if d := left.hears(880); d < 1800*time.Millisecond || d > 2100*time.Millisecond {
			t.Errorf("the second has %s", d)
		}
		logged(t, r, "stop: the recording of 4 s is kept as "+fs[0].ID, "ready: "+fs[0].ID)
		text := logText(r)
		if strings.Index(text, "ready: ready:") > strings.Index(text, "second starts") || strings.Contains(text, "ready: ready: "+fs[1].ID) {
			t.Errorf("ready is not told when it is:\n%s", text)
		}
	})
}

// Less than a second is not kept, and nobody waits for it any more.
func TestTooShortToKeep(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.number(did, start("w", "Stereo"), node{id: "w", typ: "WaitNode", in: map[string]any{"Timeout": 30}}, ready)
		c := h.carrier.mustCall(toNumber(did))
		time.Sleep(500 * time.Millisecond)
		c.hangUp(t)
		logged(t, h.record(), "not kept")
		if fs := h.recordings(); len(fs) > 0 || strings.Contains(logText(h.record()), "ready: ") {
			t.Errorf("%d files, log:\n%s", len(fs), logText(h.record()))
		}
		next := h.started(h.image(t))
		if n := strings.Count(logText(next.record()), "goes on"); n > 0 {
			t.Error("a branch of what was not kept runs after a restart")
		}
	})
}

// kill -9 at any moment of a call that is recorded: what there is is put right at
// the next start, and Recording Ready runs there, once, also of silence in mono.
func TestRecordingSurvivesTheServer(t *testing.T) {
	for _, channels := range []string{"Mono", "Stereo"} {
		t.Run(channels, func(t *testing.T) {
			inHouse(t, func(t *testing.T, h *house) {
				h.number(did, start("w", channels), node{id: "w", typ: "WaitNode", in: map[string]any{"Timeout": 60}}, ready)
				c := h.carrier.mustCall(toNumber(did))
				time.Sleep(8 * time.Second) // of silence
				killed := h.image(t)
				c.hangUp(t)
				ended := h.image(t)
				for name, dir := range map[string]string{"in the call": killed, "after it": ended} {
					next := h.started(dir)
					r := next.record()
					if n := strings.Count(logText(r), "ready: ready: "); n != 1 {
						t.Errorf("%s: Recording Ready ran %d times:\n%s", name, n, logText(r))
					}
					fs := next.recordings()
					if len(fs) != 1 || fs[0].RecordingDuration < 6*time.Second || next.sound(fs[0].ID).Duration() < 6*time.Second {
						t.Errorf("%s: %d files, %+v", name, len(fs), fs)
					}
				}
			})
		})
	}
}
