package store_test

import (
	"strings"
	"testing"
	"time"

	"ringflow/endpoints"
	"ringflow/session"
	"ringflow/store"
)

// What is asked and written for each text finds its rows by an index: a server that has
// kept a million answers the next as fast as the first.
func TestTextsGoByIndexes(t *testing.T) {
	s, ctx := newSQLite(t).Open(t), t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	a := &endpoints.Account{Name: "A"}
	must(s.PutAccount(ctx, a))
	ep := &endpoints.Endpoint{AccountID: a.ID, Kind: endpoints.PhoneNumber, Number: "+12025550100"}
	must(s.PutEndpoint(ctx, ep))
	plans := store.Plans(s)

	rec := &session.Record{ID: endpoints.NewID(), AccountID: a.ID, EndpointID: ep.ID, Channel: "Chat", Started: time.Now()}
	in := &endpoints.Message{AccountID: a.ID, EndpointID: ep.ID, Channel: endpoints.SMPP, OtherAddress: "+12025550101", Text: "hi", Key: "k"}
	_, err := s.ReceiveMessage(ctx, in, &session.Opening{Record: rec, Body: []byte(`{}`)})
	must(err)
	_, err = s.NextChat(ctx)
	must(err)
	chats, err := s.ClaimChats(ctx, 10, time.Minute)
	if must(err); len(chats) != 1 {
		t.Fatalf("%d chats", len(chats))
	}
	must(s.RenewChats(ctx, map[string]string{chats[0].ID: chats[0].Claim}, time.Minute))
	out := &endpoints.Message{Entity: endpoints.Entity{ID: endpoints.NewID()}, AccountID: a.ID, EndpointID: ep.ID, Channel: endpoints.SMPP, Direction: endpoints.MessageOut, OtherAddress: in.OtherAddress, Text: "ho", SessionID: rec.ID}
	carrier := &endpoints.Outbound{AccountID: a.ID, Channel: endpoints.SMPP, From: ep.Number, To: []string{in.OtherAddress}, Body: []byte(`{}`)}
	over := *rec
	over.Ended = time.Now()
	must(s.SaveChat(ctx, session.ChatSave{ID: chats[0].ID, Claim: chats[0].Claim, SessionID: rec.ID, Done: []string{in.ID}, Out: []session.OutMessage{{Message: out, Outbound: carrier}},
		Closed: true, Release: true, Change: session.Change{Record: &over, Log: []session.LogLine{{Date: time.Now(), Message: "over"}}}}))
	claimed, err := s.ClaimOutbound(ctx, []endpoints.Channel{endpoints.SMPP}, 10, time.Minute)
	if must(err); len(claimed) != 1 {
		t.Fatalf("%d are to be sent", len(claimed))
	}
	_, err = s.TextsStopped(ctx, ep.ID, in.OtherAddress)
	must(err)
	must(s.RemoteMessage(ctx, out.ID, "theirs", 1))
	must(s.SentOutbound(ctx, claimed[0].ID, claimed[0].Claim, ""))
	must(s.MessageReceipt(ctx, endpoints.SMPP, ep.ID, "theirs", endpoints.MessageDelivered, ""))
	must(s.MessageReceipt(ctx, endpoints.SMPP, ep.ID, "123456", endpoints.MessageDelivered, ""))
	must(s.RemoteMessage(ctx, out.ID, "1E240", 1))
	_, err = s.LatestKey(ctx, ep.ID, endpoints.SMPP, "a", "z", time.Time{}, time.Now())
	must(err)
	_, err = s.EndpointByNumber(ctx, ep.Number)
	must(err)
	_, _, err = s.Messages(ctx, endpoints.MessageFilter{SessionIDs: []string{rec.ID}})
	must(err)
	must(store.Index(ctx, s))

	seen := 0
	for _, p := range plans(t) {
		for _, step := range p.Steps {
			switch seen++; {
			case strings.HasPrefix(step, "SCAN ") && step != "SCAN CONSTANT ROW" && step != "SCAN counted" && !strings.Contains(step, "VIRTUAL TABLE"):
				t.Errorf("%s\n\treads all: %s", p.Query, step)
			case strings.Contains(step, "(endpoint_id=? AND channel=? AND direction=?)"):
				t.Errorf("%s\n\treads all that a number has sent: %s", p.Query, step)
			case strings.HasPrefix(step, "SEARCH e USING INDEX outbox_due"):
				t.Errorf("%s\n\treads all that waits, for each that waits: %s", p.Query, step)
			case strings.HasPrefix(step, "USE TEMP B-TREE FOR ORDER BY") && strings.Contains(p.Query, "outbox"):
				t.Errorf("%s\n\treads all that waits, to take some: %s", p.Query, step)
			}
		}
	}
	if seen < 30 {
		t.Errorf("%d steps were seen only: the test is blind", seen)
	}
}
