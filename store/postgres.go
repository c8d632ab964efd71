package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"
	"github.com/uptrace/bun/dialect/pgdialect"
)

// connections at most; PostgreSQL allows 100 by default, to all.
const postgresConns = 10

func (s *Store) openPostgres(ctx context.Context, url string) error {
	cfg, err := pgx.ParseConfig(url)
	if err != nil {
		return fmt.Errorf("store url: %w", err)
	}
	// bun writes values into the text, so each text is new: preparing them would
	// be a round trip more for each, and fill the server's memory.
	cfg.DefaultQueryExecMode = pgx.QueryExecModeExec
	if cfg.RuntimeParams == nil {
		cfg.RuntimeParams = map[string]string{}
	}
	cfg.RuntimeParams["standard_conforming_strings"] = "on" // see pgDialect
	cfg.RuntimeParams["client_encoding"] = "UTF8"
	if cfg.ConnectTimeout == 0 {
		cfg.ConnectTimeout = 5 * time.Second
	}
	dial := cfg.DialFunc
	cfg.DialFunc = func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := dial(ctx, network, addr)
		if err != nil && ctx.Err() == nil {
			err = &noServer{err.Error()}
		}
		return conn, err
	}
	db := stdlib.OpenDB(*cfg)
	db.SetMaxOpenConns(postgresConns)
	db.SetMaxIdleConns(postgresConns)
	db.SetConnMaxIdleTime(5 * time.Minute)
	if err := db.PingContext(ctx); err != nil {
		return errors.Join(fmt.Errorf("database at %s: %w", cfg.Host, err), db.Close())
	}
	s.w = bun.NewDB(db, pgDialect{pgdialect.New()})
	s.r = s.w
	s.name = "database at " + cfg.Host
	s.like, s.sort = "ILIKE", ` COLLATE "C"`
	return nil
}

func postgresTaken(err error) (taken, dangling bool, what string) {
	var e *pgconn.PgError
	if !errors.As(err, &e) {
		return false, false, ""
	}
	switch e.Code {
	case "23505": // unique_violation
		return true, false, e.ConstraintName
	case "23503": // foreign_key_violation
		return false, true, e.ConstraintName
	}
	return false, false, ""
}

// postgresUndone tells that a transaction was ended since it and another waited for each
// other, or would have: the same again may do.
func postgresUndone(err error) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && slices.Contains([]string{"40P01", "40001", "55P03"}, e.Code) // deadlock_detected, serialization_failure, lock_not_available
}

// lightly lets PostgreSQL commit without waiting for the disk: for what servers that live must agree on, and of which
// a crash of the database may cost the last second. Else who waits for a row would wait for the disk, one after the
// other. SQLite's commits are shared, see together.
func (s *Store) lightly(ctx context.Context, tx bun.Tx) error {
	if tx.Dialect().Name() != dialect.PG {
		return nil
	}
	_, err := tx.ExecContext(ctx, "SET LOCAL synchronous_commit TO off")
	return err
}

// noServer is a server that can't be reached. It hides the system's error: a
// socket that isn't there would be fs.ErrNotExist, which here means that the
// database has looked and found nothing.
type noServer struct{ text string }

func (e *noServer) Error() string { return e.text }

// postgresAway tells of a server that is down, starting, stopping or full, and
// of a connection that broke.
func postgresAway(err error) bool {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return strings.HasPrefix(e.Code, "08") || strings.HasPrefix(e.Code, "57P0") || e.Code == "53300"
	}
	var network net.Error
	var connect *pgconn.ConnectError
	return errors.As(err, &network) || errors.As(err, &connect) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) || errors.Is(err, driver.ErrBadConn)
}
