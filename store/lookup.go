package store

import (
	"context"
	"database/sql"
	"fmt"
)

// lookups are what is asked for each call, by a key, and is a word or two. On SQLite
// most of such a question's work would be to parse it: it is prepared.
var lookups = []string{numberThere, flowHead}

const (
	numberThere = "SELECT id FROM endpoints WHERE number = ?"
	flowHead    = "SELECT account_id, coalesce(customer_id, ''), name, version, revision FROM flows WHERE id = ?"
)

// prepareLookups prepares them, on SQLite.
func (s *Store) prepareLookups(ctx context.Context) error {
	if s.r == s.w {
		return nil
	}
	s.asked = map[string]*sql.Stmt{}
	for _, lookupText := range lookups {
		stmt, err := s.r.DB.PrepareContext(ctx, lookupText)
		if err != nil {
			return fmt.Errorf("prepare %q: %w", lookupText, err)
		}
		s.asked[lookupText] = stmt
	}
	return nil
}

// lookup asks one of lookups; sql.ErrNoRows: there is none.
func (s *Store) lookup(ctx context.Context, lookupText, key string, into ...any) error {
	if stmt := s.asked[lookupText]; stmt != nil {
		return stmt.QueryRowContext(ctx, key).Scan(into...)
	}
	return s.r.NewRaw(lookupText, key).Scan(ctx, into...)
}
