package session_test

import (
	"slices"
	"testing"
	"time"
)

// A menu, digits, a wait and a room in a chat of the real house: each answer is a message of its
// own, and what is sent to others stands in the outbox.
func TestChatNodes(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		alice := h.user("alice")
		ep := h.number(did,
			node{id: "menu", typ: "MenuNode", in: map[string]any{"Text": "Book or talk?", "InvalidText": "One of them, please.",
				"Choices": []map[string]any{{"Key": "1", "Words": "book, appointment", "Value": "Book"}, {"Key": "2", "Value": "Talk"}}},
				to: map[string]string{"Book": "day", "Talk": "room", "No Input": "quiet"}},
			node{id: "day", typ: "CollectDigitsNode", in: map[string]any{"Text": "Which day?", "MinDigits": 4, "MaxDigits": 4}, to: map[string]string{"Done": "pause", "No Input": "quiet"}},
			node{id: "pause", typ: "WaitNode", in: map[string]any{"Timeout": 30}, to: map[string]string{"Done": "told"}},
			says("told", "Booked for {{ Session.Digits }}.", "mail"),
			node{id: "mail", typ: "SendEmailNode", in: map[string]any{"To": "office@example.com", "Subject": "Booked"}, to: map[string]string{"Sent": "text", "Failed": "text"}},
			node{id: "text", typ: "SendMessageNode", in: map[string]any{"To": cell, "Body": "See you."}},
			says("quiet", "Nothing came.", ""),
			node{id: "room", typ: "ChatNode", in: map[string]any{"UsersToInvite": []map[string]any{{"User": alice.ID}}}, to: map[string]string{"Done": "quiet", "No Users": "quiet"}},
			node{id: "events", typ: "ChatEventsNode", to: map[string]string{"New Message": "note"}},
			node{id: "note", typ: "LogNode", in: map[string]any{"Message": "{{ Node.events.SenderName }} wrote {{ Node.events.Body }}"}},
		)
		write := func(key, text string) {
			h.texts(ep, cell, key, text)
			time.Sleep(time.Second)
		}
		write("1", "hi")
		write("2", "what")
		write("3", "Appointment")
		write("4", "on 11/24")
		write("5", "thanks") // while it waits: in its turn
		time.Sleep(time.Minute)
		want := []string{"Book or talk?", "One of them, please.", "Book or talk?", "Which day?", "Booked for 1124.", "See you.", "Book or talk?"}
		if got := h.sent(cell); !slices.Equal(got, want) {
			t.Fatalf("%q", got)
		}
		write("6", "2")
		write("7", "anybody there?")
		time.Sleep(time.Minute)
		r := h.records()[0]
		logged(t, r, "menu: got \"Appointment\": Book", "day: heard 1124", "pause: goes on later, in 30 s", "text: Sent", "room: waits until the chat room is closed", "wrote anybody there?")
		if r.Channel != "Chat" || !r.Ended.IsZero() {
			t.Errorf("%+v", r)
		}
	})
}
