package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"ringflow/endpoints"
)

// person is a user with a login and a registered phone.
type person struct {
	phoneAccount
	h     *house
	email string
	phone *texter
}

const usersPassword = "a password of nobody else"

func (h *house) person(t *testing.T, first, host string, more M) *person {
	t.Helper()
	p := &person{h: h, email: strings.ToLower(first) + "@x.test"}
	body := M{"accountId": h.account, "firstName": first, "lastName": "Test", "userMode": "SipPhone", "emailAddress": p.email, "password": usersPassword}
	for k, v := range more {
		body[k] = v
	}
	h.postInto("/endpoints/users", body, &p.phoneAccount)
	p.phone = h.newTexter(t, host, 0, p.phoneAccount)
	return p
}

// asks is a request of the user's own.
func (p *person) asks(method, path string, body any) (int, []byte) {
	p.h.t.Helper()
	b, err := json.Marshal(body)
	if err != nil {
		p.h.t.Fatal(err)
	}
	req, err := http.NewRequest(method, p.h.apiAddr+path, bytes.NewReader(b))
	if err != nil {
		p.h.t.Fatal(err)
	}
	req.SetBasicAuth(p.email, usersPassword)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		p.h.t.Fatal(err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		p.h.t.Fatal(err)
	}
	return res.StatusCode, answer
}

// unread is what waits for the user, as the API tells him, the oldest first.
func (p *person) unread() []string {
	p.h.t.Helper()
	code, b := p.asks(http.MethodGet, "/messages?isUnread=true", nil)
	var list struct {
		Items []struct{ Sender, Text string }
	}
	if err := json.Unmarshal(b, &list); code != http.StatusOK || err != nil {
		p.h.t.Fatalf("GET /messages: %d %s", code, b)
	}
	var all []string
	for _, m := range list.Items {
		all = append(all, m.Sender+": "+m.Text)
	}
	slices.Reverse(all)
	return all
}

// hears waits until exactly these came to his phone, in whatever order.
func (p *person) hears(want ...string) {
	p.h.t.Helper()
	var got []string
	for end := time.Now().Add(40 * time.Second); ; pause(p.h.t.Context(), 20*time.Millisecond) {
		got = nil
		for _, m := range p.phone.texts() {
			_, words, _ := strings.Cut(m, ": ")
			got = append(got, words)
		}
		if len(got) >= len(want) || time.Now().After(end) {
			break
		}
	}
	slices.Sort(got)
	want = slices.Sorted(slices.Values(want))
	if !slices.Equal(got, want) {
		p.h.t.Errorf("the phone of %s got %q, want %q", p.email, got, want)
	}
}

// A text opens a room for two users; from then on what the party writes goes to them and the flow
// isn't run, and what they write reaches the party; when the room is closed the flow goes on
// (product scenario 7).
func TestTextsGoToARoom(t *testing.T) {
	var ann, bob *person
	x := startTextHouse(t, func(h *house) string {
		ann, bob = h.person(t, "Ann", "127.0.0.3", nil), h.person(t, "Bob", "127.0.0.4", nil)
		return h.room(ann, bob)
	}, nil)
	x.chatsInARoom(t, ann, bob)
}

// room is a flow that leads who writes to these two.
func (h *house) room(ann, bob *person) string {
	h.t.Helper()
	who := func(p *person) M { return M{"User": M{"type": "User", "value": M{"stringValue": p.ID}}} }
	return h.flow("Room",
		node("room", "ChatNode", M{"UsersToInvite": rows(who(ann), who(bob)), "Greeting": text("Somebody will be with you soon."), "Done": next("bye"), "No Users": next("bye")}),
		node("bye", "SayNode", M{"WhatToSay": text("Goodbye."), "Done": next("end")}), node("end", "EndNode", nil))
}

