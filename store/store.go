// Package store keeps everything that outlives a call: one set of models and
// migrations for SQLite (one file in the data folder) and PostgreSQL.
//
// Unknown things wrap fs.ErrNotExist, taken names fs.ErrExist, bad values are
// *endpoints.Invalid. What has been written when a method returns survives a
// loss of power. Nothing here is asked on the path of a packet, and a call goes
// on when the database is away: its journal waits in session.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"reflect"
	"strings"
	"sync/atomic"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"
	"go.uber.org/zap"

	"ringflow/endpoints"
)

// Options say where to keep it all.
type Options struct {
	URL string      // empty: SQLite in Dir; or postgres://…
	Dir string      // data folder: database and keys
	Key []byte      // 32 bytes that seal secrets; nil: Dir/keys/seal.key, made at the first start
	Log *zap.Logger // nil: silent
}

// Store is one open database. Its methods may be called by many at once.
type Store struct {
	w   *bun.DB // writes; on SQLite a single connection
	r   *bun.DB // reads; on PostgreSQL the same pool as w
	log *zap.Logger

	name string // of the database, in messages
	like string // contains without regard to case: LIKE, ILIKE
	sort string // collation that sorts alike on both

	prepared map[reflect.Type]*sql.Stmt // see upsert
	inserts  map[reflect.Type]*sql.Stmt // see insert
	often    map[string]often           // by its words; see often.go
	hooks    hooks                      // see hooksOf
	indexer  *indexer                   // see search_index.go
	digits   atomic.Bool                // see knowsDigits
	joined   atomic.Bool                // see knowsJoined

	crowd crowd // see together

	seal      *seal
	node      string // this server, over its restarts
	run       string // this life of it
	revision  atomic.Uint64
	onOutbox  atomic.Pointer[func()]
	onMessage atomic.Pointer[func(*endpoints.Message)]
}

// Open opens the database and brings its schema up to date.
func Open(ctx context.Context, o Options) (*Store, error) {
	if o.Log == nil {
		o.Log = zap.NewNop()
	}
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	s := &Store{log: o.Log, run: endpoints.NewID(), crowd: crowd{turn: make(chan struct{}, 1)}}
	var err error
	if s.node, err = nodeID(o.Dir); err != nil {
		return nil, err
	}
	switch {
	case o.URL == "":
		err = s.openSQLite(ctx, o.Dir)
	case strings.HasPrefix(o.URL, "postgres://"), strings.HasPrefix(o.URL, "postgresql://"):
		err = s.openPostgres(ctx, o.URL)
	default:
		scheme, _, _ := strings.Cut(o.URL, ":")
		return nil, fmt.Errorf("store url: %q is no database we know; leave it empty for SQLite, or write postgres://…", scheme)
	}
	if err != nil {
		return nil, err
	}
	if err := s.prepare(ctx, o); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", s.name, err), s.Close())
	}
	return s, nil
}

// prepare makes an open database ours: schema, key, run.
func (s *Store) prepare(ctx context.Context, o Options) error {
	if err := s.migrate(ctx); err != nil {
		return err
	}
	var err error
	if s.seal, err = s.openSeal(ctx, o); err != nil {
		return err
	}
	if err := errors.Join(s.prepareUpserts(ctx), s.prepareOften(ctx)); err != nil {
		return err
	}
	if err := s.beginRun(ctx); err != nil {
		return err
	}
	if s.w.Dialect().Name() == dialect.PG {
		s.openSearches(ctx)
	} else {
		s.startIndexer()
	}
	return nil
}

// Close closes the database.
func (s *Store) Close() error {
	s.indexer.close()
	err := s.closeStatements()
	if s.r != s.w {
		err = errors.Join(err, s.r.Close()) // before the writer: the last to close folds the WAL into the file
	}
	return errors.Join(err, s.w.Close())
}

// Ping tells whether the database answers: for readiness.
func (s *Store) Ping(ctx context.Context) error {
	return s.r.PingContext(ctx)
}

// Revision grows with each change of what calls depend on (endpoints, flows,
// settings, accounts, customers, webhooks, files that change), so that a cache knows when
// to look again.
func (s *Store) Revision() uint64 { return s.revision.Load() }

// Shared tells that other servers may write to the database, which Revision doesn't show.
func (s *Store) Shared() bool { return s.w.Dialect().Name() == dialect.PG }

// change runs f in a transaction, and lets caches know.
func (s *Store) change(ctx context.Context, f func(context.Context, bun.Tx) error) error {
	defer s.revision.Add(1) // after a failure too: it may be the commit's answer that was lost
	return s.write(ctx, f)
}

// OnOutbox sets what is called after the store itself has put messages into the
// outbox. It must not wait.
func (s *Store) OnOutbox(f func()) { s.onOutbox.Store(&f) }

func (s *Store) wakeOutbox() {
	if f := s.onOutbox.Load(); f != nil {
		(*f)()
	}
}

// write runs f in a transaction.
func (s *Store) write(ctx context.Context, f func(context.Context, bun.Tx) error) error {
	return s.translate(s.w.RunInTx(ctx, nil, f))
}
