package session

import (
	"context"
	"fmt"

	"ringflow/endpoints"
)

// A live session's revision counts the changes of its record (journal.update) and of what is
// shown beside it: who is in the call, who holds it, how it stands in a queue. These have owners of
// their own, and it is readers who find out: a change between two looks that nobody has seen need not
// count. Log and legs don't count: they only grow.

// count lets r, a snapshot of the call, have the revision at which it is.
func (c *call) count(r *Record) {
	beside := fmt.Sprint(r.CallState, r.ConferenceID, r.QueueState, r.QueueMemberID, r.HeldByUserID, r.HoldReason, r.Members)
	j := c.journal
	j.mu.Lock()
	defer j.mu.Unlock()
	if !j.rec.Ended.IsZero() || beside == j.beside {
		return
	}
	j.beside = beside
	j.rec.Revision++
	if r.Revision == j.rec.Revision-1 { // else the record has changed since r was taken: r is of an older one
		r.Revision++
	}
}

// commit is the moment in which somebody from outside changes the call: it is refused with
// endpoints.ErrStale, if the call isn't as endpoints.At wants it any more. f, which must not wait, is done in the same
// moment, or refuses. Without f what follows is no value, but something to be done.
func (c *call) commit(ctx context.Context, f func(r *Record) error) error {
	want, bound := endpoints.Expected(ctx, c.id)
	if !bound && f == nil {
		return nil
	}
	if bound {
		c.snapshot() // counts what is beside the record
	}
	j := c.journal
	if err := j.commit(func(r *Record) error {
		if bound && r.Revision != want {
			return fmt.Errorf("session %q: %w", c.id, endpoints.ErrStale)
		}
		if f == nil {
			return nil
		}
		return f(r)
	}); err != nil {
		return err
	}
	j.w.put(j)
	return nil
}

// commit is update by one who may refuse.
func (j *journal) commit(f func(*Record) error) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := f(&j.rec); err != nil {
		return err
	}
	j.rec.Revision++
	j.head = true
	return nil
}
