package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// readers at once. SQLite in WAL mode lets them read while one writes.
const sqliteReaders = 4

func (s *Store) openSQLite(ctx context.Context, dir string) error {
	path, err := filepath.Abs(filepath.Join(dir, "ringflow.db"))
	if err != nil {
		return fmt.Errorf("database: %w", err)
	}
	// SQLite would make it readable for all; its WAL takes over the mode.
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("database: %w", err)
	}
	f.Close()

	// One connection writes, so that writers wait in Go, by context, and not in
	// SQLite by polling. FULL: a commit is on disk when it returns.
	w, err := sqliteDB(ctx, path, 1, "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)", "wal_autocheckpoint(4000)")
	if err != nil {
		return err
	}
	r, err := sqliteDB(ctx, path, sqliteReaders, "query_only(1)")
	if err != nil {
		return errors.Join(err, w.Close())
	}
	s.w, s.r = bun.NewDB(w, sqliteDialect{sqlitedialect.New()}), bun.NewDB(r, sqliteDialect{sqlitedialect.New()})
	s.name, s.like = "database "+path, "LIKE"
	return nil
}

func sqliteDB(ctx context.Context, path string, conns int, pragmas ...string) (*sql.DB, error) {
	q := url.Values{"_pragma": append([]string{"busy_timeout(5000)"}, pragmas...), "_txlock": {"immediate"}}
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Path: path, RawQuery: q.Encode()}).String())
	if err != nil {
		return nil, fmt.Errorf("database: %w", err)
	}
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	if err := db.PingContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("database %s: %w", path, err), db.Close())
	}
	return db, nil
}

// sqliteTaken tells of a row that is there already, and of one that isn't.
func sqliteTaken(err error) (taken, dangling bool, what string) {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return false, false, ""
	}
	switch e.Code() {
	case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY:
		return true, false, e.Error()
	case sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
		return false, true, e.Error()
	}
	return false, false, ""
}

// sqliteBusy tells that somebody else has held the database for too long.
func sqliteBusy(err error) bool {
	var e *sqlite.Error
	return errors.As(err, &e) && e.Code()&0xff == sqlite3.SQLITE_BUSY
}
