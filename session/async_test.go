package session_test

import (
	"strings"
	"testing"
	"time"
)

// A branch has no caller to end it: it has a limit of its own, told in words.
func TestBranchHasALimit(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.number(did, append(waits(60),
			node{id: "gone", typ: "OnHangupNode", to: map[string]string{"Hung Up": "note"}},
			node{id: "note", typ: "LogNode", in: map[string]any{"Message": "{{ Session.FromName }} has left"}, to: map[string]string{"Done": "long"}},
			node{id: "long", typ: "WaitNode", in: map[string]any{"Timeout": 3600}, to: map[string]string{"Done": "never"}},
			node{id: "never", typ: "LogNode", in: map[string]any{"Message": "an hour later"}})...)
		c := h.carrier.mustCall(toNumber(did))
		c.hangUp(t)
		time.Sleep(2 * time.Hour)
		r := h.record()
		logged(t, r, "note: Carla has left", "Limit: 15 minutes an asynchronous branch")
		if text := logText(r); strings.Contains(text, "an hour later") || strings.Contains(text, "deadline") {
			t.Errorf("the branch went on, or its end is told in a library's words:\n%s", text)
		}
		if r.Outcome != "Completed" || r.Ended.Sub(r.Started) > time.Minute {
			t.Errorf("the branch changed the session: %+v", r)
		}
	})
}
