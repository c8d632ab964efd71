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
		for _, r := range append(h.records(), r) {
			if n := strings.Count("\n"+logText(r), "\nAnswered\n"); n != 1 {
				t.Errorf("the answer is told %d times:\n%s", n, logText(r))
			}
			if strings.Contains(logText(r), "sip: ") || strings.Contains(logText(r), "flow: ") {
				t.Errorf("a package's name is in the log:\n%s", logText(r))
			}
		}
	})
}
