package store_test

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"testing"
	"time"

	"ringflow/endpoints"
	"ringflow/session"
	"ringflow/store"
	"ringflow/store/storetest"
)

func TestPostgres(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a PostgreSQL server")
	}
	p := storetest.StartPostgres(t)
	storetest.Run(t, func(t *testing.T) *storetest.Database { return p.Fresh(t) })

	// Servers that start at once on an empty database: one migrates, all serve.
	t.Run("StartTogether", func(t *testing.T) {
		d := p.Empty(t)
		failed := make(chan error)
		for range 4 {
			go func() {
				o := d.Options
				o.Dir = t.TempDir()
				s, err := store.Open(t.Context(), o)
				if err == nil {
					err = s.Close()
				}
				failed <- err
			}()
		}
		for range 4 {
			if err := <-failed; err != nil {
				t.Error(err)
			}
		}
	})

	t.Run("OldSearches", func(t *testing.T) {
		searchesFilled(t, p.Fresh(t), `DROP INDEX sessions_from_digits, sessions_to_digits, session_log_joined, sessions_from_text`,
			`CREATE INDEX session_log_text ON session_log USING gin (messages gin_trgm_ops)`,
			`CREATE INDEX sessions_to_digits ON sessions (id)`, `UPDATE pg_index SET indisvalid = FALSE WHERE indexrelid = 'sessions_to_digits'::regclass`) // a server was stopped while it made it
	})

	t.Run("Away", func(t *testing.T) { away(t, p) })
}

// away: the database's connections are cut, then it hangs. What was asked
// meanwhile fails in time, and it goes on by itself.
func away(t *testing.T, p *storetest.Postgres) {
	d := p.Fresh(t)
	s := d.Open(t)
	if err := s.PutMeta(t.Context(), "x", "1"); err != nil {
		t.Fatal(err)
	}
	if err := p.Exec(t.Context(), "postgres", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname LIKE 't%'"); err != nil {
		t.Fatal(err)
	}
	back := func() {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		for s.PutMeta(ctx, "x", "2") != nil {
			if ctx.Err() != nil {
				t.Fatal("it doesn't come back")
			}
		}
	}
	back()

	name := strings.Split(strings.TrimPrefix(d.Options.URL, "postgres://test@/"), "?")[0]
	db, err := sql.Open("pgx", p.URL(name))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	lock, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lock.ExecContext(t.Context(), "LOCK TABLE meta, sessions IN ACCESS EXCLUSIVE MODE"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	change := []session.Change{{Record: &session.Record{ID: endpoints.NewID()}, New: true}}
	if err := s.SaveSessions(ctx, change); !errors.Is(err, context.DeadlineExceeded) || !store.Away(err) {
		t.Errorf("saving into a database that hangs: %v", err)
	}
	if _, err := s.Meta(ctx, "x"); err == nil {
		t.Error("reading from a database that hangs worked")
	}
	if err := lock.Rollback(); err != nil {
		t.Fatal(err)
	}
	back()
	if err := s.SaveSessions(t.Context(), change); err != nil {
		t.Error(err)
	}
}
