package storetest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"sync"
	"testing"
	"time"

	"ringflow/endpoints"
	"ringflow/session"
	"ringflow/store"
)

const cell = "+14155550123"

// desk is an account with a number, which gets messages.
type desk struct {
	t  *testing.T
	s  *store.Store
	ep *endpoints.Endpoint
}

func newDesk(t *testing.T, s *store.Store) *desk {
	t.Helper()
	ep := &endpoints.Endpoint{AccountID: newAccount(t, s, "Desk"), Kind: endpoints.PhoneNumber, Number: "+18005550100"}
	must(t, s.PutEndpoint(t.Context(), ep))
	return &desk{t, s, ep}
}

func (d *desk) message(from, key, text string) *endpoints.Message {
	return &endpoints.Message{
		AccountID: d.ep.AccountID, EndpointID: d.ep.ID, Channel: endpoints.SMPP, OtherAddress: from, OtherName: "Zoë", Sender: "Zoë", Key: key, Text: text,
		Route: json.RawMessage(`{"via":"x"}`), Facts: map[string]string{"dkim": "pass"},
	}
}

func (d *desk) opening() *session.Opening {
	rec := &session.Record{ID: endpoints.NewID(), AccountID: d.ep.AccountID, EndpointID: d.ep.ID, Channel: "Chat", Direction: session.Incoming, FromAddress: cell, Started: time.Now().UTC()}
	return &session.Opening{Record: rec, Body: []byte(`{"secret":"state"}`)}
}

func (d *desk) receives(m *endpoints.Message) *endpoints.Message {
	d.t.Helper()
	fresh, err := d.s.ReceiveMessage(d.t.Context(), m, d.opening())
	must(d.t, err)
	if !fresh {
		d.t.Fatalf("%s was there", m.Key)
	}
	return m
}

func (d *desk) claims(s *store.Store, lease time.Duration) []*session.StoredChat {
	d.t.Helper()
	got, err := s.ClaimChats(d.t.Context(), 100, lease)
	must(d.t, err)
	return got
}

// answer is a text to the party of a chat, as a flow writes it.
func (d *desk) answer(c *session.StoredChat, text string) session.OutMessage {
	d.t.Helper()
	m := &endpoints.Message{
		Entity: endpoints.Entity{ID: endpoints.NewID()}, AccountID: c.AccountID, EndpointID: c.EndpointID, SessionID: c.SessionID, Direction: endpoints.MessageOut, Channel: c.Channel,
		OtherAddress: c.OtherAddress, Text: text,
	}
	body, err := json.Marshal(endpoints.Post{MessageID: m.ID, EndpointID: m.EndpointID, Text: text})
	must(d.t, err)
	return session.OutMessage{Message: m, Outbound: &endpoints.Outbound{Channel: m.Channel, To: []string{m.OtherAddress}, Body: body}}
}

func (d *desk) save(c *session.StoredChat, s session.ChatSave) session.ChatSave {
	s.ID, s.Claim, s.SessionID = c.ID, c.Claim, c.SessionID
	if s.Change.Record == nil {
		s.Change = session.Change{Record: &session.Record{ID: c.SessionID}, Same: true}
	}
	return s
}

