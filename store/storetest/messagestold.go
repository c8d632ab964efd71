package storetest

import (
	"encoding/json"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"time"

	"ringflow/endpoints"
	"ringflow/session"
)

// textOf is a text that somebody and a number exchange.
func textOf(e *endpoints.Endpoint, other, words string) *endpoints.Message {
	return &endpoints.Message{AccountID: e.AccountID, EndpointID: e.ID, Channel: endpoints.SMPP, OtherAddress: other, OtherName: "Otto", Sender: "Otto", Text: words}
}

// messagesTold: webhooks are told of each message and state once, in the transaction
// that keeps it; the server itself is told of what leaves.
func messagesTold(t *testing.T, d *Database) {
	s, ctx := d.Open(t), t.Context()
	account := newAccount(t, s, "A")
	e := newNumber(t, s, account, "+18005550100")
	w := &endpoints.Webhook{AccountID: account, URL: "https://x.test/", Events: []endpoints.EventType{endpoints.MessageCame, endpoints.MessageChanged}}
	w.NewSecret()
	must(t, s.PutWebhook(ctx, w))
	var states []endpoints.MessageState
	s.OnMessage(func(m *endpoints.Message) { states = append(states, m.State) })

	in := textOf(e, "+18005550199", "hello")
	in.Key = "k1"
	for range 2 {
		again := *in
		_, err := s.ReceiveMessage(ctx, &again, nil)
		must(t, err)
	}
	put := func(words string) *endpoints.Message {
		m := textOf(e, "+18005550199", words)
		_, err := s.PutMessage(ctx, m, &endpoints.Outbound{To: []string{m.OtherAddress}, Body: json.RawMessage(`{}`)})
		must(t, err)
		return m
	}
	take := func() *endpoints.Outbound {
		all, err := s.ClaimOutbound(ctx, []endpoints.Channel{endpoints.SMPP}, 1, time.Minute)
		must(t, err)
		if len(all) != 1 {
			t.Fatalf("claimed %v", all)
		}
		return all[0]
	}
	m := put("hi")
	o := take()
	must(t, s.RemoteMessage(ctx, m.ID, "r1", 1))
	must(t, s.SentOutbound(ctx, o.ID, o.Claim, ""))
	for range 2 {
		must(t, s.MessageReceipt(ctx, endpoints.SMPP, e.ID, "r1", endpoints.MessageDelivered, ""))
	}
	early := put("quick") // its receipt is faster than the answer to it
	o = take()
	must(t, s.MessageReceipt(ctx, endpoints.SMPP, e.ID, "r2", endpoints.MessageFailed, "no such number"))
	must(t, s.RemoteMessage(ctx, early.ID, "r2", 1))
	must(t, s.SentOutbound(ctx, o.ID, o.Claim, ""))
	if want := []endpoints.MessageState{"Queued", "Sent", "Delivered", "Queued", "Failed"}; !slices.Equal(states, want) {
		t.Errorf("told of %v, want %v", states, want)
	}
	list, _, err := s.Outbounds(ctx, endpoints.OutboundFilter{From: w.ID, Channels: []endpoints.Channel{endpoints.Webhooks}})
	must(t, err)
	var told []string
	for _, o := range list {
		var v endpoints.Event
		var data struct{ State, Text, OtherAddress string }
		must(t, json.Unmarshal(o.Body, &v))
		must(t, json.Unmarshal(v.Data, &data))
		told = append(told, string(v.Type)+" "+data.State+" "+data.Text)
		if data.OtherAddress != "+18005550199" || v.AccountID != account {
			t.Errorf("%s", o.Body)
		}
	}
	slices.Sort(told)
	if want := []string{"message.changed Delivered hi", "message.changed Failed quick", "message.changed Queued hi", "message.changed Queued quick", "message.changed Sent hi", "message.received Received hello"}; !slices.Equal(told, want) {
		t.Errorf("webhooks are told %q", told)
	}
}

