package storetest

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"ringflow/endpoints"
	"ringflow/store"
)

// messageParts: parts in any order, again, of two texts under one reference, late, sealed.
func messageParts(t *testing.T, d *Database) {
	s, ctx := d.Open(t), t.Context()
	account := newAccount(t, s, "A")
	number := &endpoints.Endpoint{AccountID: account, Kind: endpoints.PhoneNumber, Number: "+12025550143"}
	must(t, s.PutEndpoint(ctx, number))
	keep := func(s *store.Store, seq, total int, text string) (string, bool, string) {
		t.Helper()
		p := &endpoints.MessagePart{
			AccountID: account, EndpointID: number.ID, Channel: endpoints.SMPP, OtherAddress: "+12025550100", Destination: "12025550143",
			Ref: "8/7", Total: total, Seq: seq, Text: text, Route: []byte(`{"via":"x"}`),
		}
		set, joined, err := s.KeepPart(ctx, p)
		must(t, err)
		var got string
		for _, k := range set {
			if k.SetID != p.SetID || string(k.Route) != `{"via":"x"}` || k.Destination != "12025550143" || k.Date.IsZero() || k.AccountID != account {
				t.Errorf("%+v", k)
			}
			got += fmt.Sprint(k.Seq, k.Text)
		}
		return got, joined, p.SetID
	}
	want := func(got string, joined bool, set, wantText string, wantJoined bool) string {
		t.Helper()
		if got != wantText || joined != wantJoined {
			t.Errorf("got %q (joined %v), want %q (%v)", got, joined, wantText, wantJoined)
		}
		return set
	}
	is := func(got string, joined bool, set string) func(string, bool) string {
		return func(text string, j bool) string { t.Helper(); return want(got, joined, set, text, j) }
	}
	first := is(keep(s, 3, 3, "secret-c"))("3secret-c", false)
	is(keep(s, 1, 3, "a"))("1a3secret-c", false)
	is(keep(s, 1, 3, "a"))("1a3secret-c", false)
	other := is(keep(s, 1, 3, "another"))("1another", false)
	s = d.Open(t) // parts outlive the server
	if set := is(keep(s, 2, 3, "b"))("1a2b3secret-c", false); set != first || other == first {
		t.Errorf("sets %s, %s, %s", first, other, set)
	}
	is(keep(s, 2, 3, "b"))("1a2b3secret-c", false)
	must(t, s.JoinedParts(ctx, first))
	is(keep(s, 2, 3, "b"))("1a2b3secret-c", true)
	is(keep(s, 2, 3, "of the other"))("1another2of the other", false)
	is(keep(s, 1, 2, "of two"))("1of two", false)
	if bytes.Contains(d.Dump(t), []byte("secret-c")) {
		t.Error("texts can be read in the database")
	}
	late, err := s.LateParts(ctx, endpoints.SMPP, time.Now().Add(time.Minute))
	must(t, err)
	if len(late) != 2 || len(late[0])+len(late[1]) != 3 {
		t.Errorf("late are %v", late)
	}
	for _, c := range []struct {
		channel endpoints.Channel
		before  time.Time
	}{{endpoints.SMPP, time.Now().Add(-time.Minute)}, {endpoints.SIPText, time.Now().Add(time.Minute)}} {
		if late, err := s.LateParts(ctx, c.channel, c.before); err != nil || len(late) != 0 {
			t.Errorf("late of %s before %s are %v, %v", c.channel, c.before, late, err)
		}
	}
	d.Exec(t, fmt.Sprintf("UPDATE message_parts SET joined = %d WHERE joined > 0", time.Now().Add(-2*time.Hour).UnixMicro()))
	if set := is(keep(s, 2, 3, "b"))("2b", false); set == first {
		t.Error("after an hour it is another text")
	}
	_, err = s.LateParts(ctx, endpoints.SMPP, time.Now())
	must(t, err)
	for _, bad := range []endpoints.MessagePart{
		{AccountID: account, EndpointID: number.ID, Channel: endpoints.SMPP, OtherAddress: "x", Total: 1, Seq: 1},
		{AccountID: account, EndpointID: number.ID, Channel: endpoints.SMPP, OtherAddress: "x", Total: 3, Seq: 4},
		{AccountID: account, EndpointID: endpoints.NewID(), Channel: endpoints.SMPP, OtherAddress: "x", Total: 3, Seq: 1},
	} {
		if _, _, err := s.KeepPart(ctx, &bad); err == nil {
			t.Errorf("%+v was kept", bad)
		}
	}
}
