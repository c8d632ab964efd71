package store_test

import (
	"cmp"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"ringflow/endpoints"
	"ringflow/session"
	"ringflow/store"
	"ringflow/store/storetest"
)

var rows = flag.Int("rows", 20_000, "how many sessions BenchmarkLists builds; what README tells is of 1000000")

// past is a database of many sessions of ten accounts, the first of which has half of
// them, of 1,000 numbers and 200 customers.
type past struct {
	s                            *store.Store
	accounts, customers, numbers []string
	start                        time.Time
	database                     func() time.Duration // its processor time so far, beside this process's
}

// build writes n sessions, a call each 10 s.
func (p *past) build(b *testing.B, n int) {
	b.Helper()
	id := func(kind string, i int) string { return fmt.Sprintf("%032x", (i+1)*7919+len(kind)<<60) }
	for i := range 10 {
		p.accounts = append(p.accounts, id("a", i))
	}
	for i := range 200 {
		p.customers = append(p.customers, id("cc", i))
	}
	for i := range 1_000 {
		p.numbers = append(p.numbers, id("eee", i))
	}
	p.start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	r := rand.New(rand.NewPCG(1, 2))
	words := strings.Fields("menu pressed said queue offered agent answered voicemail transferred recording started stopped conference joined left parked retrieved hold resumed sales support billing")
	var batch []session.Change
	for i := range n {
		at := p.start.Add(time.Duration(i) * 10 * time.Second)
		account := 0
		if i%2 == 1 {
			account = 1 + r.IntN(9)
		}
		customer := r.IntN(20)*10 + account // a customer is of one account
		rec := &session.Record{
			ID: endpoints.NewID(), AccountID: p.accounts[account], CustomerID: p.customers[customer], CustomerName: "Customer", EndpointID: p.numbers[r.IntN(100)*10+account],
			EndpointName: "+18005550100", FlowName: "Menu", FlowVersion: 3, Channel: "Voice", Direction: session.Incoming, CallState: session.Disconnected,
			FromAddress: fmt.Sprintf("+1%d", 2_000_000_000+r.IntN(1_000_000)*7), FromName: fmt.Sprintf("Caller %d", r.IntN(1_000)), ToAddress: fmt.Sprintf("+1800555%04d", r.IntN(1_000)),
			Started: at, Answered: at.Add(time.Second), Ended: at.Add(time.Minute), Outcome: "Completed",
		}
		log := make([]session.LogLine, 4)
		for k := range log {
			log[k] = session.LogLine{Date: at.Add(time.Duration(k) * time.Second), Message: fmt.Sprintf("%s %s %s %d", words[r.IntN(len(words))], words[r.IntN(len(words))], words[r.IntN(len(words))], r.IntN(100_000))}
		}
		if i == n/3 {
			log[0].Message = "the needle in the haystack"
		}
		if batch = append(batch, session.Change{Record: rec, New: true, Log: log}); len(batch) == 500 || i == n-1 {
			if err := p.s.SaveSessions(b.Context(), batch); err != nil {
				b.Fatal(err)
			}
			batch = batch[:0]
		}
	}
}

// BenchmarkLists is what a page of GET /sessions costs the server and its database,
// by each filter that the API documents, with simplifiedPaging.
func BenchmarkLists(b *testing.B) {
	b.Run("SQLite", func(b *testing.B) {
		s, err := store.Open(b.Context(), store.Options{Dir: b.TempDir()})
		if err != nil {
			b.Fatal(err)
		}
		p := &past{s: s, database: func() time.Duration { return 0 }}
		b.Cleanup(func() { s.Close() })
		p.run(b, func() {
			if err := store.Index(b.Context(), s); err != nil {
				b.Fatal(err)
			}
		})
	})
	b.Run("PostgreSQL", func(b *testing.B) {
		pg := storetest.StartPostgres(b)
		d := pg.Fresh(b)
		s, err := store.Open(b.Context(), d.Options)
		if err != nil {
			b.Fatal(err)
		}
		p := &past{s: s, database: func() time.Duration { return cpuOf(b, pg.PID) }}
		b.Cleanup(func() { s.Close() })
		p.run(b, func() { d.Exec(b, "VACUUM ANALYZE") })
	})
}

