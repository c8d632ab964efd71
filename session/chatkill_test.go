package session_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"ringflow/endpoints"
	"ringflow/endpoints/sms"
	"ringflow/flow"
	"ringflow/session"
	"ringflow/sip"
)

// outsiders is a web that counts, and does something first.
type outsiders struct {
	mu   sync.Mutex
	n    int
	then func()
}

func (a *outsiders) For(string) flow.HTTP { return a }
func (a *outsiders) Close()               {}
func (a *outsiders) Do(context.Context, flow.HTTPRequest) (flow.HTTPResponse, error) {
	a.mu.Lock()
	a.n++
	then := a.then
	a.mu.Unlock()
	if then != nil {
		then()
	}
	return flow.HTTPResponse{Status: http.StatusOK, Body: "ok"}, nil
}

// chatSteps is a store that tells before and after each save of a chat.
type chatSteps struct {
	session.Store
	step func(save session.ChatSave, done bool)
	fail func() error
}

func (s *chatSteps) SaveChat(ctx context.Context, save session.ChatSave) error {
	s.step(save, false)
	if s.fail != nil {
		if err := s.fail(); err != nil {
			return err
		}
	}
	err := s.Store.SaveChat(ctx, save)
	s.step(save, true)
	return err
}

// Wherever in the execution of a message the server is killed, the next life gives it one that
// comes to its end, its replies are in the outbox once, and what was asked outside is not asked twice.
func TestChatSurvivesAKill(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		var mu sync.Mutex
		var images []string
		take := func() {
			dir := h.image(t)
			mu.Lock()
			defer mu.Unlock()
			images = append(images, dir)
		}
		steps := &chatSteps{Store: h.away.Store, step: func(session.ChatSave, bool) { take() }}
		web := &outsiders{then: take}
		h.Shutdown(nil)
		h.Switchboard = &session.Switchboard{Store: steps, UA: h.UA, Media: h.Media, Blob: h.Blob, Speech: h.said, Web: web}
		if err := h.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		defer h.Shutdown(nil)
		ep := h.number(did, says("before", "before {{ Session.Body }}", "ask"),
			node{id: "ask", typ: "HttpRequestNode", in: map[string]any{"Url": "https://x.test/", "Method": "POST"}, to: map[string]string{"Success": "done", "On Failure": "begun"}},
			says("done", "done", ""), says("begun", "begun before", ""))
		h.texts(ep, cell, "1", "hi")
		time.Sleep(time.Minute)
		h.Shutdown(nil)
		if want := []string{"before hi", "done"}; !slices.Equal(h.sent(cell), want) || web.n != 1 {
			t.Fatalf("%q, asked %d times", h.sent(cell), web.n)
		}
		if len(images) < 5 { // before and after the checkpoint, while it asks, before and after the end
			t.Fatalf("killed at %d moments", len(images))
		}
		for i, dir := range images {
			next := h.started(dir)
			time.Sleep(time.Minute)
			got := next.sent(cell)
			r := next.record()
			begun := slices.Equal(got, []string{"before hi", "begun before"})
			if first := i == 0; first && !strings.Contains(logText(r), "ask") || !first && !begun && !slices.Equal(got, []string{"before hi", "done"}) {
				t.Errorf("killed at %d: %q\n%s", i, got, logText(r))
			}
			if chats, err := next.store.ClaimChats(t.Context(), 10, time.Minute); err != nil || len(chats) != 0 {
				t.Errorf("killed at %d: there is something left to do: %v", i, err)
			}
			next.Shutdown(nil)
		}
	})
}

// A store that is away for a moment is tried again; what can't be kept has not happened.
func TestChatStoreAway(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		var mu sync.Mutex
		away := 3
		steps := &chatSteps{Store: h.away.Store, step: func(session.ChatSave, bool) {}, fail: func() error {
			mu.Lock()
			defer mu.Unlock()
			if away--; away >= 0 {
				return errors.New("away")
			}
			return nil
		}}
		h.Shutdown(nil)
		h.Switchboard = &session.Switchboard{Store: steps, UA: h.UA, Media: h.Media, Blob: h.Blob, Speech: h.said}
		if err := h.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		defer h.Shutdown(nil)
		ep := h.number(did, says("echo", "{{ Session.Body }}", ""))
		for _, text := range []string{"a", "b"} {
			h.texts(ep, cell, text, text)
		}
		time.Sleep(time.Minute)
		if got := h.sent(cell); !slices.Equal(got, []string{"a", "b"}) {
			t.Errorf("%q", got)
		}
	})
}

// A chat with a number and a user is a room: what anybody writes goes to the others, and the flow goes
// on when it is closed.
func TestChatRoom(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		alice := h.user("alice")
		const friend = "+14155550177"
		ep := h.number(did, node{id: "room", typ: "ChatNode", in: map[string]any{
			"UsersToInvite": []map[string]any{{"User": ref{flow.UserType, alice.ID}}}, "SmsNumbersToInvite": []map[string]any{{"Number": friend}}, "Greeting": "Welcome",
		}, to: map[string]string{"Done": "bye"}}, says("bye", "Goodbye", ""))
		m := h.texts(ep, cell, "1", "hi")
		time.Sleep(time.Minute)
		if a, b := h.sent(cell), h.sent(friend); !slices.Equal(a, []string{"Welcome"}) || !slices.Equal(b, []string{"Welcome"}) {
			t.Fatalf("%q %q\n%s", a, b, logText(h.record()))
		}
		h.texts(ep, friend, "2", "here I am")
		time.Sleep(time.Minute)
		if got := h.sent(cell); !slices.Equal(got, []string{"Welcome", friend + ": here I am"}) {
			t.Fatalf("%q", got)
		}
		rec, err := h.store.Record(t.Context(), m.SessionID)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.Write(t.Context(), session.Asker{User: alice, Name: "alice"}, session.Writing{Session: rec, Text: "hello both"}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		if got := h.sent(friend); !slices.Contains(got, "Alice: hello both") {
			t.Errorf("%q", got)
		}
		h.Desk = &sms.Desk{}
		for range 2 { // the second is the same again
			if st := h.Text(t.Context(), &sip.Text{Caller: sip.Caller{Kind: sip.User, ID: alice.ID, Name: "alice"}, RequestURI: sip.Party{User: did}, Body: "from my phone", Key: "k"}); st != nil {
				t.Fatal(st)
			}
		}
		time.Sleep(time.Second)
		for _, who := range []string{cell, friend} {
			if got := h.sent(who); got[len(got)-1] != "Alice: from my phone" || got[len(got)-2] != "Alice: hello both" {
				t.Errorf("what a member's phone wrote doesn't reach %s: %q", who, got)
			}
		}
		mine, _, err := h.store.Messages(t.Context(), endpoints.MessageFilter{EndpointIDs: []string{alice.ID}, OlderFirst: true})
		if err != nil || len(mine) != 3 || mine[1].Text != "Welcome" || mine[2].Text != "here I am" || !mine[2].Unread {
			t.Errorf("%d %v", len(mine), err)
		}
		members, err := h.ChatMembers(t.Context(), rec)
		if err != nil || len(members) != 3 {
			t.Errorf("%+v %v", members, err)
		}
		for _, who := range []string{alice.ID, friend} {
			if err := h.RemoveFromChat(t.Context(), rec, session.Asker{Name: "admin"}, who); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(time.Minute)
		if got := h.sent(cell); got[len(got)-1] != "Goodbye" {
			t.Errorf("%q\n%s", got, logText(h.record()))
		}
	})
}
