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
	"go.uber.org/zap"
)

const (
	// trigram is how many characters a text needs to be found by the index.
	trigram = 3
	// Up to so many sessions that have a text are read and sorted; what more have is so
	// common that the newest of them are found sooner by reading sessions one after the
	// other. Where nobody counts, reading on costs less.
	maxHits, maxHitsUncounted = maxTotal, 4_000
	// maxTrigrams of a text are asked for: a few make what is found few enough to read.
	maxTrigrams = 12
)

// openTrigrams makes PostgreSQL's index of trigrams, now or at a later start when the
// extension has come.
func (s *Store) openTrigrams(ctx context.Context) {
	err := s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		for _, step := range []string{
			`SELECT pg_advisory_xact_lock(7272464)`, // servers that start at once
			`CREATE EXTENSION IF NOT EXISTS pg_trgm`,
			`CREATE INDEX IF NOT EXISTS sessions_from_text ON sessions USING gin (from_address gin_trgm_ops, from_name gin_trgm_ops)`,
			`CREATE INDEX IF NOT EXISTS sessions_to_text ON sessions USING gin (to_address gin_trgm_ops, destination gin_trgm_ops)`,
			`CREATE INDEX IF NOT EXISTS session_log_text ON session_log USING gin (messages gin_trgm_ops)`,
		} {
			if _, err := tx.ExecContext(ctx, step); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil && ctx.Err() == nil {
		s.log.Warn("searching calls by from, to and log reads all of them: PostgreSQL's extension pg_trgm is missing or may not be created; "+
			"install postgresql-contrib, or let an administrator run CREATE EXTENSION pg_trgm in this database, and start again", zap.Error(err))
	}
}

// narrowed is what the sessions of a search are among.
type narrowed struct {
	numbers []int64  // of sessions.search, on SQLite
	last    int64    // the highest of them all when it was asked: what the index takes meanwhile comes after it
	ids     []string // on PostgreSQL
}

// narrow asks the index of trigrams which sessions can have the texts of f: nil if
// there is no text to ask for, or so many have it that one may as well look.
func (s *Store) narrow(ctx context.Context, f *RecordFilter) (*narrowed, error) {
	most := maxHits
	if f.Simplified {
		most = maxHitsUncounted
	}
	var best *narrowed
	for _, t := range []struct{ text, table, column string }{
		{f.Log, "session_words", ""}, {f.From, "session_parties", "from_text"}, {f.To, "session_parties", "to_text"},
	} {
		t.text = tidy(t.text) // as it is kept, and compared: many bytes that are no UTF-8 become one character
		if utf8.RuneCountInString(t.text) < trigram || len(t.text) > maxFilter {
			continue
		}
		n := &narrowed{}
		var err error
		if s.w.Dialect().Name() == dialect.PG {
			n.ids, err = s.hitsPostgres(ctx, t.column, t.text, most)
		} else {
			n.numbers, n.last, err = s.hitsSQLite(ctx, t.table, t.column, t.text, most)
		}
		if err != nil {
			return nil, fmt.Errorf("search for %.64q: %w", t.text, err)
		}
		if n.size() <= most && (best == nil || n.size() < best.size()) {
			best = n
		}
	}
	return best, nil
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

func (s *Store) hitsPostgres(ctx context.Context, column, text string, most int) (ids []string, err error) {
	ids = []string{}
	q := s.r.NewSelect().Limit(int64(most) + 1)
	switch column {
	case "": // of the log
		q.Model((*logRow)(nil)).ColumnExpr("DISTINCT l.session_id")
		s.contains(q, text, "messages")
	case "from_text":
		q.Model((*sessionRow)(nil)).Column("id")
		s.contains(q, text, "from_address", "from_name")
	default:
		q.Model((*sessionRow)(nil)).Column("id")
		s.contains(q, text, "to_address", "destination")
	}
	return ids, q.Scan(ctx, &ids)
}

// hitsSQLite finds numbers of sessions.search: of those that have all the trigrams,
// and of all that aren't in the index as they are now. Those can come into it before
// the sessions are read: under the number that they had, or under one after last.
func (s *Store) hitsSQLite(ctx context.Context, table, column, text string, most int) (numbers []int64, last int64, err error) {
	if err := s.r.NewSelect().TableExpr("sessions").ColumnExpr("coalesce(max(search), 0)").Scan(ctx, &last); err != nil {
		return nil, 0, err
	}
	waiting := s.r.NewSelect().TableExpr("sessions INDEXED BY sessions_search").Column("search").Where("search <= 0").Limit(int64(most) + 1)
	if err := waiting.Scan(ctx, &numbers); err != nil || len(numbers) > most {
		return numbers, last, err
	}
	slices.Sort(numbers)
	numbers = slices.Compact(numbers)
	for _, n := range numbers {
		if n < 0 {
			numbers = append(numbers, -n)
		}
	}
	var found []int64
	err = s.r.NewSelect().TableExpr("?", bun.Ident(table)).Column("rowid").
		Where("? MATCH ?", bun.Ident(table), matching(column, text)).Limit(int64(most)+1).Scan(ctx, &found)
	return append(numbers, found...), last, err
}

// matching is a query of FTS5 for rows whose column, or only one, has trigrams of text.
func matching(column, text string) string {
	runes := []rune(tidy(text))
	all := len(runes) - trigram + 1
	step := max(1, (all+maxTrigrams-1)/maxTrigrams)
	var terms []string
	for i := 0; i < all; i += step {
		terms = append(terms, `"`+strings.ReplaceAll(string(runes[i:i+trigram]), `"`, `""`)+`"`)
	}
	query := strings.Join(terms, " AND ")
	if column != "" {
		query = column + " : (" + query + ")"
	}
	return query
}