// messagesKept: once, sealed, with their session and conversation; in order; listed, read.
func messagesKept(t *testing.T, db *Database) {
	s, ctx := db.Open(t), t.Context()
	d := newDesk(t, s)
	first := d.receives(d.message(cell, "1", "a secret text"))
	got, err := s.Message(ctx, first.ID)
	must(t, err)
	if got.Text != "a secret text" || got.Facts["dkim"] != "pass" || string(got.Route) != `{"via":"x"}` || !got.Unread || got.State != endpoints.MessageReceived || got.SessionID == "" || got.Key != "1" {
		t.Errorf("%+v", got)
	}
	again := d.message(cell, "1", "other words")
	if fresh, err := s.ReceiveMessage(ctx, again, d.opening()); err != nil || fresh || again.ID != first.ID {
		t.Errorf("the same again: %v, %v", fresh, err)
	}
	second := d.receives(d.message(cell, "2", "more"))
	loose := d.receives(d.message(cell, "", "no key"))
	if second.SessionID != first.SessionID || loose.SessionID != first.SessionID {
		t.Error("one chat has two sessions")
	}
	auto := d.message("+14155550124", "3", "I am away")
	auto.Auto = true
	if d.receives(auto); auto.SessionID != "" {
		t.Error("a machine's message has opened a session")
	}
	if bytes.Contains(db.Dump(t), []byte("a secret text")) || bytes.Contains(db.Dump(t), []byte(`"secret":"state"`)) {
		t.Error("the database has the text in clear")
	}
	other := d.message(cell, "9", "x")
	other.EndpointID = endpoints.NewID()
	_, err = s.ReceiveMessage(ctx, other, d.opening())
	wantInvalid(t, err, "endpointId")

	all, total, err := s.Messages(ctx, endpoints.MessageFilter{AccountIDs: []string{d.ep.AccountID}, ConversationIDs: []string{endpoints.ConversationID(d.ep.ID, cell)}, OlderFirst: true})
	must(t, err)
	if total != 3 || all[0].ID != first.ID || all[2].ID != loose.ID {
		t.Errorf("%d messages", total)
	}
	chats, total, err := s.Conversations(ctx, endpoints.ConversationFilter{AccountIDs: []string{d.ep.AccountID}})
	must(t, err)
	if total != 2 || chats[1].OtherAddress != cell || chats[1].Unread != 3 || chats[1].Latest.ID != loose.ID || chats[1].SessionID != first.SessionID {
		t.Errorf("%d: %+v", total, chats[1])
	}
	if n, err := s.MarkRead(ctx, []string{first.ID, second.ID}, true); err != nil || n != 2 {
		t.Errorf("%d, %v", n, err)
	}
	if chats, _, err = s.Conversations(ctx, endpoints.ConversationFilter{UnreadOnly: true, OtherAddress: "0123"}); err != nil || len(chats) != 1 || chats[0].Unread != 1 {
		t.Errorf("%+v, %v", chats, err)
	}
}

// chats: a claim is one's alone; a save is all or nothing, and only who has the claim saves.
func chats(t *testing.T, db *Database) {
	s, ctx := db.Open(t), t.Context()
	d := newDesk(t, s)
	m1, m2 := d.receives(d.message(cell, "1", "one")), d.receives(d.message(cell, "2", "two"))
	got := d.claims(s, time.Minute)
	if len(got) != 1 || len(got[0].Messages) != 2 || got[0].Messages[0].ID != m1.ID || string(got[0].Body) != `{"secret":"state"}` || string(got[0].Route) != `{"via":"x"}` || got[0].Tries != 1 {
		t.Fatalf("%+v", got)
	}
	c := got[0]
	if len(d.claims(s, time.Minute)) != 0 {
		t.Error("claimed twice")
	}
	lost := d.save(c, session.ChatSave{Done: []string{m1.ID}})
	lost.Claim = "other"
	if err := s.SaveChat(ctx, lost); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("saved without the claim: %v", err)
	}
	bad := d.answer(c, "x")
	bad.Outbound.To = []string{"two\r\nlines"}
	if err := s.SaveChat(ctx, d.save(c, session.ChatSave{Body: []byte(`{}`), Done: []string{m1.ID}, Out: []session.OutMessage{d.answer(c, "never"), bad}})); err == nil {
		t.Error("what can't be kept was")
	}
	if _, total, err := s.Messages(ctx, endpoints.MessageFilter{SessionIDs: []string{c.SessionID}}); err != nil || total != 2 {
		t.Errorf("half a save was kept: %d, %v", total, err)
	}
	out := d.answer(c, "answer")
	must(t, s.SaveChat(ctx, d.save(c, session.ChatSave{
		Body: []byte(`{"n":1}`), Done: []string{m1.ID}, Out: []session.OutMessage{out, d.answer(c, "more")},
		Change: session.Change{Record: &session.Record{ID: c.SessionID}, Same: true, Log: []session.LogLine{{Date: time.Now(), Message: "one is done"}}},
	})))
	must(t, s.SaveChat(ctx, d.save(c, session.ChatSave{Body: []byte(`{"n":2}`), Done: []string{m2.ID}, WaitUntil: time.Now().Add(time.Hour), Release: true})))
	if len(d.claims(s, time.Minute)) != 0 {
		t.Error("there was nothing to do")
	}
	if at, err := s.NextChat(ctx); err != nil || time.Until(at) < 50*time.Minute {
		t.Errorf("%s, %v", at, err)
	}
	d.receives(d.message(cell, "3", "three"))
	got = d.claims(s, time.Nanosecond)
	if len(got) != 1 || len(got[0].Messages) != 1 || string(got[0].Body) != `{"n":2}` {
		t.Fatalf("%+v", got)
	}
	got = d.claims(s, time.Minute) // the first one's time is over
	if len(got) != 1 || got[0].Tries != 2 {
		t.Fatalf("%+v", got)
	}
	over := &session.Record{ID: c.SessionID, AccountID: d.ep.AccountID, Channel: "Chat", Started: time.Now(), Ended: time.Now()}
	must(t, s.SaveChat(ctx, d.save(got[0], session.ChatSave{Done: []string{got[0].Messages[0].ID}, Closed: true, Release: true, Change: session.Change{Record: over}})))
	if m := d.receives(d.message(cell, "4", "four")); m.SessionID == c.SessionID {
		t.Error("a session that is over has got a message")
	}
	rec, err := s.Record(ctx, c.SessionID)
	must(t, err)
	if len(rec.Log) != 1 || rec.Ended.IsZero() {
		t.Errorf("%+v", rec)
	}
	if n, err := s.CloseOrphans(ctx); err != nil || n != 0 {
		t.Errorf("%d chats were closed with their server, %v", n, err)
	}
	n, _, err := s.DeleteRecords(ctx, d.ep.AccountID, time.Time{}, time.Now().Add(time.Hour), func(string) error { return nil })
	must(t, err)
	_, total, err := s.Messages(ctx, endpoints.MessageFilter{SessionIDs: []string{c.SessionID}})
	if err != nil || n != 1 || total != 0 {
		t.Errorf("%d deleted, %d messages are left, %v", n, total, err)
	}
}

