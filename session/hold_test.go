package session_test

import (
	"testing"
	"time"

	"ringflow/flow"
)

// A caller who waits for an HTTP request hears the session's music, and what it
// presses meanwhile counts afterwards.
func TestMusicWhileTheWebIsAsked(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		w := &web{answer: flow.HTTPResponse{Status: 200}, takes: 5 * time.Second}
		h.Web = w
		music := h.audio(900)
		nodes := func(file string) []node {
			return []node{
				{id: "answer", typ: "AnswerNode", to: map[string]string{"Done": "music"}},
				{id: "music", typ: "SetMusicOnHoldNode", in: map[string]any{"AudioFile": file}, to: map[string]string{"Done": "ask"}},
				{id: "ask", typ: "HttpRequestNode", in: map[string]any{"Url": "https://example.com/"}, to: map[string]string{"Success": "digits", "On Failure": "bad"}},
				{id: "digits", typ: "CollectDigitsNode", in: map[string]any{"MaxDigits": 2}, to: map[string]string{"Done": "bye"}},
				say("bye", "You pressed {{ Session.Digits }}", ""), say("bad", "Bad", ""),
			}
		}
		h.number(did, nodes(music)...)
		c := h.carrier.mustCall(toNumber(did))
		time.Sleep(time.Second)
		c.press(t, "42")
		c.over(t, 10*time.Second)
		if d := c.ear.hears(900); d < 4500*time.Millisecond || d > 5200*time.Millisecond {
			t.Errorf("heard the music for %s of 5 s", d)
		}
		if c.ear.hears(pitch("You pressed 42")) < 800*time.Millisecond {
			t.Errorf("the server said %q", h.said.texts)
		}
		// Without a file there is silence, and the log says why; a hang-up ends it all.
		h.number("+18005550101", nodes("0123456789abcdef0123456789abcdef")...)
		c = h.carrier.mustCall(toNumber("+18005550101"))
		time.Sleep(2 * time.Second)
		c.hangUp(t)
		r := h.record()
		logged(t, r, "The music can't be played: ")
		if r.Ended.Sub(r.Started) > 3*time.Second {
			t.Errorf("the call went on for %s", r.Ended.Sub(r.Started))
		}
	})
}