func (x *textHouse) chatsInARoom(t *testing.T, ann, bob *person) {
	const zoe = "+12025550146" // and nobody else, of those that write to the number
	said := []string{"Somebody will be with you soon."}
	x.sip.write(zoe, did, "hello")
	x.hears(x.sip, zoe, said...)
	opened := []string{zoe + ": " + zoe + " has joined.", "Dr. Ray: Somebody will be with you soon."}
	ann.hears(opened...)
	x.sip.write(zoe, did, "Is anybody there?")
	all := append(slices.Clone(opened), zoe+": Is anybody there?")
	ann.hears(all...)
	bob.hears(all...)
	sessions := x.sessions("channel=Chat")
	if len(sessions) != 1 || sessions[0].Ended || strings.Contains(sessions[0].text(), "Goodbye") {
		t.Fatalf("%+v", sessions)
	}
	path := "/sessions/" + sessions[0].ID
	if code, b := ann.asks(http.MethodPost, path+"/messages", M{"text": "I am here."}); code != http.StatusOK {
		t.Fatalf("%d %s", code, b)
	}
	said = append(said, "Ann Test: I am here.")
	x.hears(x.sip, zoe, said...)
	bob.hears(append(all, "Ann Test: I am here.")...)
	if got := ann.unread(); !slices.Equal(got, all) {
		t.Errorf("unread are %q, want %q", got, all)
	}
	var shown struct {
		Members []struct{ CallSid, EndpointID string }
	}
	x.get(path, &shown)
	if len(shown.Members) != 3 {
		t.Fatalf("members: %+v", shown)
	}
	for _, m := range shown.Members {
		if m.EndpointID == "" {
			continue
		}
		if code, b := x.request(http.MethodDelete, path+"/members/"+m.CallSid, "", nil); code != http.StatusNoContent {
			t.Fatalf("%d %s", code, b)
		}
	}
	said = append(said, "Goodbye.")
	x.hears(x.sip, zoe, said...)
	if code, _ := ann.asks(http.MethodPost, path+"/messages", M{"text": "Too late."}); code < 400 {
		t.Errorf("who is out of the chat may write: %d", code)
	}
	x.sip.write(zoe, did, "Another question")
	x.hears(x.sip, zoe, append(said, said[0])...)
	sessions = x.sessions("channel=Chat")
	if len(sessions) != 2 || sessions[0].Ended || !sessions[1].Ended {
		t.Fatalf("%+v", sessions)
	}
	path = "/sessions/" + sessions[0].ID
	if code, b := x.request(http.MethodDelete, path, "", nil); code != http.StatusNoContent {
		t.Errorf("%d %s", code, b)
	}
	if code, _ := ann.asks(http.MethodPost, path+"/messages", M{"text": "Too late."}); code < 400 {
		t.Errorf("in a chat that was ended one may write: %d", code)
	}
}

// Registered phones write to a number, to each other, and outside by the number that their calls
// show; what comes back reaches them.
func TestPhonesWriteTexts(t *testing.T) {
	x := startTextHouse(t, func(h *house) string {
		return h.flow("Echo", node("s", "SayNode", M{"WhatToSay": text("You wrote: {{ Session.Body }}")}))
	}, nil)
	ann, bob := x.person(t, "Ann", "127.0.0.3", nil), x.person(t, "Bob", "127.0.0.4", nil)
	ann.phone.write("", did, "Hello, number")
	ann.hears("You wrote: Hello, number")
	ann.phone.write("", bob.SipUserName, "Hello, Bob")
	bob.hears("Hello, Bob")
	if from, _, _ := strings.Cut(bob.phone.texts()[0], " "); from != ann.SipUserName {
		t.Errorf("it is from %s", from)
	}
	ann.phone.write("", "+12025550143", "Hello, world")
	x.hears(x.sip, "+12025550143", "Hello, world")
	for to, want := range map[string]int{"nobody": 404, "+19005550100": 403} {
		if code := ann.phone.try("", to, "x"); code != want {
			t.Errorf("a text to %s is answered by %d, want %d", to, code, want)
		}
	}
	// To a phone that is away: it waits.
	bob.phone.ua.Close()
	x.eventually("Bob's phone is gone", func() bool { return len(x.ua.Bindings(bob.SipUserName)) == 0 })
	ann.phone.write("", bob.SipUserName, "Are you back?")
	x.eventually("the text was tried", func() bool { return x.outbox.Stats().Retried > 0 })
	if all := x.kept(ann.ID, bob.SipUserName); all[len(all)-1].State != endpoints.MessageQueued {
		t.Errorf("%+v", all[len(all)-1])
	}
}
