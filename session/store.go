package session

import (
	"context"
	"io"
	"time"

	"ringflow/endpoints"
)

// Store is what the switchboard asks of the database. Unknown things wrap fs.ErrNotExist.
type Store interface {
	Settings(ctx context.Context, accountID string) (*endpoints.Settings, error)
	PutFile(ctx context.Context, f *endpoints.File) error
	Records
}

// Records keeps sessions, as they happen.
type Records interface {
	SaveSessions(ctx context.Context, changes []Change) error
	Heartbeat(ctx context.Context, ids []string, at time.Time) error
}

// Change is what happened to a session since it was saved last. Many are saved in
// one transaction: a commit costs more than a call.
type Change struct {
	Record *Record     // the head; its Log and Legs are empty
	New    bool        // not saved before
	Log    []LogLine   // to append
	Legs   []LegRecord // to insert or replace, by ID
}

// Blob keeps the bytes of files by their id.
type Blob interface {
	Open(id string) (io.ReadSeekCloser, int64, error)
}
