package main

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"ringflow/endpoints"
)

// from is who wrote the last text that came to the phone, as the phone shows it, and to which it would answer.
func (p *person) from() string {
	p.h.t.Helper()
	all := p.phone.texts()
	if len(all) == 0 {
		p.h.t.Fatal("no text came")
	}
	from, _, _ := strings.Cut(all[len(all)-1], " ")
	return from
}

// A room of an e-mail address has no number from which its texts could come: they come from the room itself, and what a
// member's phone answers goes to all others. Who is out of it is told so.
func TestPhoneAnswersARoomWithoutANumber(t *testing.T) {
	h := startHouse(t)
	ann, bob := h.person(t, "Ann", "127.0.0.3", nil), h.person(t, "Bob", "127.0.0.4", nil)
	who := func(p *person) M { return M{"User": M{"type": "User", "value": M{"stringValue": p.ID}}} }
	flow := h.flow("Room", node("room", "ChatNode", M{"UsersToInvite": rows(who(ann), who(bob))}))
	shop := h.post("/endpoints/email", M{"accountId": h.account, "emailAddress": "shop@x.test", "displayName": "Shop", "flowId": flow, "webChat": true})
	visitor := strings.NewReader(`{"endpointId": "` + shop + `", "sender": "visitor-7", "displayName": "Zoe", "body": "hello"}`)
	if code, b := h.request(http.MethodPost, "/chat/endpoint/message", "application/json", visitor); code != http.StatusNoContent {
		t.Fatalf("%d %s", code, b)
	}
	ann.hears("Zoe: Zoe has joined.")
	bob.hears("Zoe: Zoe has joined.")
	room := ann.from()
	ann.phone.write("", room, "Can I help you?")
	bob.hears("Zoe: Zoe has joined.", "Ann Test: Can I help you?")
	var all []string
	for _, m := range h.kept(shop, "web:visitor-7") {
		if m.Direction == endpoints.MessageOut {
			all = append(all, m.Text)
		}
	}
	if want := []string{"Ann Test: Can I help you?"}; !slices.Equal(all, want) {
		t.Errorf("the visitor was told %q, want %q", all, want)
	}
	sessions := h.sessions("channel=Chat")
	if code, b := h.request(http.MethodDelete, "/sessions/"+sessions[0].ID+"/members/"+bob.ID, "", nil); code != http.StatusNoContent {
		t.Fatalf("%d %s", code, b)
	}
	if code := bob.phone.try("", room, "May I?"); code != http.StatusForbidden {
		t.Errorf("a text to a room that one is not in is answered by %d", code)
	}
	if code, b := h.request(http.MethodDelete, "/sessions/"+sessions[0].ID, "", nil); code != http.StatusNoContent {
		t.Fatalf("%d %s", code, b)
	}
	if code := ann.phone.try("", room, "Anybody?"); code != http.StatusNotFound {
		t.Errorf("a text to a room that is closed is answered by %d", code)
	}
	ann.hears("Zoe: Zoe has joined.")
}

// What a colleague writes by the API comes to the phone from him: the answer is his.
func TestPhoneAnswersAColleague(t *testing.T) {
	h := startHouse(t)
	ann, bob := h.person(t, "Ann", "127.0.0.3", nil), h.person(t, "Bob", "127.0.0.4", nil)
	if code, b := ann.asks(http.MethodPost, "/messages", M{"endpointId": ann.ID, "toAddress": bob.SipUserName, "text": "Lunch?"}); code != http.StatusOK {
		t.Fatalf("%d %s", code, b)
	}
	bob.hears("Ann Test: Lunch?")
	if from := bob.from(); from != ann.SipUserName {
		t.Fatalf("it is from %q", from)
	}
	bob.phone.write("", bob.from(), "At noon")
	ann.hears("At noon")
}
