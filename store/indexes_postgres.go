package store

import (
	"context"

	"github.com/uptrace/bun"
	"go.uber.org/zap"
)

// indexPostgres is one of PostgreSQL's indexes for searches.
type indexPostgres struct {
	name, on string // of a table, by an expression
	args     []any
	trigrams bool // needs an extension, which may be missing
}

var indexesPostgres = []indexPostgres{
	{fromDigits, "sessions USING gin (session_digits(from_address, from_name))", nil, false},
	{toDigits, "sessions USING gin (session_digits(to_address, destination))", nil, false},
	{"sessions_from_text", "sessions USING gin (from_address gin_trgm_ops, from_name gin_trgm_ops)", nil, true},
	{"sessions_to_text", "sessions USING gin (to_address gin_trgm_ops, destination gin_trgm_ops)", nil, true},
	{logJoined, "session_log USING gin (replace(messages, ' ', ?) gin_trgm_ops)", []any{joint}, true},
}

const (
	fromDigits, toDigits = "sessions_from_digits", "sessions_to_digits"
	logJoined            = "session_log_joined"
	// openLock is held while a server looks what there is, makeLock while it makes indexes.
	openLock, makeLock = 7272464, 7272465
)

// openSearches makes PostgreSQL's indexes for searches, now or at a later start when the
// extension has come. Where there are calls already, that is done beside them.
func (s *Store) openSearches(ctx context.Context) {
	trigrams := true
	err := s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.NewRaw(`SELECT pg_advisory_xact_lock(?)`, openLock).Exec(ctx); err != nil { // servers that start at once
			return err
		}
		_, err := tx.ExecContext(ctx, `CREATE EXTENSION IF NOT EXISTS pg_trgm`)
		return err
	})
	if err != nil && ctx.Err() == nil {
		trigrams = false
		s.log.Warn("searching calls by from, to and log reads all of them, but for numbers: PostgreSQL's extension pg_trgm is missing or may not be created; "+
			"install postgresql-contrib, or let an administrator run CREATE EXTENSION pg_trgm in this database, and start again", zap.Error(err))
	}
	var missing []indexPostgres
	var used, old bool
	err = s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.NewRaw(`SELECT pg_advisory_xact_lock(?)`, openLock).Exec(ctx); err != nil {
			return err
		}
		if err := tx.NewRaw(`SELECT EXISTS (SELECT FROM sessions), to_regclass('session_log_text') IS NOT NULL`).Scan(ctx, &used, &old); err != nil { // logJoined is in its place now
			return err
		}
		for _, x := range indexesPostgres {
			there, err := hasIndexes(ctx, tx, x.name)
			if err != nil {
				return err
			}
			switch {
			case there || x.trigrams && !trigrams:
			case used:
				missing = append(missing, x)
			default:
				if _, err := tx.NewRaw(`CREATE INDEX ? ON ?`, bun.Ident(x.name), bun.SafeQuery(x.on, x.args...)).Exec(ctx); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err == nil && (len(missing) > 0 || old && trigrams) {
		var own context.Context
		own, s.indexer = newIndexer()
		s.indexer.done.Go(func() { s.failedIndexes(own, s.makeIndexes(own, missing)) })
	}
	s.failedIndexes(ctx, err)
}

func (s *Store) failedIndexes(ctx context.Context, err error) {
	if err != nil && ctx.Err() == nil {
		s.log.Warn("indexes for searches can't be made; calls are found all the same, slower. The next start tries again", zap.Error(err))
	}
}

// makeIndexes makes indexes while calls are written. Another server that does so is left
// to it.
func (s *Store) makeIndexes(ctx context.Context, missing []indexPostgres) error {
	conn, err := s.w.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	var mine bool
	if err := conn.NewRaw(`SELECT pg_try_advisory_lock(?)`, makeLock).Scan(ctx, &mine); err != nil || !mine {
		return err
	}
	defer func() {
		ctx := context.WithoutCancel(ctx)
		_, _ = conn.NewRaw(`SELECT pg_advisory_unlock(?)`, makeLock).Exec(ctx) // a connection that is lost has let it go
	}()
	for _, x := range missing {
		there, err := hasIndexes(ctx, conn, x.name)
		if err != nil {
			return err
		}
		if there {
			continue
		}
		if _, err := conn.NewRaw(`DROP INDEX CONCURRENTLY IF EXISTS ?`, bun.Ident(x.name)).Exec(ctx); err != nil { // a server was stopped while it made it
			return err
		}
		if _, err := conn.NewRaw(`CREATE INDEX CONCURRENTLY ? ON ?`, bun.Ident(x.name), bun.SafeQuery(x.on, x.args...)).Exec(ctx); err != nil {
			return err
		}
	}
	_, err = conn.NewRaw(`DROP INDEX CONCURRENTLY IF EXISTS session_log_text`).Exec(ctx)
	return err
}

// hasIndexes tells whether all of these are there, and whole.
func hasIndexes(ctx context.Context, db bun.IDB, names ...string) (bool, error) {
	var n int
	err := db.NewRaw(`SELECT count(*) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE c.relname IN (?) AND i.indisvalid AND pg_table_is_visible(c.oid)`, bun.In(names)).Scan(ctx, &n)
	return n == len(names), err
}

// knowsJoined tells whether the index of logs that goes on between words is there by now.
func (s *Store) knowsJoined(ctx context.Context) bool {
	if !s.joined.Load() {
		there, err := hasIndexes(ctx, s.r, logJoined)
		s.joined.Store(there && err == nil)
	}
	return s.joined.Load()
}
