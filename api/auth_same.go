package api

import (
	"context"
	"crypto/sha256"
	"sync"
)

// sameTries has those who come with the same name and password from the same source at
// the same moment wait for the first of them: a program that begins with twenty requests
// at once makes one try, not twenty.
type sameTries struct {
	mu      sync.Mutex
	running map[[sha256.Size]byte]*sameTry
}

type sameTry struct {
	done chan struct{}
	err  error
	gone bool // who made it went away before it was known
}

// do makes a try, or waits for the one that is being made.
func (t *sameTries) do(ctx context.Context, source, user, hash, password string, try func() error) error {
	sum := sha256.New()
	for _, part := range []string{source, user, hash, password} {
		_, _ = sum.Write([]byte(part + "\x00"))
	}
	key := [sha256.Size]byte(sum.Sum(nil))
	for {
		t.mu.Lock()
		first := t.running[key]
		if first == nil {
			return t.make(ctx, key, try) // unlocks
		}
		t.mu.Unlock()
		select {
		case <-first.done:
		case <-ctx.Done():
			return ctx.Err()
		}
		if !first.gone {
			return first.err
		}
	}
}

// make is called with the lock held.
func (t *sameTries) make(ctx context.Context, key [sha256.Size]byte, try func() error) error {
	mine := &sameTry{done: make(chan struct{}), gone: true}
	if t.running == nil {
		t.running = map[[sha256.Size]byte]*sameTry{}
	}
	t.running[key] = mine
	t.mu.Unlock()
	defer func() {
		t.mu.Lock()
		delete(t.running, key)
		t.mu.Unlock()
		close(mine.done)
	}()
	mine.err = try()
	mine.gone = ctx.Err() != nil
	return mine.err
}
