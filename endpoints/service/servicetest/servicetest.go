// Package servicetest is what stands around an adapter of a chat service in its tests: an
// inbox and bots in memory.
package servicetest

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"sync"
	"testing"

	"ringflow/endpoints"
)

// Inbox keeps messages in memory, each key once.
type Inbox struct {
	// Refuse is what Receive and Attach return, unless it is nil.
	Refuse func() error

	mu    sync.Mutex
	all   []*endpoints.Message
	files map[string][]byte
	names map[string]string // remote ids by message
	came  chan struct{}
}

// NewInbox is an empty one.
func NewInbox() *Inbox {
	return &Inbox{files: map[string][]byte{}, names: map[string]string{}, came: make(chan struct{}, 1000)}
}

func (in *Inbox) refuses() error {
	in.mu.Lock()
	refuse := in.Refuse
	in.mu.Unlock()
	if refuse == nil {
		return nil
	}
	return refuse()
}

// Set changes what is refused.
func (in *Inbox) Set(refuse func() error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.Refuse = refuse
}

// Receive implements endpoints.Inbox.
func (in *Inbox) Receive(_ context.Context, m *endpoints.Message) error {
	if err := in.refuses(); err != nil {
		return err
	}
	if err := m.Validate(); err != nil {
		return err
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	for _, there := range in.all {
		if m.Key != "" && there.Key == m.Key && there.EndpointID == m.EndpointID && there.Channel == m.Channel {
			m.ID = there.ID
			return nil
		}
	}
	m.ID = endpoints.NewID()
	c := *m
	in.all = append(in.all, &c)
	in.came <- struct{}{}
	return nil
}

// Attach implements endpoints.Inbox.
func (in *Inbox) Attach(_ context.Context, _, name, contentType string, r io.Reader) (endpoints.MessageFile, error) {
	if err := in.refuses(); err != nil {
		return endpoints.MessageFile{}, err
	}
	b, err := io.ReadAll(io.LimitReader(r, endpoints.MaxFileBytes+1))
	if err != nil {
		return endpoints.MessageFile{}, err
	}
	if len(b) > endpoints.MaxFileBytes {
		return endpoints.MessageFile{}, &endpoints.Invalid{Field: "files", Text: "is too large"}
	}
	f := endpoints.MessageFile{FileID: endpoints.NewID(), Name: name, ContentType: contentType}
	in.mu.Lock()
	in.files[f.FileID] = b
	in.mu.Unlock()
	return f, nil
}

// Receipt implements endpoints.Inbox.
func (in *Inbox) Receipt(context.Context, endpoints.Channel, string, string, endpoints.MessageState, string) error {
	return nil
}

// Remote implements endpoints.Inbox.
func (in *Inbox) Remote(_ context.Context, messageID, remoteID string, _ int) error {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.names[messageID] = remoteID
	return nil
}

// All are the messages that were received.
func (in *Inbox) All() []*endpoints.Message {
	in.mu.Lock()
	defer in.mu.Unlock()
	return slices.Clone(in.all)
}

// Last is the newest of n messages, nil if that is none; another number of them ends the test.
func (in *Inbox) Last(t testing.TB, n int) *endpoints.Message {
	t.Helper()
	all := in.All()
	if len(all) != n {
		t.Fatalf("%d messages were received, want %d", len(all), n)
	}
	if n == 0 {
		return nil
	}
	return all[n-1]
}

// File is the bytes of a file that was attached, or put.
func (in *Inbox) File(id string) []byte {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.files[id]
}

// Files is how many there are.
func (in *Inbox) Files() int {
	in.mu.Lock()
	defer in.mu.Unlock()
	return len(in.files)
}

// RemoteID is what the far end calls an outgoing message.
func (in *Inbox) RemoteID(messageID string) string {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.names[messageID]
}

// Came gets a value for each new message.
func (in *Inbox) Came() <-chan struct{} { return in.came }

// Open gives the bytes of a file, as the blob store does.
func (in *Inbox) Open(id string) (io.ReadSeekCloser, int64, error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	b, ok := in.files[id]
	if !ok {
		return nil, 0, fmt.Errorf("file %s: %w", id, fs.ErrNotExist)
	}
	return blob{io.NewSectionReader(bytesAt(b), 0, int64(len(b)))}, int64(len(b)), nil
}

type blob struct{ *io.SectionReader }

func (blob) Close() error { return nil }

type bytesAt []byte

func (b bytesAt) ReadAt(p []byte, at int64) (int, error) {
	if at >= int64(len(b)) {
		return 0, io.EOF
	}
	n := copy(p, b[at:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// Put keeps a file to be sent.
func (in *Inbox) Put(name, contentType string, b []byte) endpoints.MessageFile {
	f := endpoints.MessageFile{FileID: endpoints.NewID(), Name: name, ContentType: contentType}
	in.mu.Lock()
	defer in.mu.Unlock()
	in.files[f.FileID] = b
	return f
}

// Bots are endpoints in memory.
type Bots struct {
	mu  sync.Mutex
	all map[string]*endpoints.Endpoint
}

// Put adds or replaces a bot.
func (b *Bots) Put(e *endpoints.Endpoint) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.all == nil {
		b.all = map[string]*endpoints.Endpoint{}
	}
	b.all[e.ID] = e
}

// Drop takes one away.
func (b *Bots) Drop(id string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.all, id)
}

// Endpoint is a copy of the bot.
func (b *Bots) Endpoint(_ context.Context, id string) (*endpoints.Endpoint, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	e, ok := b.all[id]
	if !ok {
		return nil, fmt.Errorf("endpoint %q: %w", id, fs.ErrNotExist)
	}
	c, its := *e, *e.Bot
	c.Bot = &its
	return &c, nil
}

// Endpoints are those of the kinds.
func (b *Bots) Endpoints(ctx context.Context, f endpoints.EndpointFilter) ([]*endpoints.Endpoint, int, error) {
	b.mu.Lock()
	var ids []string
	for id, e := range b.all {
		if slices.Contains(f.Types, e.Kind) {
			ids = append(ids, id)
		}
	}
	b.mu.Unlock()
	var out []*endpoints.Endpoint
	for _, id := range ids {
		if e, err := b.Endpoint(ctx, id); err == nil {
			out = append(out, e)
		}
	}
	return out, len(out), nil
}
