package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"
)

const (
	// trigram is how many characters a text needs to be found by the index.
	trigram = 3
	// Up to so many sessions that have a text are read and sorted; what more have is so
	// common that the newest of them are found sooner by reading sessions one after the
	// other. PostgreSQL is told their ids, which takes it longer.
	maxHits, maxHitsPostgres = 2 * maxTotal, maxTotal
)

// narrowed is what the sessions of a search are among.
type narrowed struct {
	numbers []int64  // of sessions.search, on SQLite
	last    int64    // the highest of them all when it was asked: what the index takes meanwhile comes after it
	ids     []string // on PostgreSQL
}

// narrow asks the index of trigrams which sessions can have the texts of f: nil if
// there is no text to ask for, or so many have it that one may as well look.
func (s *Store) narrow(ctx context.Context, f *RecordFilter) (best *narrowed, err error) {
	hits, most := s.hitsSQLite, maxHits
	if s.w.Dialect().Name() == dialect.PG {
		hits, most = s.hitsPostgres, maxHitsPostgres
	}
	for _, part := range []RecordFilter{{From: indexable(f.From), To: indexable(f.To)}, {Log: indexable(f.Log)}} {
		if part.From+part.To+part.Log == "" {
			continue
		}
		n, err := hits(ctx, &part, most)
		if err != nil {
			return nil, fmt.Errorf("search for %.64q: %w", part.From+part.To+part.Log, err)
		}
		if n != nil && n.size() <= most && (best == nil || n.size() < best.size()) {
			best = n
		}
	}
	return best, nil
}

// indexable is a text that the index can find, else "": as it is kept and compared, in
// which many bytes that are no UTF-8 become one character.
func indexable(text string) string {
	text = tidy(text)
	if utf8.RuneCountInString(text) < trigram || len(text) > maxFilter {
		return ""
	}
	return text
}

func (n *narrowed) size() int { return len(n.numbers) + len(n.ids) }

// among keeps the sessions that were found; they still are to be compared.
func (n *narrowed) among(q *bun.SelectQuery) {
	switch {
	case n == nil:
	case n.ids != nil && len(n.ids) == 0:
		q.Where("1 = 0")
	case n.ids != nil:
		q.Where("s.id IN (?)", bun.In(n.ids))
	default: // no statistics tell SQLite that this beats the index of the account
		q.ModelTableExpr("sessions AS s INDEXED BY sessions_search").
			Where("s.search IN (SELECT value FROM json_each(?) UNION ALL SELECT search FROM sessions WHERE search > ?)", cmp.Or(text(n.numbers), "[]"), n.last)
	}
}

// hitsSQLite finds numbers of sessions.search: of those that have the trigrams, and of
// all that aren't in the index as they are now. Those can come into it before the
// sessions are read: under the number that they had, or under one after last.
func (s *Store) hitsSQLite(ctx context.Context, f *RecordFilter, most int) (*narrowed, error) {
	n := &narrowed{}
	if err := s.r.NewSelect().TableExpr("sessions").ColumnExpr("coalesce(max(search), 0)").Scan(ctx, &n.last); err != nil {
		return nil, err
	}
	waiting := s.r.NewSelect().TableExpr("sessions INDEXED BY sessions_search").Column("search").Where("search <= 0").Limit(int64(most) + 1)
	if err := waiting.Scan(ctx, &n.numbers); err != nil || len(n.numbers) > most {
		return n, err
	}
	slices.Sort(n.numbers)
	n.numbers = slices.Compact(n.numbers)
	for _, number := range n.numbers {
		if number < 0 {
			n.numbers = append(n.numbers, -number)
		}
	}
	table, query, err := s.query(ctx, f)
	if err != nil {
		return nil, err
	}
	var found []int64
	err = s.r.NewSelect().TableExpr("?", bun.Ident(table)).Column("rowid").
		Where("? MATCH ?", bun.Ident(table), query).Limit(int64(most)+1).Scan(ctx, &found)
	n.numbers = append(n.numbers, found...)
	return n, err
}

// query is what FTS5 is asked of one of its tables.
func (s *Store) query(ctx context.Context, f *RecordFilter) (table, query string, err error) {
	if f.Log != "" {
		logs, err := s.sampleLogs(ctx)
		return "session_words", matching("", rare(trigrams(f.Log), logs, readingSQLite)), err
	}
	rows, err := s.sampleParties(ctx)
	var terms []string
	if f.From != "" {
		terms = append(terms, matching("from_text", rare(trigrams(f.From), each(rows, (*indexed).from), readingSQLite)))
	}
	if f.To != "" {
		terms = append(terms, matching("to_text", rare(trigrams(f.To), each(rows, (*indexed).to), readingSQLite)))
	}
	return "session_parties", strings.Join(terms, " AND "), err
}
