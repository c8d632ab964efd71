package session_test

import (
	"testing"
	"time"
)

// transcribes is a flow that records and writes down what is said; ready is where
// Transcription Ready leads, if anywhere.
func transcribes(ready string) []node {
	to := map[string]string{"Recording Ready": "kept"}
	if ready != "" {
		to["Transcription Ready"] = ready
	}
	return []node{
		{id: "rec", typ: "RecordNode", in: map[string]any{"PlayBeep": false, "SilenceTimeoutInSeconds": 2, "Transcribe": true}, to: to},
		note("kept", "kept {{ Session.RecordingFileId }}", ""), note("text", "it says {{ Session.Transcription }}", ""),
	}
}

// What is said in a call that is put through is kept with its recording, though no branch
// waits for it.
func TestTalkIsTranscribed(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.Ears = takesTime(time.Second, "please call me back", nil)
		alice := h.user("alice")
		h.phone("alice", "10.0.0.11").on(picksUp(&ear{}, 0, 440, 0))
		h.number(did, dial("ring", map[string]any{"RecordCall": true, "Transcribe": true}, nil, user(alice.ID)))
		c := h.carrier.mustCall(toNumber(did))
		c.whistle(t, 880, 3*time.Second)
		c.hangUp(t)
		time.Sleep(5 * time.Second)
		if fs := h.files(); len(fs) != 1 || fs[0].Transcription != "please call me back" {
			t.Errorf("%+v", fs)
		}
		logged(t, h.record(), "The recording is transcribed: 19 characters")
	})
}

// What is said in a recording is kept with it, whether the flow wants to know or not,
// and whenever the server is killed: as it is recorded, after its end, and while it is
// transcribed. Each branch runs once.
func TestTranscriptionOfARecordingSurvivesAKill(t *testing.T) {
	for name, ready := range map[string]string{"a branch waits for it": "text", "nobody waits for it": ""} {
		t.Run(name, func(t *testing.T) {
			inHouse(t, func(t *testing.T, h *house) {
				h.Ears = takesTime(5*time.Second, "please call me back", nil)
				h.number(did, transcribes(ready)...)
				images := map[string]string{}
				c := h.carrier.mustCall(toNumber(did))
				c.whistle(t, 600, 3*time.Second)
				images["while it is recorded"] = h.image(t)
				c.hangUp(t)
				time.Sleep(time.Second)
				images["while it is transcribed"] = h.image(t)
				time.Sleep(10 * time.Second)
				images["when all is over"] = h.image(t)
				said := 0
				if ready != "" {
					said = 1
				}
				for when, dir := range images {
					next := &house{t: h.t, net: h.net, said: &speaker{}, ears: takesTime(5*time.Second, "please call me back", nil)}
					next.build(newEngine(t, h.net, serverHost), dir)
					time.Sleep(10 * time.Second)
					if fs := next.files(); len(fs) != 1 || fs[0].Transcription != "please call me back" {
						t.Errorf("killed %s: %+v", when, fs)
					}
					if n := next.times(t, "text: it says please call me back"); n != said {
						t.Errorf("killed %s: Transcription Ready ran %d times, want %d\n%s", when, n, said, logText(next.record()))
					}
					if n := next.times(t, "kept: kept "); n != 1 {
						t.Errorf("killed %s: Recording Ready ran %d times", when, n)
					}
					logged(t, next.record(), "The recording is transcribed: 19 characters")
					next.Shutdown(nil)
					again := next.started(next.image(t))
					if n, m := again.times(t, "text: it says"), again.times(t, "kept: kept"); n != said || m != 1 {
						t.Errorf("killed %s: after another start %d and %d times", when, n, m)
					}
					again.Shutdown(nil)
				}
			})
		})
	}
}
