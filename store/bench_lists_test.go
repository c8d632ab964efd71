package store_test

import (
	"cmp"
	"flag"
	"fmt"
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

var (
	rows  = flag.Int("rows", 20_000, "how many sessions BenchmarkLists builds; what README tells is of 1000000")
	built = flag.String("built", "", "a folder that BenchmarkLists builds SQLite's rows in, or finds them from an earlier time")
)

// BenchmarkLists is what a page of GET /sessions costs the server and its database,
// by each filter that the API documents, with simplifiedPaging.
func BenchmarkLists(b *testing.B) {
	b.Run("SQLite", func(b *testing.B) {
		dir := cmp.Or(*built, b.TempDir())
		d := sqliteAt(dir)
		_, err := os.Stat(filepath.Join(dir, "ringflow.db"))
		s := openBench(b, d)
		l := &lists{past: newPast(), s: s, database: func() time.Duration { return 0 }}
		if err != nil {
			l.fill(b, d, func(x string) string { return "printf('%08x', " + x + ")" }, func() { l.index(b, d) })
		}
		begun := time.Now()
		if err := store.Fill(b.Context(), s); err != nil || !store.Searches(b.Context(), s) {
			b.Fatal("no index", err)
		}
		b.Logf("its index of numbers filled in %s more", time.Since(begun).Round(time.Second))
		l.run(b)
	})
	b.Run("PostgreSQL", func(b *testing.B) {
		pg := storetest.StartPostgres(b)
		d := pg.Fresh(b)
		l := &lists{past: newPast(), s: openBench(b, d), database: func() time.Duration { return cpuOf(b, pg.PID) }}
		d.Exec(b, "DROP INDEX sessions_from_text, sessions_to_text, sessions_from_digits, sessions_to_digits, session_log_joined")
		d.Exec(b, `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET maintenance_work_mem = %L', current_database(), '512MB'); END $$`)
		l.fill(b, d, func(x string) string { return "lpad(to_hex(" + x + "), 8, '0')" }, func() {
			l.s = openBench(b, d) // makes them again, each at once
			if err := store.Fill(b.Context(), l.s); err != nil || !store.Searches(b.Context(), l.s) {
				b.Fatal("no indexes", err)
			}
			d.Exec(b, "VACUUM ANALYZE")
		})
		l.run(b)
	})
}

// lists asks a database for pages.
type lists struct {
	*past
	s        *store.Store
	database func() time.Duration // its processor time so far, beside this process's
}

func openBench(b *testing.B, d *storetest.Database) *store.Store {
	s, err := store.Open(b.Context(), d.Options)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	return s
}

func (p *lists) fill(b *testing.B, d *storetest.Database, hex func(string) string, finish func()) {
	begun := time.Now()
	p.build(b, d, *rows, hex)
	written := time.Since(begun)
	finish()
	b.Logf("%d sessions, written in %s, their index filled in %s more", *rows, written.Round(time.Second), (time.Since(begun) - written).Round(time.Second))
}

func (p *lists) run(b *testing.B) {
	middle := p.start.Add(time.Duration(*rows) * 5 * time.Second)
	yes, no := true, false
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
		{"from, five zeros", store.RecordFilter{AccountIDs: some(1, p.accounts), From: "00000"}},
		{"from, three zeros and a one", store.RecordFilter{AccountIDs: some(1, p.accounts), From: "0001"}},
		{"from, all zeros", store.RecordFilter{AccountIDs: some(1, p.accounts), From: "00000000"}},
		{"to, a whole number", store.RecordFilter{AccountIDs: some(9, p.accounts)[8:], To: "+18005550000"}},
		{"from, a name of 90", store.RecordFilter{AccountIDs: some(1, p.accounts), From: "caller 77"}},
		{"from, a name of 1,000", store.RecordFilter{AccountIDs: some(1, p.accounts), From: "caller 777"}},
		{"from, nobody", store.RecordFilter{AccountIDs: some(1, p.accounts), From: "zzz"}},
		{"to, four digits of all", store.RecordFilter{AccountIDs: some(1, p.accounts), To: "8005"}},
		{"to, no number of ours", store.RecordFilter{AccountIDs: some(1, p.accounts), To: "+18005557777"}},
		{"to, one number of 1,000", store.RecordFilter{AccountIDs: some(1, p.accounts), To: "+18005550077"}},
		{"from and to", store.RecordFilter{From: "caller 77", To: "0077"}},
		{"from and to, ten accounts", store.RecordFilter{AccountIDs: p.accounts, From: "caller 777", To: "+18005550777"}},
		{"direction, rare", store.RecordFilter{Direction: session.Outgoing}},
		{"direction, rare, one account", store.RecordFilter{AccountIDs: some(1, p.accounts), Direction: session.Outgoing}},
		{"live, over", store.RecordFilter{AccountIDs: some(1, p.accounts), Live: &no}},
		{"live", store.RecordFilter{AccountIDs: some(1, p.accounts), Live: &yes}},
		{"a user's own", store.RecordFilter{AccountIDs: some(1, p.accounts), PartOf: p.numbers[0]}},
		{"log, one call's", store.RecordFilter{AccountIDs: some(1, p.accounts), Log: "needle in the hay"}},
		{"log, a word of most", store.RecordFilter{AccountIDs: some(1, p.accounts), Log: "transferred"}},
		{"log, one pair", store.RecordFilter{AccountIDs: some(1, p.accounts), Log: "billing menu"}},
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
	for b.Loop() { // what it tells stands in the table
	}
}

// ask lists a page three times, and tells what the cheapest took.
func (p *lists) ask(b *testing.B, f store.RecordFilter, simple bool) (n int, ms float64) {
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