func (p *past) run(b *testing.B, finish func()) {
	begun := time.Now()
	p.build(b, *rows)
	built := time.Since(begun)
	finish()
	b.Logf("%d sessions, written in %s, their index filled in %s more", *rows, built.Round(time.Second), (time.Since(begun) - built).Round(time.Second))
	middle := p.start.Add(time.Duration(*rows) * 5 * time.Second)
	some := func(n int, of []string) []string { return of[:n] }
	filters := []struct {
		name string
		f    store.RecordFilter
	}{
		{"nothing", store.RecordFilter{}},
		{"page 100", store.RecordFilter{List: endpoints.List{Page: 100}}},
		{"accountIds, one", store.RecordFilter{AccountIDs: some(1, p.accounts)}},
		{"accountIds, all ten", store.RecordFilter{AccountIDs: p.accounts}},
		{"accountIds, a small one", store.RecordFilter{AccountIDs: p.accounts[9:]}},
		{"customerIds, one", store.RecordFilter{AccountIDs: some(1, p.accounts), CustomerIDs: some(1, p.customers)}},
		{"customerIds, 200", store.RecordFilter{CustomerIDs: p.customers}},
		{"endpointIds, one", store.RecordFilter{EndpointIDs: some(1, p.numbers)}},
		{"endpointIds, 100", store.RecordFilter{EndpointIDs: some(100, p.numbers)}},
		{"startDate, endDate", store.RecordFilter{AccountIDs: some(1, p.accounts), Start: middle, End: middle.Add(24 * time.Hour)}},
		{"parentSessionId", store.RecordFilter{ParentSessionID: p.accounts[0]}},
		{"from, one number", store.RecordFilter{AccountIDs: some(1, p.accounts), From: "+12000000007"}},
		{"from, seven digits", store.RecordFilter{AccountIDs: some(1, p.accounts), From: "3456789"}},
		{"from, three digits", store.RecordFilter{AccountIDs: some(1, p.accounts), From: "345"}},
		{"from, a name of 1,000", store.RecordFilter{AccountIDs: some(1, p.accounts), From: "caller 77"}},
		{"from, nobody", store.RecordFilter{AccountIDs: some(1, p.accounts), From: "zzz"}},
		{"to, four digits of all", store.RecordFilter{AccountIDs: some(1, p.accounts), To: "8005"}},
		{"to, one number of 1,000", store.RecordFilter{AccountIDs: some(1, p.accounts), To: "+18005550077"}},
		{"from and to", store.RecordFilter{From: "caller 77", To: "0077"}},
		{"log, one call's", store.RecordFilter{AccountIDs: some(1, p.accounts), Log: "needle in the hay"}},
		{"log, a word of most", store.RecordFilter{AccountIDs: some(1, p.accounts), Log: "transferred"}},
		{"log, two words of some", store.RecordFilter{AccountIDs: some(1, p.accounts), Log: "queue agent billing"}},
		{"log, a number", store.RecordFilter{AccountIDs: some(1, p.accounts), Log: "sales 4711"}},
		{"log, no call's", store.RecordFilter{AccountIDs: some(1, p.accounts), Log: "no such words"}},
	}
	out := &strings.Builder{}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "filter\tfound\tCPU ms\tcounted too, CPU ms")
	for _, c := range filters {
		c.f.SortOrder = endpoints.Descend
		n, least := p.ask(b, c.f, true)
		_, counted := p.ask(b, c.f, false)
		fmt.Fprintf(table, "%s\t%d\t%.1f\t%.1f\n", c.name, n, least, counted)
	}
	table.Flush()
	b.Log("\n" + out.String())
	for b.Loop() {
	}
}

// ask lists a page three times, and tells what the cheapest took.
func (p *past) ask(b *testing.B, f store.RecordFilter, simple bool) (n int, ms float64) {
	f.Simplified = simple
	var least time.Duration
	for range 3 {
		there, here := p.database(), cpu(b)
		list, _, err := p.s.Records(b.Context(), f)
		if err != nil {
			b.Fatal(err)
		}
		took := cpu(b) - here
		took += p.database() - there
		n, least = len(list), min(cmp.Or(least, took), took)
	}
	return n, float64(least.Microseconds()) / 1000
}

// cpuOf is the processor time of all processes of a PostgreSQL server.
func cpuOf(b *testing.B, pid int) (all time.Duration) {
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		b.Fatal(err)
	}
	for _, name := range stats {
		raw, err := os.ReadFile(name)
		if err != nil {
			continue // it has ended
		}
		_, rest, _ := strings.Cut(string(raw), ") ")
		f := strings.Fields(rest) // from the third field of proc(5) on
		if len(f) < 2 || f[1] != strconv.Itoa(pid) {
			continue
		}
		if raw, err = os.ReadFile(filepath.Join(filepath.Dir(name), "schedstat")); err != nil {
			continue
		}
		ns, _, _ := strings.Cut(string(raw), " ")
		n, _ := strconv.ParseInt(ns, 10, 64)
		all += time.Duration(n)
	}
	return all
}
