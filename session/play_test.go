package session_test

import (
	"math"
	"testing"
	"time"

	"ringflow/endpoints"
	"ringflow/flow"
	"ringflow/media"
)

// audio is an uploaded file of two seconds of a tone.
func (h *house) audio(hz float64) string {
	h.t.Helper()
	samples := make([]int16, 2*media.ClipRate)
	for i := range samples {
		samples[i] = int16(8000 * math.Sin(2*math.Pi*hz*float64(i)/media.ClipRate))
	}
	id := endpoints.NewID()
	w, err := h.Blob.Create(id)
	if err != nil {
		h.t.Fatal(err)
	}
	defer w.Close()
	if err := media.WriteWAV(w, media.ClipRate, samples); err != nil {
		h.t.Fatal(err)
	}
	size, err := w.Commit()
	if err != nil {
		h.t.Fatal(err)
	}
	f := &endpoints.File{Entity: endpoints.Entity{ID: id}, AccountID: h.account, Type: endpoints.Upload, FileName: "tone.wav", ContentType: "audio/wav", ContentLength: size}
	if err := h.store.PutFile(h.t.Context(), f); err != nil {
		h.t.Fatal(err)
	}
	return id
}

// A file is played as often as asked, a key stops it and is used up, and one
// that isn't there is a failure.
func TestPlay(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		file := ref{flow.AudioFileType, h.audio(700)}
		play := func(id string, in map[string]any, next string) node {
			return node{id: id, typ: "PlayNode", in: in, to: map[string]string{"Done": next, "On Failure": "sorry"}}
		}
		h.number(did, play("twice", map[string]any{"AudioFile": file, "Loop": 2}, "stop"),
			play("stop", map[string]any{"AudioFile": file, "Loop": 100, "StopOnKeys": "5"}, "gone"),
			play("gone", map[string]any{"AudioFile": ref{flow.AudioFileType, "0123456789abcdef0123456789abcdef"}}, "stop"),
			say("sorry", "Sorry", "one"), node{id: "one", typ: "CollectDigitsNode", in: map[string]any{"TimeoutInSeconds": 0, "Retries": 0}})
		c := h.carrier.mustCall(toNumber(did))
		time.Sleep(3900 * time.Millisecond)
		if d := c.ear.hears(700); d < 3500*time.Millisecond {
			t.Errorf("heard the file for %s", d)
		}
		time.Sleep(time.Second)
		c.ear.forget()
		c.press(t, "5")
		c.over(t, 5*time.Second)
		if c.ear.hears(700) > 200*time.Millisecond || c.ear.hears(pitch("Sorry")) < 800*time.Millisecond {
			t.Errorf("after the key: the file for %s, Sorry for %s", c.ear.hears(700), c.ear.hears(pitch("Sorry")))
		}
		logged(t, h.record(), "stop: stopped by the key 5", "gone: that could not be heard", "gone: On Failure, to sorry", "one: heard no digits")
	})
}
