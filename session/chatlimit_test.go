package session_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"ringflow/endpoints"
	"ringflow/session"
)

// A session that has passed a limit is over: the next message begins another, in which the flow
// may do as much again.
func TestChatPastALimit(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		ep := h.number(did, node{id: "round", typ: "LogNode", in: map[string]any{"Message": "x"}, to: map[string]string{"Done": "round"}})
		var ids []string
		for _, key := range []string{"1", "2"} {
			h.texts(ep, cell, key, "hi")
			time.Sleep(time.Minute)
			m, _, err := h.store.Messages(t.Context(), endpoints.MessageFilter{})
			if err != nil {
				t.Fatal(err)
			}
			rec, err := h.store.Record(t.Context(), m[0].SessionID)
			if err != nil {
				t.Fatal(err)
			}
			if rec.Ended.IsZero() || rec.Outcome != session.LimitedOut {
				t.Errorf("%+v", rec)
			}
			logged(t, rec, "1,000 steps without waiting")
			ids = append(ids, rec.ID)
		}
		if ids[0] == ids[1] {
			t.Error("both messages are of one session")
		}
	})
}

// Messages for whom no flow can run any more come to rest: people may read them, and the server
// doesn't try for ever.
func TestChatComesToRest(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		ep := h.number(did, says("echo", "{{ Session.Body }}", ""))
		rec := &session.Record{ID: endpoints.NewID(), AccountID: ep.AccountID, EndpointID: ep.ID, Channel: "Chat", FromAddress: cell, Started: time.Now().UTC()}
		m := &endpoints.Message{AccountID: ep.AccountID, EndpointID: ep.ID, Channel: endpoints.SMPP, OtherAddress: cell, Text: "hi"}
		if _, err := h.store.ReceiveMessage(t.Context(), m, &session.Opening{Record: rec}); err != nil {
			t.Fatal(err)
		}
		over := *rec
		over.Ended = time.Now().UTC()
		if err := h.store.EndChat(t.Context(), ep.ID, cell, session.Change{Record: &over}); err != nil {
			t.Fatal(err)
		}
		if err := h.store.DeleteEndpoint(t.Context(), ep.ID); err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Minute)
		if at, err := h.store.NextChat(t.Context()); err != nil || !at.IsZero() {
			t.Errorf("there is something to do at %s, %v", at, err)
		}
		if got, err := h.store.Message(t.Context(), m.ID); err != nil || got.Text != "hi" || got.SessionID != rec.ID {
			t.Errorf("%+v, %v", got, err)
		}
		if all := h.records(); len(all) != 1 {
			t.Errorf("%d sessions", len(all))
		}
	})
}

// What can never be kept isn't tried for ever: the message is given up, and those after it have
// their turn. So is what our own faults stop.
func TestChatThatCantBeKept(t *testing.T) {
	for name, fails := range map[string]func() error{
		"refused":  func() error { return &endpoints.Invalid{Field: "to", Text: "can't be kept"} },
		"panicked": func() error { panic("a fault of ours") },
	} {
		t.Run(name, func(t *testing.T) { cantBeKept(t, fails) })
	}
}

func cantBeKept(t *testing.T, fails func() error) {
	inHouse(t, func(t *testing.T, h *house) {
		var mu sync.Mutex
		bad, tries := false, 0
		steps := &chatSteps{Store: h.away.Store, step: func(save session.ChatSave, _ bool) {
			mu.Lock()
			defer mu.Unlock()
			bad = len(save.Out) > 0 && save.Out[0].Message.Text == "bad"
		}, fail: func() error {
			mu.Lock()
			defer mu.Unlock()
			if !bad {
				return nil
			}
			tries++
			return fails()
		}}
		h.Shutdown(nil)
		h.Switchboard = &session.Switchboard{Store: steps, UA: h.UA, Media: h.Media, Blob: h.Blob, Speech: h.said}
		if err := h.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		defer h.Shutdown(nil)
		ep := h.number(did, says("echo", "{{ Session.Body }}", ""))
		for _, text := range []string{"bad", "good"} {
			h.texts(ep, cell, text, text)
		}
		time.Sleep(time.Hour)
		if got := h.sent(cell); !slices.Equal(got, []string{"good"}) || tries != 3 {
			t.Errorf("%q after %d tries\n%s", got, tries, logText(h.record()))
		}
		logged(t, h.record(), "Given up")
	})
}
