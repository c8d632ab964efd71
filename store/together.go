package store

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"

	"ringflow/endpoints"
)

const (
	// togetherMost bounds a transaction of many, and so how long each waits.
	togetherMost = 64
	togetherTime = 30 * time.Second
	// deadlocks is how often what PostgreSQL has ended for the sake of others is written again.
	deadlocks = 5
)

// errNotWritten is what a writer is told whose batch came to no end.
var errNotWritten = errors.New("store: a fault of this server has ended the transaction")

// panicked is the panic of one writer, on its way to where he waits.
type panicked struct {
	value any
	stack []byte
}

func (p *panicked) Error() string { return fmt.Sprintf("%v\n%s", p.value, p.stack) }

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
// joins their commits by itself; those that waited for each other there run again, too. What f
// panics with goes on in who called, as if nobody else were there.
func (s *Store) together(ctx context.Context, f func(context.Context, bun.Tx) error) error {
	if s.w.Dialect().Name() == dialect.PG {
		return s.again(ctx, f)
	}
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	own := func(in context.Context, tx bun.Tx) error { return f(endpoints.Expecting(in, ctx), tx) } // not what who writes wants
	w := &writing{own, make(chan error, 1)}
	c := &s.crowd
	c.mu.Lock()
	c.waiting = append(c.waiting, w)
	c.mu.Unlock()
	end := ctx.Done()
	for {
		select {
		case err := <-w.done:
			if p := (*panicked)(nil); errors.As(err, &p) {
				panic(p)
			}
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

// again is write for an f that sets anew all that it returns: of those who wait for each other
// PostgreSQL ends one, whose turn comes when the others are done.
func (s *Store) again(ctx context.Context, f func(context.Context, bun.Tx) error) error {
	err := s.write(ctx, f)
	for range deadlocks {
		if !postgresUndone(err) {
			break
		}
		err = s.write(ctx, f)
	}
	return err
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
	told := 0
	defer func() { // whatever happens here, nobody waits for what never comes
		for _, w := range all[told:] {
			w.done <- errNotWritten
		}
	}()
	err := s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		for _, w := range all {
			if err := w.run(ctx, tx); err != nil {
				return err
			}
		}
		return nil
	})
	for _, w := range all {
		err := err
		if err != nil && n > 1 {
			err = s.write(ctx, w.run)
		}
		told++
		w.done <- err
	}
}

// run is do, in which a panic is an error: it is one writer's own.
func (w *writing) run(ctx context.Context, tx bun.Tx) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &panicked{p, debug.Stack()}
		}
	}()
	return w.do(ctx, tx)
}
