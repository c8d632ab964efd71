package store

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"
)

const (
	// togetherMost bounds a transaction of many, and so how long each waits.
	togetherMost = 64
	togetherTime = 30 * time.Second
)

// crowd is who waits to be written. A commit of SQLite costs more than what is in it,
// so those who come while one is on its way share the next.
type crowd struct {
	turn chan struct{} // who has it writes

	mu      sync.Mutex
	waiting []*writing
}

// writing is one who waits.
type writing struct {
	do   func(context.Context, bun.Tx) error
	done chan error // 1 deep
}

// together runs f in a transaction, perhaps with others' in it: f may run again, when
// that one fails, and sets all that it returns anew. PostgreSQL's writers need no turn, and it
// joins their commits by itself.
func (s *Store) together(ctx context.Context, f func(context.Context, bun.Tx) error) error {
	if s.w.Dialect().Name() == dialect.PG {
		return s.write(ctx, f)
	}
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	w := &writing{f, make(chan error, 1)}
	c := &s.crowd
	c.mu.Lock()
	c.waiting = append(c.waiting, w)
	c.mu.Unlock()
	end := ctx.Done()
	for {
		select {
		case err := <-w.done:
			return err
		case c.turn <- struct{}{}:
			s.writeCrowd(ctx)
		case <-end:
			if c.leaves(w) {
				return context.Cause(ctx)
			}
			end = nil // it is being written
		}
	}
}

// leaves takes w out; false: it is being written, or has been.
func (c *crowd) leaves(w *writing) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	i := slices.Index(c.waiting, w)
	if i >= 0 {
		c.waiting = slices.Delete(c.waiting, i, i+1)
	}
	return i >= 0
}

// writeCrowd, which has the turn, writes those who wait. What one of many fails
// by is its own: then each is written alone.
func (s *Store) writeCrowd(ctx context.Context) {
	defer func() { <-s.crowd.turn }()
	s.crowd.mu.Lock()
	n := min(len(s.crowd.waiting), togetherMost)
	all := slices.Clone(s.crowd.waiting[:n])
	s.crowd.waiting = slices.Delete(s.crowd.waiting, 0, n)
	s.crowd.mu.Unlock()
	if n == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), togetherTime) // it is not ours alone
	defer cancel()
	err := s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		for _, w := range all {
			if err := w.do(ctx, tx); err != nil {
				return err
			}
		}
		return nil
	})
	for _, w := range all {
		if err != nil && n > 1 {
			w.done <- s.write(ctx, w.do)
			continue
		}
		w.done <- err
	}
}
