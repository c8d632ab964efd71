package storetest

import (
	"bytes"
	"fmt"
	"reflect"
	"testing"
	"time"

	"ringflow/endpoints"
	"ringflow/flow"
	"ringflow/session"
	"ringflow/store"
)

// cookies are kept for the pair of account and party, until they expire.
func cookies(t *testing.T, d *Database) {
	s, ctx := d.Open(t), t.Context()
	a, b := newAccount(t, s, "A"), newAccount(t, s, "B")
	now := time.Now()
	set := func(account, party, name string, v flow.Value, expires time.Time) {
		t.Helper()
		must(t, s.PutCookie(ctx, session.Cookie{AccountID: account, Party: party, Name: name, Value: v, Expires: expires}, now))
	}
	want := func(account, party, name string, at time.Time, want flow.Value, there bool) {
		t.Helper()
		got, ok, err := s.Cookie(ctx, account, party, name, at)
		must(t, err)
		if ok != there || !reflect.DeepEqual(got, want) {
			t.Errorf("%s of %s: %s, %v; want %s, %v", name, party, got.Text(), ok, want.Text(), there)
		}
	}
	const party = "+14155550123"
	hour := now.Add(time.Hour)
	set(a, party, "Size", flow.Number(4), hour)
	want(a, party, "Size", now, flow.Number(4), true)
	want(b, party, "Size", now, flow.Value{}, false)
	want(a, "+14155550124", "Size", now, flow.Value{}, false)
	want(a, party, "size", now, flow.Value{}, false)
	want(a, party, "Size", hour, flow.Value{}, false)
	set(a, party, "Size", flow.Struct(map[string]flow.Value{"n": flow.Text("it's"), "l": flow.List(flow.Bool(true))}), hour)
	want(a, party, "Size", now, flow.Struct(map[string]flow.Value{"n": flow.Text("it's"), "l": flow.List(flow.Bool(true))}), true)
	set(a, party, "Pin", flow.Text("hidden-pin-of-the-caller").Secret(), hour)
	want(a, party, "Pin", now, flow.Text("hidden-pin-of-the-caller").Secret(), true)
	if bytes.Contains(d.Dump(t), []byte("hidden-pin-of-the-caller")) {
		t.Error("the database shows what a cookie holds")
	}
	must(t, s.DeleteCookie(ctx, a, party, "Pin"))
	must(t, s.DeleteCookie(ctx, a, party, "Pin"))
	want(a, party, "Pin", now, flow.Value{}, false)
	odd := "a\x00'\"\\%\xff"
	set(a, odd, odd, flow.Text(odd), hour)
	if _, ok, err := s.Cookie(ctx, a, odd, odd, now); err != nil || !ok {
		t.Errorf("odd names: %v, %v", ok, err)
	}
	// What has expired goes when another one is kept.
	set(a, "short", "Short", flow.Text("x"), now.Add(time.Second))
	must(t, s.PutCookie(ctx, session.Cookie{AccountID: a, Party: party, Name: "Other", Value: flow.Text("x"), Expires: hour}, now.Add(time.Minute)))
	want(a, "short", "Short", now, flow.Value{}, false)
	for i := range 130 {
		set(a, "many", fmt.Sprintf("c%03d", i), flow.Number(float64(i)), hour)
	}
	kept := 0
	for i := range 130 {
		if _, ok, err := s.Cookie(ctx, a, "many", fmt.Sprintf("c%03d", i), now); err == nil && ok {
			kept++
		}
	}
	want(a, "many", "c129", now, flow.Number(129), true)
	if kept != 100 {
		t.Errorf("%d cookies of one party are kept", kept)
	}
	wantInvalid(t, s.PutCookie(ctx, session.Cookie{AccountID: endpoints.NewID(), Party: "p", Name: "n", Expires: hour}, now), "accountId")
}

