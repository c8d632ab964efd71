package session_test

import (
	"testing"
	"time"

	"ringflow/session"
)

// A chat that waits while its endpoint is deleted is over when its wait is, and nobody works at it
// again and again.
func TestChatOfDeletedEndpoint(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		ep := h.number(did, waitsForReply("wait", 60, "echo", "echo"), says("echo", "{{ Session.Body }}", ""))
		h.texts(ep, cell, "1", "hi")
		time.Sleep(10 * time.Second)
		if err := h.store.DeleteEndpoint(t.Context(), ep.ID); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Minute)
		rec := h.record()
		if rec.Ended.IsZero() || rec.Outcome != session.Error || len(rec.Log) > 10 {
			t.Errorf("%d lines, ended %s: %s", len(rec.Log), rec.Ended, rec.Outcome)
		}
		logged(t, rec, "its endpoint was deleted")
		if at, err := h.store.NextChat(t.Context()); err != nil || !at.IsZero() {
			t.Errorf("there is something to do at %s, %v", at, err)
		}
	})
}
