package store

import (
	"context"
	"slices"
	"strings"

	"github.com/uptrace/bun"
)

// hitsSQLite finds numbers of sessions.search: of those that an index finds, and of
// all that aren't in the index as they are now. Those can come into it before the
// sessions are read: under the number that they had, or under one after last.
func (s *Store) hitsSQLite(ctx context.Context, t texts, most int) (*narrowed, error) {
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
	asks, err := s.asks(ctx, t)
	if err != nil {
		return nil, err
	}
	var fewest []int64
	for i, a := range asks {
		var found []int64
		err := s.r.NewSelect().TableExpr("?", bun.Ident(a.table)).Column("rowid").Where("? MATCH ?", bun.Ident(a.table), a.query).Limit(int64(most)+1).Scan(ctx, &found)
		if err != nil {
			return nil, err
		}
		if i == 0 || len(found) < len(fewest) {
			fewest = found
		}
	}
	n.numbers = append(n.numbers, fewest...)
	return n, nil
}

// ask is what FTS5 is asked of one of its tables.
type ask struct{ table, query string }

// asks are questions about t. Each leaves sessions that do not have all of it.
func (s *Store) asks(ctx context.Context, t texts) (asks []ask, err error) {
	var parties, digits []string
	if t.from+t.to != "" {
		rows, err := s.sampleParties(ctx)
		if err != nil {
			return nil, err
		}
		pieces := s.knowsDigits(ctx)
		for _, c := range []struct {
			column, text string
			of           func(*indexed) string
		}{{"from_text", t.from, (*indexed).from}, {"to_text", t.to, (*indexed).to}} {
			switch sample := each(rows, c.of); {
			case c.text == "":
			case pieces && soonerByNumber(c.text, sample):
				digits = append(digits, matching(c.column, rare(numberPieces(c.text), sample, readingSQLite)))
			default:
				parties = append(parties, matching(c.column, rare(trigrams(c.text), sample, readingSQLite)))
			}
		}
	}
	if len(digits) > 0 {
		asks = append(asks, ask{"session_digits", strings.Join(digits, " AND ")})
	}
	if len(parties) > 0 {
		asks = append(asks, ask{"session_parties", strings.Join(parties, " AND ")})
	}
	if t.log != "" {
		logs, err := s.sampleLogs(ctx)
		if err != nil {
			return nil, err
		}
		asks = append(asks, ask{"session_words", matching("", rare(trigrams(t.log), logs, readingSQLite))})
	}
	return asks, nil
}
