package store

import (
	"context"
	"slices"
	"strings"

	"github.com/uptrace/bun"
	"go.uber.org/zap"
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

// hitsPostgres finds ids of sessions that have the texts of f.
func (s *Store) hitsPostgres(ctx context.Context, f *RecordFilter, most int) (*narrowed, error) {
	n := &narrowed{ids: []string{}}
	q := s.r.NewSelect().Limit(int64(most) + 1)
	if f.Log != "" {
		logs, err := s.sampleLogs(ctx)
		if err != nil || common(f.Log, logs) {
			return nil, err
		}
		q.Model((*logRow)(nil)).Column("session_id") // distinct ones would be sorted before the first is given
		s.hit(q, f.Log, among{"messages", logs})
		return n, q.Scan(ctx, &n.ids)
	}
	rows, err := s.sampleParties(ctx)
	if err != nil {
		return nil, err
	}
	q.Model((*sessionRow)(nil)).Column("id")
	s.hit(q, f.From, among{"from_address", each(rows, func(r *indexed) string { return r.FromAddress })}, among{"from_name", each(rows, func(r *indexed) string { return r.FromName })})
	s.hit(q, f.To, among{"to_address", each(rows, func(r *indexed) string { return r.ToAddress })}, among{"destination", each(rows, func(r *indexed) string { return r.Destination })})
	return n, q.Scan(ctx, &n.ids)
}

// among is a column, and what some rows have in it.
type among struct {
	column string
	sample []string
}

// hit keeps rows that have a text in one of the columns. The index is asked for
// the rare trigrams in it alone: what has those is compared.
func (s *Store) hit(q *bun.SelectQuery, text string, columns ...among) {
	if text == "" {
		return
	}
	names := make([]string, len(columns))
	q.WhereGroup(" AND ", func(q *bun.SelectQuery) *bun.SelectQuery {
		for i, c := range columns {
			names[i] = c.column
			q.WhereGroup(" OR ", func(q *bun.SelectQuery) *bun.SelectQuery {
				for _, w := range pieces(text, c.sample) {
					s.contains(q, w, c.column)
				}
				return q
			})
		}
		return q
	})
	s.compared(q, text, names...)
}

// pieces of a text are what the index is asked for: of each word its rarest trigram, since the
// others mostly come with it and each has to be compared with all that is found; of
// numbers, whose digits don't follow from each other, more.
func pieces(text string, sample []string) []string {
	var all []string
	for _, word := range strings.FieldsFunc(text, noWord) {
		of := trigrams(word)
		if len(of) > 0 && strings.Trim(word, "0123456789") != "" {
			of = rare(of, sample, 0)
		}
		all = append(all, of...)
	}
	if len(all) == 0 {
		return []string{text}
	}
	slices.Sort(all)
	return rare(slices.Compact(all), sample, readingPostgres)
}

// noWord tells whether the index may not have a character: what those are depends on
// the database's locale, but for these.
func noWord(r rune) bool {
	return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
}
