package session_test

import (
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"ringflow/endpoints"
	"ringflow/session"
)

// A text to a number whose flow doesn't compile, or starts one that was deleted, is tried once: its session and the message itself
// tell of it, the server's log once a session. A mended flow has the next one.
func TestTextToABrokenFlow(t *testing.T) {
	for name, c := range map[string]struct {
		flow func(h *house) string
		want string
	}{
		"doesn't compile": {func(h *house) string { return h.flow(says("say", "hi", ""), says("say", "again", "")) }, "No flow runs: flow "},
		"starts one that was deleted": {func(h *house) string {
			gone := h.flow(says("say", "hi", ""))
			starts := h.flow(node{id: "sub", typ: "FlowNode", url: "/flows/start?flowId=" + gone})
			if err := h.store.DeleteFlow(h.t.Context(), gone); err != nil {
				h.t.Fatal(err)
			}
			return starts
		}, "No flow runs: flow "},
	} {
		t.Run(name, func(t *testing.T) {
			inHouse(t, func(t *testing.T, h *house) {
				core, seen := observer.New(zapcore.WarnLevel)
				h.Log = zap.New(core)
				good := h.number(did, says("say", "hi", ""))
				ep, err := h.store.Endpoint(t.Context(), good.ID)
				if err != nil {
					t.Fatal(err)
				}
				mended := ep.FlowID
				setFlow := func(id string) {
					t.Helper()
					if ep, err = h.store.Endpoint(t.Context(), good.ID); err != nil {
						t.Fatal(err)
					}
					ep.FlowID = id
					if err := h.store.PutEndpoint(t.Context(), ep); err != nil {
						t.Fatal(err)
					}
					h.Reload(t.Context())
				}
				setFlow(c.flow(h))
				first, second := h.texts(ep, cell, "1", "hello"), h.texts(ep, cell, "2", "anybody?")
				time.Sleep(10 * time.Minute)
				rec := h.record()
				if rec.Outcome != session.Error || !rec.Ended.IsZero() || len(rec.Log) > 6 {
					t.Errorf("%d lines, ended %s: %s", len(rec.Log), rec.Ended, rec.Outcome)
				}
				logged(t, rec, c.want)
				for _, m := range []*endpoints.Message{first, second} {
					kept, err := h.store.Message(t.Context(), m.ID)
					if err != nil || kept.Error == "" || kept.State != endpoints.MessageReceived || kept.SessionID != rec.ID {
						t.Errorf("%+v, %v", kept, err)
					}
				}
				if n := seen.FilterMessageSnippet("had no answer").Len(); n != 1 {
					t.Errorf("it was logged %d times", n)
				}
				if got := h.sent(cell); len(got) > 0 {
					t.Errorf("it wrote %q", got)
				}
				setFlow(mended)
				m := h.texts(ep, cell, "3", "now?")
				time.Sleep(time.Second)
				if kept, err := h.store.Message(t.Context(), m.ID); err != nil || kept.Error != "" || len(h.sent(cell)) != 1 {
					t.Errorf("mended: %+v, %v, %q", kept, err, h.sent(cell))
				}
			})
		})
	}
}
