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

// crowd is more sessions than are read one after the other at first, some at the same
// moment, and what few of them have.
func crowd(accounts []string, n int) []session.Change {
	names := []string{"Caller One", "Caller Two", "Ärzte & Söhne", `O'Brien "Bob"`, "100%_sure", "a b c", "Line 0000000042"}
	words := strings.Fields("menu queue agent billing sales")
	var all []session.Change
	for i := range n {
		r := newRecord(accounts[i%2])
		r.FlowName, r.Started, r.EndpointID, r.CustomerID = fmt.Sprint(i), base.Add(time.Duration(i/3)*time.Second), fmt.Sprintf("e%d", i%7), fmt.Sprintf("c%d", i%40)
		r.FromAddress, r.FromName, r.ToAddress, r.Direction = fmt.Sprintf("+1200%07d", i*7919), names[0], fmt.Sprintf("+1800555%04d", i%11), session.Incoming
		if i%50 == 0 {
			r.FromName = names[i/50%len(names)]
		}
		if i%200 == 17 {
			r.Direction = session.Outgoing
		}
		if i%5 > 0 {
			r.Ended = r.Started.Add(time.Minute)
		}
		said := fmt.Sprintf("%s %s: said \"%s\"", words[i%5], words[i/5%5], words[i/7%5])
		c := session.Change{Record: r, New: true, Log: lines(r.Started, said, fmt.Sprint("order ", i*7919))}
		if i%150 == 1 {
			c.Legs = []session.LegRecord{{ID: endpoints.NewID(), EndpointID: "e-rung"}}
		}
		all = append(all, c)
	}
	return all
}

// chosen is what f has to find, in its order: the plain way.
func chosen(all []session.Change, f store.RecordFilter) (names []string) {
	one := func(of []string, v string) bool { return len(of) == 0 || slices.Contains(of, v) }
	has := func(text string, in ...string) bool {
		return text == "" || slices.ContainsFunc(in, func(s string) bool { return strings.Contains(strings.ToLower(s), strings.ToLower(text)) })
	}
	for _, c := range all {
		r := c.Record
		part := f.PartOf == "" || r.EndpointID == f.PartOf || slices.ContainsFunc(c.Legs, func(l session.LegRecord) bool { return l.EndpointID == f.PartOf })
		var log []string
		for _, l := range c.Log {
			log = append(log, l.Message)
		}
		if has(f.Log, strings.Join(log, "\n")) && one(f.AccountIDs, r.AccountID) && one(f.CustomerIDs, r.CustomerID) && one(f.EndpointIDs, r.EndpointID) && has(f.From, r.FromAddress, r.FromName) &&
			has(f.To, r.ToAddress, r.Destination) && (f.Direction == "" || r.Direction == f.Direction) && part && (f.Live == nil || *f.Live == r.Ended.IsZero()) &&
			!r.Started.Before(f.Start) && (f.End.IsZero() || r.Started.Before(f.End)) {
			names = append(names, r.ID)
		}
	}
	at := map[string]time.Time{}
	for _, c := range all {
		at[c.Record.ID] = c.Record.Started
	}
	slices.SortFunc(names, func(a, b string) int {
		if c := at[a].Compare(at[b]); c != 0 {
			return c
		}
		return strings.Compare(a, b)
	})
	if f.SortOrder == endpoints.Descend {
		slices.Reverse(names)
	}
	return names
}