// branches stay until they have ended; of a server that died the next takes them.
func branches(t *testing.T, d *Database) {
	first, err := store.Open(t.Context(), d.Options)
	must(t, err)
	ctx := t.Context()
	one, two := endpoints.NewID(), endpoints.NewID()
	must(t, first.PutBranch(ctx, session.StoredBranch{ID: one, SessionID: "s1", FileID: "f", Body: []byte("armed")}))
	must(t, first.PutBranch(ctx, session.StoredBranch{ID: one, SessionID: "s1", Body: []byte(`{"pin":"hidden-pin-of-a-branch"}`)}))
	must(t, first.PutBranch(ctx, session.StoredBranch{ID: two, SessionID: "s2", FileID: "f2", Body: []byte("{}")}))
	gone := endpoints.NewID()
	must(t, first.PutBranch(ctx, session.StoredBranch{ID: gone, SessionID: "s3", Body: []byte("{}")}))
	must(t, first.DeleteBranch(ctx, gone))
	must(t, first.DeleteBranch(ctx, gone))
	take := func(s *store.Store, most int) []session.StoredBranch {
		t.Helper()
		got, err := s.TakeBranches(ctx, most)
		must(t, err)
		return got
	}
	if got := take(first, 10); len(got) != 0 {
		t.Errorf("a server takes its own: %+v", got)
	}
	if bytes.Contains(d.Dump(t), []byte("hidden-pin-of-a-branch")) {
		t.Error("the database shows what a branch holds")
	}
	// Of a server that had nothing to tell for long the run may be forgotten.
	d.Exec(t, "DELETE FROM runs")
	must(t, first.PutBranch(ctx, session.StoredBranch{ID: two, SessionID: "s2", FileID: "f2", Body: []byte("{}")}))
	if got := take(d.Open(t), 10); len(got) != 0 {
		t.Errorf("a server takes what another one works at: %+v", got)
	}
	must(t, first.Close())

	second := d.Open(t)
	if got := take(second, 10); len(got) != 0 {
		t.Errorf("taken before it is known who is dead: %+v", got)
	}
	_, err = second.CloseOrphans(ctx)
	must(t, err)
	want := []session.StoredBranch{
		{ID: one, SessionID: "s1", Tries: 1, Body: []byte(`{"pin":"hidden-pin-of-a-branch"}`)},
		{ID: two, SessionID: "s2", FileID: "f2", Tries: 1, Body: []byte("{}")},
	}
	got := append(take(second, 1), take(second, 10)...)
	if !reflect.DeepEqual(got, want) && !reflect.DeepEqual(got, []session.StoredBranch{want[1], want[0]}) {
		t.Errorf("took over %+v, want %+v", got, want)
	}
	if got := take(second, 10); len(got) != 0 {
		t.Errorf("taken twice: %+v", got)
	}
	third := d.Open(t) // in the same folder, so the second one counts as dead
	_, err = third.CloseOrphans(ctx)
	must(t, err)
	if got := take(third, 10); len(got) != 2 || got[0].Tries != 2 {
		t.Errorf("the third gets %+v", got)
	}
}

// find: by what comes with each and by fields, in any case, the oldest first.
func find(t *testing.T, d *Database) {
	s, ctx := d.Open(t), t.Context()
	a, b := newAccount(t, s, "A"), newAccount(t, s, "B")
	var ids []string
	for _, e := range []*endpoints.Endpoint{
		{AccountID: a, Kind: endpoints.User, FirstName: "Ånna", SipUserName: "anna", EmailAddress: "anna@example.com", Data: data("Ext", "12")},
		{AccountID: a, Kind: endpoints.PhoneNumber, Number: "+18005550100", DisplayName: "100%_'x", Data: map[string]endpoints.Value{"Ext": endpoints.NumberValue(13), "Vip": endpoints.BoolValue(true)}},
		{AccountID: a, Kind: endpoints.User, FirstName: "Bob", SipUserName: "bob", Data: data("Ext", "12")},
		{AccountID: b, Kind: endpoints.User, FirstName: "Carol", SipUserName: "carol", Data: data("Ext", "99")},
	} {
		must(t, s.PutEndpoint(ctx, e))
		ids = append(ids, e.ID)
	}
	for _, c := range []struct {
		field, value string
		kind         endpoints.Kind
		want         string
	}{
		{"Id", ids[1], "", ids[1]}, {"FirstName", "åNNA", "", ids[0]}, {"SipUserName", "BOB", "", ids[2]}, {"PhoneNumber", "+18005550100", "", ids[1]},
		{"EmailAddress", "Anna@Example.com", "", ids[0]}, {"DisplayName", "100%_'X", "", ids[1]}, {"DisplayName", "100", "", ""},
		{"Ext", "12", "", ids[0]}, {"Ext", "13", "", ids[1]}, {"Ext", "13", endpoints.User, ""}, {"Ext", "1", "", ""}, {"Vip", "TRUE", "", ids[1]},
		{"Ext", "99", "", ""}, {"Nobody's", "12", "", ""}, {"Ext", "", "", ""}, {"number", "+18005550100", "", ""}, {`"`, `\`, "", ""},
	} {
		got, err := s.FindEndpoint(ctx, a, c.field, c.value, c.kind)
		if c.want == "" {
			wantErr(t, err, errUnknown)
		} else if must(t, err); got != c.want {
			t.Errorf("%s = %s is %s, want %s", c.field, c.value, got, c.want)
		}
	}
	top := &endpoints.Customer{AccountID: a, Name: "Acme", ReferenceID: "A-1", Data: data("Ext", "12")}
	must(t, s.PutCustomer(ctx, top))
	for field, value := range map[string]string{"Name": "ACME", "ReferenceId": "a-1", "Ext": "12", "Id": top.ID} {
		if got, err := s.FindCustomer(ctx, a, field, value); err != nil || got != top.ID {
			t.Errorf("customer by %s: %s, %v", field, got, err)
		}
	}
	_, err := s.FindCustomer(ctx, b, "Name", "Acme")
	wantErr(t, err, errUnknown)
}
