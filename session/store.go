package session

import (
	"context"
	"io"
	"time"

	"ringflow/endpoints"
	"ringflow/flow"
)

// Store is what the switchboard asks of the database; *store.Store is one.
// Unknown things wrap fs.ErrNotExist. What it returns is shared and only read.
type Store interface {
	Endpoint(ctx context.Context, id string) (*endpoints.Endpoint, error)
	EndpointByNumber(ctx context.Context, e164 string) (*endpoints.Endpoint, error)
	Endpoints(ctx context.Context, f endpoints.EndpointFilter) ([]*endpoints.Endpoint, int, error)
	Trunks(ctx context.Context) ([]*endpoints.Endpoint, error)
	OwnedNumbers(ctx context.Context, accountID string) ([]string, error)
	Settings(ctx context.Context, accountID string) (*endpoints.Settings, error)
	CustomerLine(ctx context.Context, id string) ([]*endpoints.Customer, error)
	Flow(ctx context.Context, id string) (*flow.Flow, error)
	FlowVersion(ctx context.Context, id string, version int) (*flow.Flow, error)
	File(ctx context.Context, id string) (*endpoints.File, error)
	PutFile(ctx context.Context, f *endpoints.File) error
	SetTranscription(ctx context.Context, id, text string) error
	// Revision grows with each change of what calls depend on.
	Revision() uint64
	// Shared tells that other servers may change it, too.
	Shared() bool
	// FindEndpoint and FindCustomer give the id of the account's oldest one whose
	// built-in or field has this value, in any case.
	FindEndpoint(ctx context.Context, account, field, value string, kind endpoints.Kind) (string, error)
	FindCustomer(ctx context.Context, account, field, value string) (string, error)
	// Agents are what users do in the call centre; PutAgent keeps the latest of each.
	Agents(ctx context.Context) ([]endpoints.Agent, error)
	PutAgent(ctx context.Context, a endpoints.Agent) error
	// HurryOutbound lets messages to these addresses leave now that wait for their next try, and says how many.
	HurryOutbound(ctx context.Context, accountID string, c endpoints.Channel, to []string) (int, error)
	Records
	Retention
	Boxes
	Branches
	Cookies
	Chats
}

// Branches keeps the asynchronous branches of flows until they have ended.
type Branches interface {
	PutBranch(ctx context.Context, b StoredBranch) error
	DeleteBranch(ctx context.Context, id string) error
	// TakeBranches takes over what dead servers left, each branch once.
	TakeBranches(ctx context.Context, most int) ([]StoredBranch, error)
}

// StoredBranch is a branch as it is kept.
type StoredBranch struct {
	ID, SessionID string
	FileID        string // waits for this recording; empty: it has begun
	Tries         int    // how often it was taken over
	Body          []byte // JSON, for us alone
}

// Cookies keeps what flows want to know of a party the next time.
type Cookies interface {
	// PutCookie keeps a cookie, and forgets those that have expired at now.
	PutCookie(ctx context.Context, c Cookie, now time.Time) error
	Cookie(ctx context.Context, account, party, name string, now time.Time) (flow.Value, bool, error)
	DeleteCookie(ctx context.Context, account, party, name string) error
}

// Cookie is a value that is kept of a party.
type Cookie struct {
	AccountID, Party, Name string
	Value                  flow.Value
	Expires                time.Time
}

// Records keeps sessions, as they happen.
type Records interface {
	// SaveSessions returns once all changes are on disk.
	SaveSessions(ctx context.Context, changes []Change) error
	// Record is a session as it was saved last.
	Record(ctx context.Context, id string) (*Record, error)
	// Heartbeat notes that these sessions live at that time.
	Heartbeat(ctx context.Context, ids []string, at time.Time) error
}

// Change is what happened to a session since it was saved last. Many are saved in
// one transaction: a commit costs more than a call.
type Change struct {
	Record *Record     // the head; its Log and Legs are empty
	New    bool        // not saved before
	Same   bool        // the head is as it was saved last: only Log and Legs are new
	Log    []LogLine   // to append
	Legs   []LegRecord // to insert or replace, by ID
}

// Blob keeps the bytes of files by their id.
type Blob interface {
	Create(id string) (BlobWriter, error)
	Open(id string) (io.ReadSeekCloser, int64, error)
	Remove(id string) error
	// Note keeps a few words beside a blob until Forget, for the next start if
	// this server dies (see Adopt).
	Note(id string, about []byte) error
	Forget(id string) error
}

// BlobWriter is a blob in the making: Commit makes it durable and visible, Close
// without it throws it away.
type BlobWriter interface {
	io.Writer
	io.Seeker
	Commit() (int64, error)
	Close() error
}
