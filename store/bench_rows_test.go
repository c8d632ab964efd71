package store_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"ringflow/store/storetest"
)

// past is a database of many sessions, a call each ten seconds, of ten accounts, the
// first of which has half of them, of 1,000 numbers and 200 customers.
type past struct {
	accounts, customers, numbers []string
	start                        time.Time
}

func newPast() *past {
	p := &past{start: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	for kind, most := range []int{10, 200, 1_000} {
		for i := range most {
			id := fmt.Sprintf("%08x%024x", kind+1, i)
			switch kind {
			case 0:
				p.accounts = append(p.accounts, id)
			case 1:
				p.customers = append(p.customers, id)
			default:
				p.numbers = append(p.numbers, id)
			}
		}
	}
	return p
}

// said is what the lines of a log are made of, each word in a place as long as the longest.
var said = strings.Fields("menu pressed said queue offered agent answered voicemail transferred recording started stopped conference joined left parked retrieved hold resumed sales support billing")

const longest = 12

// chance is SQL for a whole number below most, as good as random for each n.
func chance(column, most int) string {
	seed := seeds[column%len(seeds)]
	x := fmt.Sprintf("((CAST(n AS BIGINT) * %d + %d) %% 2147483647)", seed, 7919*(column+1))
	return fmt.Sprintf("((%s * %s %% 2147483647) / 3 %% %d)", x, x, most)
}

var seeds = []int{1_103_515_245, 1_597_334_677, 1_181_783_497, 1_732_050_807, 1_410_065_407, 2_038_074_743, 1_299_709_001, 1_664_525_003, 1_815_976_681, 1_376_312_589, 1_500_450_271}

// build writes n sessions by statements of a database, in which hex(x) is SQL for a
// number as eight hexadecimal digits.
func (p *past) build(b *testing.B, d *storetest.Database, n int, hex func(string) string) {
	b.Helper()
	zeros := func(kind int, x string) string { return fmt.Sprintf("'%08x0000000000000000' || %s", kind, hex(x)) }
	account := fmt.Sprintf("(CASE WHEN n %% 2 = 0 THEN 0 ELSE 1 + %s END)", chance(0, 9))
	id := hex(chance(1, 1<<31-1)) + " || " + hex(chance(2, 1<<31-1)) + " || " + hex(chance(3, 1<<31-1)) + " || " + hex("n")
	word := func(column int) string {
		return fmt.Sprintf("rtrim(substr('%s', CAST(1 + %s * %d AS INTEGER), %d))", padded(said), chance(column, len(said)), longest, longest)
	}
	var lines []string
	for k := range 4 {
		lines = append(lines, fmt.Sprintf("%s || ' ' || %s || ' ' || %s || ' ' || %s", word(10+k), word(20+k), word(30+k), chance(40+k, 100_000)))
	}
	lines[0] = fmt.Sprintf("CASE WHEN n = %d THEN 'the needle in the haystack' ELSE %s END", n/3, lines[0])
	from := p.start.UnixMicro()
	all := fmt.Sprintf("WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < %d)", n-1)
	at := fmt.Sprintf("(%d + CAST(n AS BIGINT) * 10000000)", from)
	d.Exec(b, fmt.Sprintf(`INSERT INTO sessions (id, run, touched, account_id, customer_id, customer_name, endpoint_id, endpoint_name, flow_id, flow_name, flow_version, parent_id,
		channel, direction, call_state, from_address, from_name, to_address, destination, answered_by_name, outcome, console_data, sip_call_id, started, answered, ended, was_missed, created_by)
		%s SELECT %s, '', %s, %s, %s, 'Customer', %s, '+18005550100', '', 'Menu', 3, '',
		'Voice', CASE WHEN %s = 0 THEN 'Outgoing' ELSE 'Incoming' END, 'Disconnected', '+1' || (2000000000 + %s * 7), 'Caller ' || %s, '+1800555' || substr(CAST(10000 + %s AS TEXT), 2), '', '', 'Completed', '', '',
		%s, %s + 1000000, %s + 60000000, FALSE, '' FROM numbers`,
		all, id, at, zeros(1, account), zeros(2, chance(4, 20)+" * 10 + "+account), zeros(3, chance(5, 100)+" * 10 + "+account),
		chance(6, 20_000), chance(7, 1_000_000), chance(8, 1_000), chance(9, 1_000), at, at, at))
	d.Exec(b, fmt.Sprintf(`INSERT INTO session_log (session_id, at, mark, times, messages) %s SELECT %s, %s * 1000, 1, %s, %s FROM numbers`,
		all, id, at, fmt.Sprintf("(%s * 1000) || ' ' || (%s * 1000 + 1) || ' ' || (%s * 1000 + 2) || ' ' || (%s * 1000 + 3)", at, at, at, at), strings.Join(lines, " || '\n' || ")))
}

func padded(words []string) string {
	var all strings.Builder
	for _, w := range words {
		fmt.Fprintf(&all, "%-*s", longest, w)
	}
	return all.String()
}

// index fills SQLite's index as the store does, at once, but for that of numbers: they
// are left to the store as in an older database.
func (p *past) index(b *testing.B, d *storetest.Database) {
	b.Helper()
	d.Exec(b, `UPDATE sessions SET search = rowid WHERE search = 0`)
	d.Exec(b, `INSERT INTO session_parties (rowid, from_text, to_text) SELECT search, from_address || char(10) || from_name, to_address || char(10) || destination FROM sessions ORDER BY search`)
	d.Exec(b, `INSERT INTO session_words (rowid, log) SELECT s.search, l.messages FROM sessions s JOIN session_log l ON l.session_id = s.id ORDER BY s.search`)
	d.Exec(b, `UPDATE meta SET value = (SELECT max(search) FROM sessions) WHERE name = 'search.digits'`)
}
