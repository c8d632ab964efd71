package store

import (
	"context"
	"fmt"
)

// LimitPages lets an SQLite database have n pages at most (SQLite raises that to
// what it has): a full disk. The result makes room again.
func LimitPages(ctx context.Context, s *Store, n int) (func(context.Context) error, error) {
	limit := func(ctx context.Context, n int) error {
		_, err := s.w.DB.ExecContext(ctx, fmt.Sprintf("PRAGMA max_page_count = %d", n))
		return err
	}
	return func(ctx context.Context) error { return limit(ctx, 1<<30) }, limit(ctx, n)
}

// Index puts all calls that are over into SQLite's index now.
func Index(ctx context.Context, s *Store) error {
	for {
		if n, err := s.indexSessions(ctx); n == 0 || err != nil {
			return err
		}
	}
}
