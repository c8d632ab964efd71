package store

import (
	"cmp"
	"context"
	"fmt"
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

// texts are what the index is asked for; empty ones are not.
type texts struct {
	from, to, log string
	first         bool // the first in the order of time are enough
}

// narrowed is what the sessions of a search are among.
type narrowed struct {
	numbers []int64  // of sessions.search, on SQLite
	last    int64    // the highest of them all when it was asked: what the index takes meanwhile comes after it
	ids     []string // on PostgreSQL
}

// narrow asks the indexes which sessions can have the texts of f: nil if
// there is no text to ask for, or so many have it that one may as well look.
func (s *Store) narrow(ctx context.Context, f *RecordFilter) (*narrowed, error) {
	t := texts{from: indexable(f.From), to: indexable(f.To), log: indexable(f.Log), first: f.Simplified && f.byTime(walkedRows)}
	if t.from+t.to+t.log == "" {
		return nil, nil
	}
	hits, most := s.hitsSQLite, maxHits
	if s.w.Dialect().Name() == dialect.PG {
		hits, most = s.hitsPostgres, maxHitsPostgres
	}
	n, err := hits(ctx, t, most)
	if err != nil {
		return nil, fmt.Errorf("search for %.64q: %w", t.from+t.to+t.log, err)
	}
	if n != nil && n.size() > most {
		return nil, nil
	}
	return n, nil
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
