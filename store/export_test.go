package store

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"
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

// Fill makes the indexes for searches whole that came after the calls: SQLite's here, of
// PostgreSQL's own it waits for the end.
func Fill(ctx context.Context, s *Store) error {
	if s.w.Dialect().Name() == dialect.PG {
		if s.indexer != nil {
			s.indexer.done.Wait()
		}
		return nil
	}
	for {
		if more, err := s.fillDigits(ctx); !more || err != nil {
			return err
		}
	}
}

// Searches tells whether searches have all their indexes.
func Searches(ctx context.Context, s *Store) bool {
	return s.knowsDigits(ctx) && (s.w.Dialect().Name() != dialect.PG || s.knowsJoined(ctx))
}

// StopIndexAt puts calls into the index as Index does, in a server that is stopped
// when it is about to ask the database something with this in it.
func StopIndexAt(ctx context.Context, s *Store, query string) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stopped := &Store{w: s.w.WithQueryHook(stopAt{query, cancel}), r: s.r, log: s.log, seal: s.seal}
	_, err := stopped.indexSessions(ctx)
	return err
}

type stopAt struct {
	query string
	stop  func()
}

func (a stopAt) BeforeQuery(ctx context.Context, e *bun.QueryEvent) context.Context {
	if strings.Contains(e.Query, a.query) {
		a.stop()
	}
	return ctx
}

func (stopAt) AfterQuery(context.Context, *bun.QueryEvent) {}

// Together writes as the store's own do that share a commit.
func Together(ctx context.Context, s *Store, f func(context.Context) error) error {
	return s.together(ctx, func(ctx context.Context, _ bun.Tx) error { return f(ctx) })
}

// Waiting is how many wait to share the next commit.
func Waiting(s *Store) int {
	s.crowd.mu.Lock()
	defer s.crowd.mu.Unlock()
	return len(s.crowd.waiting)
}

// IndexAfter puts calls into the index of s whenever the store that it returns has asked
// the database something with this in it.
func IndexAfter(s *Store, query string) *Store {
	return &Store{w: s.w, r: s.r.WithQueryHook(indexAfter{query, s}), log: s.log, seal: s.seal, like: s.like, sort: s.sort, name: s.name}
}

type indexAfter struct {
	query string
	s     *Store
}

func (indexAfter) BeforeQuery(ctx context.Context, _ *bun.QueryEvent) context.Context { return ctx }

func (a indexAfter) AfterQuery(ctx context.Context, e *bun.QueryEvent) {
	if strings.Contains(e.Query, a.query) {
		_ = Index(ctx, a.s)
	}
}

// Plan is how SQLite does what it is asked.
type Plan struct {
	Query string
	Steps []string
}

// Plans watches what s asks from now on; the result tells how SQLite does that.
func Plans(s *Store) func(testing.TB) []Plan {
	w := &watched{}
	s.w, s.r = s.w.WithQueryHook(w), s.r.WithQueryHook(w)
	return func(t testing.TB) (all []Plan) {
		asked := w.asked
		for text := range s.often {
			asked = append(asked, unlocked(text))
		}
		for _, query := range asked {
			rows, err := s.r.DB.Query("EXPLAIN QUERY PLAN "+query, make([]any, strings.Count(query, "?"))...)
			if err != nil {
				t.Fatal(query, err)
			}
			p := Plan{Query: query}
			for rows.Next() {
				var id, parent, unused int
				var step string
				if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
					t.Fatal(err)
				}
				p.Steps = append(p.Steps, step)
			}
			if err := rows.Err(); err != nil {
				t.Fatal(err)
			}
			all = append(all, p)
		}
		return all
	}
}

type watched struct{ asked []string }

func (w *watched) BeforeQuery(ctx context.Context, e *bun.QueryEvent) context.Context {
	if strings.Contains(e.Query, "WHERE") {
		w.asked = append(w.asked, e.Query)
	}
	return ctx
}

func (*watched) AfterQuery(context.Context, *bun.QueryEvent) {}