// chatsOfTwo: two servers on one database, or two lives of one, never have one chat both.
func chatsOfTwo(t *testing.T, db *Database) {
	a, b := db.Open(t), db.Open(t)
	d := newDesk(t, a)
	const n = 40
	for i := range n {
		d.receives(d.message(fmt.Sprintf("+1415555%04d", i), "", "hi"))
	}
	var mu sync.Mutex
	seen := map[string]int{}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 20 {
				got, err := a.ClaimChats(t.Context(), 3, time.Minute)
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				for _, c := range got {
					seen[c.ID]++
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	for id, times := range seen {
		if times != 1 {
			t.Errorf("%s was claimed %d times", id, times)
		}
	}
	if len(seen) != n {
		t.Errorf("%d of %d were claimed", len(seen), n)
	}
	if got := d.claims(b, time.Minute); len(got) != n { // b is the next life of the same server
		t.Errorf("the next life has %d", len(got))
	}
}

// lanes: the messages of a chat leave in order, one at a time, and their states follow.
func lanes(t *testing.T, db *Database) {
	s, ctx := db.Open(t), t.Context()
	d := newDesk(t, s)
	d.receives(d.message(cell, "1", "hi"))
	c := d.claims(s, time.Minute)[0]
	var out []session.OutMessage
	for i := range 3 {
		out = append(out, d.answer(c, fmt.Sprint(i)))
	}
	must(t, s.SaveChat(ctx, d.save(c, session.ChatSave{Out: out, Release: true})))
	other := &endpoints.Message{AccountID: d.ep.AccountID, EndpointID: d.ep.ID, Channel: endpoints.SMPP, OtherAddress: "+14155550199", Text: "elsewhere", Key: "step/1"}
	put := func() (bool, error) {
		m := *other
		return s.PutMessage(ctx, &m, &endpoints.Outbound{Channel: m.Channel, To: []string{m.OtherAddress}, Body: []byte(`{"messageId":"x"}`)})
	}
	if fresh, err := put(); err != nil || !fresh {
		t.Fatal(fresh, err)
	}
	if fresh, err := put(); err != nil || fresh {
		t.Error("one step has sent twice", fresh, err)
	}
	state := func(i int) endpoints.MessageState {
		m, err := s.Message(ctx, out[i].Message.ID)
		must(t, err)
		return m.State
	}
	texting := []endpoints.Channel{endpoints.SMPP}
	var left []string
	for round := range 4 {
		got, err := s.ClaimOutbound(ctx, texting, 10, time.Minute)
		must(t, err)
		if round == 0 && len(got) != 2 || round > 0 && len(got) > 1 {
			t.Fatalf("round %d: %d leave at once", round, len(got))
		}
		for _, o := range got {
			p, _ := o.Post()
			if p.Text != "" {
				left = append(left, p.Text)
			}
			if p.Text == "1" {
				must(t, s.FailOutbound(ctx, o.ID, o.Claim, "no such number"))
			} else {
				must(t, s.RemoteMessage(ctx, o.MessageID, "remote "+p.Text, 2))
				must(t, s.SentOutbound(ctx, o.ID, o.Claim, ""))
			}
		}
	}
	if !slices.Equal(left, []string{"0", "1", "2"}) {
		t.Errorf("%v", left)
	}
	if state(0) != endpoints.MessageSent || state(1) != endpoints.MessageFailed || state(2) != endpoints.MessageSent {
		t.Errorf("%s %s %s", state(0), state(1), state(2))
	}
	must(t, s.MessageReceipt(ctx, endpoints.SMPP, d.ep.ID, "remote 0", endpoints.MessageDelivered, ""))
	must(t, s.MessageReceipt(ctx, endpoints.SMPP, "", "remote 0", endpoints.MessageFailed, "late"))
	must(t, s.MessageReceipt(ctx, endpoints.SMPP, "", "early", endpoints.MessageDelivered, ""))
	must(t, s.RemoteMessage(ctx, out[2].Message.ID, "early", 1))
	if state(0) != endpoints.MessageDelivered || state(2) != endpoints.MessageDelivered {
		t.Errorf("%s %s", state(0), state(2))
	}
}

// unreadableOutbound: a message that can't be read on its way out is given up, and so is what it carries:
// nobody waits for it.
func unreadableOutbound(t *testing.T, db *Database) {
	s, ctx := db.Open(t), t.Context()
	d := newDesk(t, s)
	m := &endpoints.Message{AccountID: d.ep.AccountID, EndpointID: d.ep.ID, Channel: endpoints.SMPP, OtherAddress: cell, Text: "hi"}
	_, err := s.PutMessage(ctx, m, &endpoints.Outbound{Channel: m.Channel, To: []string{cell}, Body: []byte(`{}`)})
	must(t, err)
	db.Exec(t, "UPDATE outbox SET body = 'no seal'")
	if got, err := s.ClaimOutbound(ctx, []endpoints.Channel{endpoints.SMPP}, 10, time.Minute); err != nil || len(got) != 0 {
		t.Fatalf("%d, %v", len(got), err)
	}
	if got, err := s.Message(ctx, m.ID); err != nil || got.State != endpoints.MessageFailed || got.Error == "" {
		t.Errorf("%+v, %v", got, err)
	}
}

// receivedAtOnce: what comes at the same moment is kept once, in one session.
func receivedAtOnce(t *testing.T, db *Database) {
	s := db.Open(t)
	d := newDesk(t, s)
	var wg sync.WaitGroup
	var mu sync.Mutex
	fresh, sessions := 0, map[string]bool{}
	for i := range 40 {
		wg.Go(func() {
			m := d.message(cell, fmt.Sprint(i/2), "x")
			new, err := s.ReceiveMessage(t.Context(), m, d.opening())
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Error(err)
			}
			if sessions[m.SessionID] = true; new {
				fresh++
			}
		})
	}
	wg.Wait()
	if fresh != 20 || len(sessions) != 1 {
		t.Errorf("%d kept, in %d sessions", fresh, len(sessions))
	}
	if got := d.claims(s, time.Minute); len(got) != 1 || len(got[0].Messages) != 20 {
		t.Errorf("%d", len(got))
	}
}
