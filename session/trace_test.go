package session_test

import (
	"strings"
	"testing"
	"time"
)

// The log of a call tells each thing once, in words.
func TestLogTellsOnce(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		alice := h.user("alice")
		h.number(did, say("hello", "A welcome", "w"), node{id: "w", typ: "WaitNode", in: map[string]any{"Timeout": 60}})
		h.number("+18005550101", dial("ring", nil, nil, user(alice.ID)))
		h.phone("alice", "10.0.0.11").on(picksUp(&ear{}, time.Second, 440, 3*time.Second))
		c := h.carrier.mustCall(toNumber(did))
		time.Sleep(3 * time.Second)
		c.hangUp(t)
		r := h.record()
		logged(t, r, "w ends: the caller hung up\n")
		h.carrier.mustCall(toNumber("+18005550101")).over(t, 10*time.Second)
		h.user("bob")
		h.number("+18005550102", dial("ring", nil, nil, "bob"))
		if _, err := h.carrier.call(t.Context(), toNumber("+18005550102")); status(t, err) != 480 {
			t.Error(err)
		}
		if text := logText(h.record()); strings.Count(text, "no device registered") != 1 {
			t.Errorf("why Bob does not ring is told more than once, or not at all:\n%s", text)
		}
		for _, r := range append(h.records(), r) {
			if n := strings.Count("\n"+logText(r), "\nAnswered\n"); n > 1 || n == 0 && !r.Answered.IsZero() {
				t.Errorf("the answer is told %d times:\n%s", n, logText(r))
			}
			if strings.Contains(logText(r), "sip: ") || strings.Contains(logText(r), "flow: ") {
				t.Errorf("a package's name is in the log:\n%s", logText(r))
			}
		}
	})
}
