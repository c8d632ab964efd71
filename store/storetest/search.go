package storetest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"ringflow/endpoints"
	"ringflow/session"
	"ringflow/store"
)

// found are the flow names of the sessions that f chooses, the newest first.
func found(t *testing.T, s *store.Store, f store.RecordFilter) string {
	t.Helper()
	f.SortOrder = endpoints.Descend
	list, total, err := s.Records(t.Context(), f)
	must(t, err)
	if want := len(list); f.Simplified && total != -1 || !f.Simplified && f.CountPerPage == 0 && total != want {
		t.Errorf("%+v: total %d, want %d", f, total, want)
	}
	return strings.Join(ids(list, func(r *session.Record) string { return r.FlowName }), " ")
}

// searched is what from, to and log find: what is over or not, in the index or not
// yet, changed since, and gone.
func searched(t *testing.T, d *Database) {
	s, ctx := d.Open(t), t.Context()
	account := newAccount(t, s, "A")
	put := func(name string, minute int, over bool, log ...string) *session.Record {
		r := newRecord(account)
		r.FlowName, r.Started, r.FromAddress, r.ToAddress = name, base.Add(time.Duration(minute)*time.Minute), "+1202555010"+fmt.Sprint(minute), "+18005550100"
		if over {
			r.Ended = r.Started.Add(time.Minute)
		}
		save(t, s, session.Change{Record: r, New: true, Log: lines(r.Started, log...)})
		return r
	}
	all := func(when string) {
		t.Helper()
		for _, c := range []struct {
			f    store.RecordFilter
			want string
		}{
			{store.RecordFilter{Log: "agent 7"}, "live over"},
			{store.RecordFilter{Log: `said "hello`}, "over"},
			{store.RecordFilter{Log: "ärzte"}, "plain"},
			{store.RecordFilter{Log: "Queue 'Sales': offered to agent 7 for the first time"}, "live over"},
			{store.RecordFilter{Log: "gent 77"}, ""},
			{store.RecordFilter{Log: "7"}, "live over"}, // too short for the index
			{store.RecordFilter{From: "5550101"}, "over"},
			{store.RecordFilter{From: "555"}, "live over plain"},
			{store.RecordFilter{To: "555010"}, "live over plain"},
			{store.RecordFilter{Log: "\xff\xfe\xff\xfe"}, ""}, // one character once it is UTF-8
			{store.RecordFilter{From: "\xed\xa0\x80"}, ""},
			{store.RecordFilter{To: "5550101"}, ""}, // that is from
			{store.RecordFilter{From: "5550101", Log: "agent"}, "over"},
			{store.RecordFilter{From: "5550101", AccountIDs: []string{account, endpoints.NewID()}}, "over"},
			{store.RecordFilter{From: "5550101", AccountIDs: []string{endpoints.NewID()}}, ""},
		} {
			for _, simple := range []bool{false, true} {
				c.f.Simplified = simple
				if got := found(t, s, c.f); got != c.want {
					t.Errorf("%s: %+v: %q, want %q", when, c.f, got, c.want)
				}
			}
		}
	}
	put("plain", 0, true, "said to ärzte")
	over := put("over", 1, true, "Queue 'Sales': offered to agent 7 for the first time", `said "hello"`)
	put("live", 2, false, "Queue 'Sales': offered to agent 7 for the first time")
	all("at once")
	d.Indexed(t, s)
	all("when the index has them")

	changed := *over
	changed.FromAddress = "+12025550166"
	save(t, s, session.Change{Record: &changed, Log: lines(over.Started.Add(time.Second), "a late line")})
	for _, when := range []string{"at once", "later"} {
		for _, c := range []struct {
			f    store.RecordFilter
			want string
		}{
			{store.RecordFilter{From: "5550101"}, ""}, {store.RecordFilter{From: "5550166"}, "over"},
			{store.RecordFilter{Log: "late line"}, "over"}, {store.RecordFilter{Log: `said "hello`}, "over"},
		} {
			if got := found(t, s, c.f); got != c.want {
				t.Errorf("changed, %s: %+v: %q, want %q", when, c.f, got, c.want)
			}
		}
		d.Indexed(t, s)
	}

	_, _, err := s.DeleteRecords(ctx, account, base, base.Add(time.Hour), func(string) error { return nil })
	must(t, err)
	d.Indexed(t, s)
	if got := found(t, s, store.RecordFilter{Log: "agent 7"}); got != "live" {
		t.Errorf("deleted, and found: %q", got)
	}
}

// pagesMerged: the pages of several lists are those of a list that the database sorts.
func pagesMerged(t *testing.T, d *Database) {
	s := d.Open(t)
	accounts := []string{newAccount(t, s, "A"), newAccount(t, s, "B"), newAccount(t, s, "C")}
	const n = 60
	for i := range n {
		r := newRecord(accounts[i%3])
		r.FlowName, r.Started = fmt.Sprint(i), base.Add(time.Duration(i/4)*time.Second) // some at the same moment
		r.EndpointID, r.FlowID = fmt.Sprintf("e%d", i%7), ""
		save(t, s, session.Change{Record: r, New: true})
	}
	names := func(f store.RecordFilter) []string {
		list, _, err := s.Records(t.Context(), f)
		must(t, err)
		return ids(list, func(r *session.Record) string { return r.FlowName })
	}
	for _, order := range []endpoints.SortOrder{endpoints.Ascend, endpoints.Descend} {
		for _, f := range []store.RecordFilter{
			{AccountIDs: accounts[:2]}, {AccountIDs: accounts}, {EndpointIDs: []string{"e1", "e2", "e3"}, AccountIDs: accounts[:1]},
			{EndpointIDs: []string{"e1", "e2", "e3"}, AccountIDs: accounts[:2]}, {EndpointIDs: []string{"e1", "none"}, Start: base.Add(3 * time.Second)},
		} {
			f.SortOrder = order
			sorted := f
			sorted.All = true // in one, by the database
			want := names(sorted)
			var got []string
			for f.CountPerPage = 7; ; f.Page++ {
				f.Simplified = f.Page%2 == 0
				part := names(f)
				if got = append(got, part...); len(part) == 0 {
					break
				}
			}
			if !slices.Equal(got, want) || len(want) == 0 {
				t.Errorf("%+v: page by page %v, at once %v", f, got, want)
			}
		}
	}
}