// sessionsWalked: whichever way a page is found, it has the sessions that it should.
func sessionsWalked(t *testing.T, d *Database) {
	s := d.Open(t)
	accounts := []string{newAccount(t, s, "A"), newAccount(t, s, "B")}
	all := crowd(accounts, 420)
	save(t, s, all...)
	yes, no := true, false
	for round := range 2 { // at once, and when the index has them
		for i, f := range []store.RecordFilter{
			{From: "caller"}, {From: "CALLER TWO"}, {From: "+1200"}, {From: "0007919"}, {From: "00000000"}, {From: "0000"}, {From: "+12000007919"}, {From: "nobody"},
			{From: "Ärzte"}, {From: "söhne"}, {From: `n "b`}, {From: "O'B"}, {From: "%_s"}, {From: "a b c"}, {From: "e t"}, {From: "7"},
			{From: "000"}, {From: "007"}, {From: "0007"}, {From: "00000"}, {From: "000000"}, {From: "00007"}, {From: "20000079"}, {From: "9191"}, {From: "1919191"}, {From: "+120000079"},
			{From: "Line 00000"}, {From: "00000042"}, {From: "e 0000000042"}, {From: "000000000000"}, {From: "x00000"}, {From: "00000", To: "50003"}, {From: "caller", To: "50003"}, {From: "caller two", To: "50003"},
			{To: "00"}, {To: "555000"}, {To: "55500050"}, {From: "00000", CustomerIDs: []string{"c3", "c8"}}, {From: "00000", Live: &yes}, {From: "00000", Log: "queue"},
			{Log: "men"}, {Log: "menu queue"}, {Log: "agent agent"}, {Log: `billing: said "sales`}, {Log: `g: s`}, {Log: `: "`}, {Log: "sales\""}, {Log: "sales\"\norder 79"}, {Log: "menu sales agent"},
			{Log: "QUEUE MENU: SAID"}, {Log: "order 0"}, {Log: "79190"}, {Log: "_or"}, {Log: "%"}, {Log: "menu zqueue"}, {Log: "menuzqueue"}, {Log: "said \"agent", From: "caller two"},
			{To: "8005550007"}, {To: "5550"}, {To: "5550055"}, {To: "zzz"}, {From: "caller two", To: "0003"}, {From: "791", To: "0003", AccountIDs: accounts[:1]},
			{From: "caller two", AccountIDs: accounts}, {From: "caller", CustomerIDs: []string{"c3"}, AccountIDs: accounts}, {From: "caller", CustomerIDs: []string{"c3", "c8"}},
			{From: "caller", Start: base.Add(100 * time.Second), End: base.Add(200 * time.Second)}, {From: "caller", Live: &no}, {From: "caller", Live: &yes, AccountIDs: accounts},
			{PartOf: "e3", AccountIDs: accounts[:1]}, {PartOf: "e-rung"}, {PartOf: "e3", From: "caller two"}, {Direction: session.Outgoing}, {Direction: session.Outgoing, AccountIDs: accounts},
			{Direction: session.Outgoing, AccountIDs: accounts[1:]}, {Direction: session.Incoming, CustomerIDs: []string{"c3"}}, {Direction: session.Incoming, CustomerIDs: []string{"c3", "c4"}, AccountIDs: accounts[1:]},
			{Live: &yes, AccountIDs: accounts[1:]}, {CustomerIDs: []string{"c1", "c2", "c3", "c0", "c1"}}, {EndpointIDs: []string{"e1", "e2"}, From: "+1200", Direction: session.Incoming},
		} {
			pages := []int{0}
			if f.SortOrder = endpoints.Ascend; round == 1 {
				f.SortOrder, pages = endpoints.Descend, []int{0, 2}
			}
			want := chosen(all, f)
			for _, page := range pages {
				f.Page, f.CountPerPage, f.Simplified = page, 10, page > 0 || i%2 == round
				list, total, err := s.Records(t.Context(), f)
				must(t, err)
				got := ids(list, func(r *session.Record) string { return r.ID })
				from, to := min(page*10, len(want)), min(page*10+10, len(want))
				if !slices.Equal(got, want[from:to]) || !f.Simplified && total != len(want) || f.Simplified && total != -1 {
					t.Errorf("round %d: %+v: %d of %d, want %d to %d of %d", round, f, len(got), total, from, to, len(want))
				}
			}
		}
		d.Indexed(t, s)
	}
}
