package store_test

import (
	"fmt"
	"testing"
	"time"

	"ringflow/endpoints"
	"ringflow/session"
	"ringflow/store"
	"ringflow/store/storetest"
)

// TestOldSearches: calls of a database that is older than an index for searches are found
// before they are in it, while they come into it, and after.
func TestOldSearches(t *testing.T) {
	searchesFilled(t, newSQLite(t), `DELETE FROM session_digits`, `UPDATE meta SET value = (SELECT max(search) FROM sessions) WHERE name = 'search.digits'`)
}

// searchesFilled opens a database that statements made old.
func searchesFilled(t *testing.T, d *storetest.Database, old ...string) {
	ctx, account := t.Context(), endpoints.NewID()
	s := d.Open(t)
	var all []*session.Record
	for i := range 500 {
		r := &session.Record{ID: endpoints.NewID(), AccountID: account, FromAddress: fmt.Sprintf("+120000%05d", i*7), ToAddress: fmt.Sprintf("+18005550%03d", i), Started: time.Now()}
		r.Ended = r.Started
		all = append(all, r)
	}
	save := func(from int, to int) {
		t.Helper()
		var changes []session.Change
		for _, r := range all[from:to] {
			changes = append(changes, session.Change{Record: r, Log: []session.LogLine{{Date: r.Started, Message: "to queue 'Sales " + r.ToAddress + "'"}}})
		}
		if err := s.SaveSessions(ctx, changes); err != nil {
			t.Fatal(err)
		}
	}
	find := func(when string) {
		t.Helper()
		for _, c := range []struct {
			f    store.RecordFilter
			want int
		}{
			{store.RecordFilter{From: "00000007"}, 3}, {store.RecordFilter{From: "00003493"}, 1}, {store.RecordFilter{From: "00000001"}, 1}, {store.RecordFilter{From: "00003494"}, 0}, {store.RecordFilter{To: "50499"}, 1},
			{store.RecordFilter{From: "20000007", To: "50100"}, 1}, {store.RecordFilter{Log: "queue 'Sales +18005550100'"}, 1}, {store.RecordFilter{Log: "queue Sales"}, 0}, {store.RecordFilter{From: "99999999"}, 1},
		} {
			c.f.CountPerPage = 100
			if list, total, err := s.Records(ctx, c.f); err != nil || len(list) != c.want || total != c.want {
				t.Errorf("%s: %+v: found %d of %d, %v; want %d", when, c.f, len(list), total, err, c.want)
			}
		}
	}
	save(0, 450)
	d.Indexed(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for _, statement := range old {
		d.Exec(t, statement)
	}
	s = d.Open(t)
	all[200].FromAddress = "+1 99999999"
	save(200, 201) // one that is to come into the index changes, and new ones come
	save(450, 500)
	find("while it is filled")
	d.Indexed(t, s)
	find("while it is filled, the new ones in it")
	if err := store.Fill(ctx, s); err != nil {
		t.Fatal(err)
	}
	if !store.Searches(ctx, s) {
		t.Error("an index isn't there in the end")
	}
	find("filled")
	all[201].FromAddress, all[200].FromAddress = "+1 99999999", "+12"
	save(200, 202)
	find("changed")
	d.Indexed(t, s)
	find("changed, and in it")
}