// messagesRedacted: what a message says is gone, also on its way out; what it counts for isn't.
func messagesRedacted(t *testing.T, d *Database) {
	s, ctx := d.Open(t), t.Context()
	account := newAccount(t, s, "A")
	e := newNumber(t, s, account, "+18005550100")
	rec := newRecord(account)
	rec.Channel, rec.EndpointID, rec.Started = "Chat", e.ID, base
	w := &endpoints.Webhook{AccountID: account, URL: "https://x.test/", Events: []endpoints.EventType{endpoints.MessageCame, endpoints.MessageChanged}}
	w.NewSecret()
	must(t, s.PutWebhook(ctx, w))
	told := func(words string) (n int) { // how many events have them
		t.Helper()
		all, _, err := s.Outbounds(ctx, endpoints.OutboundFilter{From: w.ID, Channels: []endpoints.Channel{endpoints.Webhooks}})
		must(t, err)
		for _, o := range all {
			var v endpoints.Event
			must(t, json.Unmarshal(o.Body, &v))
			if strings.Contains(string(v.Data), words) {
				n++
			}
		}
		return n
	}
	in := textOf(e, "+18005550199", "a secret that nobody should find")
	in.Subject = in.Text
	_, err := s.ReceiveMessage(ctx, in, &session.Opening{Record: rec, Body: []byte(`{}`)})
	must(t, err)
	out := textOf(e, "+18005550199", in.Text)
	_, err = s.PutMessage(ctx, out, &endpoints.Outbound{To: []string{out.OtherAddress}, Subject: "x", Body: json.RawMessage(`{"text":"x"}`)})
	must(t, err)
	c, err := s.Conversation(ctx, e.ID, "+18005550199")
	must(t, err)
	if c.Unread != 1 || c.Latest == nil || c.Latest.ID != out.ID || c.SessionID != rec.ID || c.Channel != endpoints.SMPP {
		t.Errorf("%+v", c)
	}
	yes := true
	unread, _, err := s.Messages(ctx, endpoints.MessageFilter{AccountIDs: []string{account}, Unread: &yes})
	must(t, err)
	if len(unread) != 1 || unread[0].ID != in.ID {
		t.Errorf("unread: %v", unread)
	}
	must(t, s.ReadConversation(ctx, e.ID, "+18005550199"))
	if got, err := s.Message(ctx, in.ID); err != nil || got.Unread {
		t.Errorf("%+v, %v", got, err)
	}
	if n := told("a secret that"); n != 2 {
		t.Errorf("%d events tell what was said", n)
	}
	must(t, s.DeleteWebhook(ctx, w.ID)) // what it was told stays
	onPhone := &endpoints.Outbound{AccountID: account, Channel: endpoints.SIPText, Key: session.PhoneKey(in.ID), To: []string{"alice"}, Body: json.RawMessage(`"a secret that"`)}
	_, err = s.PutOutbound(ctx, onPhone)
	must(t, err)
	for _, m := range []*endpoints.Message{in, out} {
		must(t, s.RedactMessage(ctx, m.ID))
		got, err := s.Message(ctx, m.ID)
		must(t, err)
		if got.Text+got.Subject+got.Sender+got.OtherName != "" || got.OtherAddress != m.OtherAddress || got.Date.IsZero() {
			t.Errorf("%+v", got)
		}
	}
	if told("a secret that")+told("Otto") != 0 || told("+18005550199") != 2 || told(in.ID) != 1 {
		t.Error("webhooks are told what was redacted")
	}
	if o, err := s.Outbound(ctx, onPhone.ID); err != nil || len(o.Body) != 0 || o.State != endpoints.OutFailed {
		t.Errorf("a phone would still show it: %+v, %v", o, err)
	}
	if got, err := s.Message(ctx, out.ID); err != nil || got.State != endpoints.MessageFailed || got.Error == "" {
		t.Errorf("%+v, %v", got, err)
	}
	if left, err := s.ClaimOutbound(ctx, []endpoints.Channel{endpoints.SMPP}, 9, time.Minute); err != nil || len(left) != 0 {
		t.Errorf("it would still be sent: %v, %v", left, err)
	}
	wantErr(t, s.RedactMessage(ctx, endpoints.NewID()), fs.ErrNotExist)

	over := *rec
	over.Ended = base.Add(time.Hour)
	save(t, s, session.Change{Record: &over})
	_, err = s.RedactRecord(ctx, rec.ID, "redacted")
	must(t, err)
	if told("+18005550199") != 0 || told(in.ID) != 1 {
		t.Error("webhooks are told who wrote in a session that was redacted")
	}
	if got, err := s.Message(ctx, in.ID); err != nil || got.OtherAddress != "" {
		t.Errorf("%+v, %v", got, err)
	}
	if all, _, err := s.Conversations(ctx, endpoints.ConversationFilter{AccountIDs: []string{account}}); err != nil || len(all) != 0 {
		t.Errorf("%v, %v", all, err)
	}
}
