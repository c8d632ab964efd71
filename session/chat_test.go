package session_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"ringflow/endpoints"
	"ringflow/session"
)

const cell = "+14155550123"

// texts gives the house a message to the number, and fails unless it is taken.
func (h *house) texts(ep *endpoints.Endpoint, from, key, text string) *endpoints.Message {
	h.t.Helper()
	m := &endpoints.Message{EndpointID: ep.ID, Channel: endpoints.SMPP, OtherAddress: from, Key: key, Text: text, Route: []byte(`{"via":"x"}`)}
	if err := h.Receive(h.t.Context(), m); err != nil {
		h.t.Fatal(err)
	}
	return m
}

// said are the texts that left an endpoint for an address, in order, as they stand in the outbox.
func (h *house) sent(to string) (all []string) {
	h.t.Helper()
	out, _, err := h.store.Outbounds(h.t.Context(), endpoints.OutboundFilter{List: endpoints.List{All: true}})
	if err != nil {
		h.t.Fatal(err)
	}
	slices.SortStableFunc(out, func(a, b *endpoints.Outbound) int { return int(a.LaneSeq - b.LaneSeq) })
	for _, o := range out {
		if p, ok := o.Post(); ok && slices.Contains(o.To, to) {
			all = append(all, p.Text)
		}
	}
	return all
}

func says(id, text, then string) node {
	n := node{id: id, typ: "SayNode", in: map[string]any{"WhatToSay": text}}
	if then != "" {
		n.to = map[string]string{"Done": then}
	}
	return n
}

func waitsForReply(id string, timeout int, reply, late string) node {
	n := node{id: id, typ: "WaitForReplyNode", in: map[string]any{"TimeoutInSeconds": timeout}, to: map[string]string{}}
	if reply != "" {
		n.to["Reply"] = reply
	}
	if late != "" {
		n.to["Timeout"] = late
	}
	return n
}

// A message starts the flow, the next one is its answer, the one after starts it anew in the
// same session; after a day of silence the session is closed.
func TestChat(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		ep := h.number(did, says("hello", "Who are you?", "wait"), waitsForReply("wait", 3600, "thanks", "late"),
			says("thanks", "Hello {{ Session.Body }}", ""), says("late", "Too late", ""))
		h.texts(ep, cell, "1", "hi")
		h.texts(ep, cell, "1", "hi")
		time.Sleep(time.Second)
		if got := h.sent(cell); !slices.Equal(got, []string{"Who are you?"}) {
			t.Fatalf("%q", got)
		}
		h.texts(ep, "415-555-0123", "2", "Carla")
		time.Sleep(time.Second)
		h.texts(ep, cell, "3", "again")
		time.Sleep(2 * time.Hour)
		if got := h.sent(cell); !slices.Equal(got, []string{"Who are you?", "Hello Carla", "Who are you?", "Too late"}) {
			t.Fatalf("%q", got)
		}
		all := h.records()
		if len(all) != 1 || all[0].Channel != "Chat" || !all[0].Ended.IsZero() || all[0].FromAddress != cell || all[0].ToAddress != did || all[0].FlowVersion != 1 {
			t.Fatalf("%+v", all[0])
		}
		time.Sleep(26 * time.Hour)
		r := h.record()
		if r.Ended.IsZero() || r.Outcome != session.Completed {
			t.Errorf("%+v", r)
		}
		logged(t, r, "Closed: no message for 24 hours")
		h.texts(ep, cell, "4", "hi")
		if all := h.records(); len(all) != 2 {
			t.Errorf("%d sessions", len(all))
		}
		messages, total, err := h.store.Messages(t.Context(), endpoints.MessageFilter{SessionIDs: []string{r.ID}, OlderFirst: true})
		if err != nil || total != 7 || messages[0].Text != "hi" || messages[1].Text != "Who are you?" || messages[1].State != endpoints.MessageQueued {
			t.Errorf("%d %v", total, err)
		}
	})
}

// A chat waits in the store: a server that starts on it goes on.
func TestChatGoesOnAfterARestart(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		ep := h.number(did, says("hello", "Who are you?", "wait"), waitsForReply("wait", 3*24*3600, "thanks", "late"),
			says("thanks", "Hello {{ Session.Body }}", ""), says("late", "Too late", ""))
		h.texts(ep, cell, "1", "hi")
		h.texts(ep, "+14155550124", "2", "hi")
		time.Sleep(time.Second)
		next := h.started(h.image(t)) // killed
		h.Shutdown(nil)
		time.Sleep(2 * 24 * time.Hour)
		next.texts(ep, cell, "3", "Carla")
		time.Sleep(2 * 24 * time.Hour)
		if got := next.sent(cell); !slices.Equal(got, []string{"Who are you?", "Hello Carla"}) {
			t.Errorf("%q", got)
		}
		if got := next.sent("+14155550124"); !slices.Equal(got, []string{"Who are you?", "Too late"}) {
			t.Errorf("%q", got)
		}
	})
}

// Without a flow that can run the message is kept, and the session tells why nothing happened.
func TestChatWithoutAFlow(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		ep := h.put(&endpoints.Endpoint{Kind: endpoints.PhoneNumber, Number: did})
		m := h.texts(ep, cell, "1", "hi")
		r := h.record()
		logged(t, r, "No flow runs: no flow is set")
		if r.Outcome != session.Error || m.SessionID != r.ID {
			t.Errorf("%+v", r)
		}
		auto := &endpoints.Message{EndpointID: ep.ID, Channel: endpoints.Email, OtherAddress: "a@b.test", Auto: true, Text: "I am away"}
		if err := h.Receive(t.Context(), auto); err != nil || auto.SessionID != "" || len(h.records()) != 1 {
			t.Errorf("%v %+v", err, auto)
		}
	})
}

// Texts to one chat run one after the other, in their order, however they come.
func TestChatOrder(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		ep := h.number(did, says("echo", "{{ Session.Body }}", ""))
		var want []string
		for i := range 30 {
			text := strings.Repeat("x", i+1)
			h.texts(ep, cell, text, text)
			want = append(want, text)
		}
		time.Sleep(time.Second)
		if got := h.sent(cell); !slices.Equal(got, want) {
			t.Errorf("%q", got)
		}
	})
}
