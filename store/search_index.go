package store

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/uptrace/bun"
	"go.uber.org/zap"

	"ringflow/session"
)

// gatherFor is how long sessions that ended are gathered before they are put into the
// index together, which costs less: meanwhile searches read them.
const gatherFor = time.Second

// indexer is the one that fills the indexes for searches, beside the calls: SQLite's
// always, PostgreSQL's if a database is older than they are.
type indexer struct {
	over chan struct{} // capacity 1: there is something to do
	stop context.CancelFunc
	done sync.WaitGroup
}

func newIndexer() (context.Context, *indexer) {
	ctx, cancel := context.WithCancel(context.Background())
	return ctx, &indexer{over: make(chan struct{}, 1), stop: cancel}
}

// startIndexer begins with what an earlier life has left to do.
func (s *Store) startIndexer() {
	ctx, x := newIndexer()
	s.indexer = x
	s.indexer.over <- struct{}{}
	s.indexer.done.Go(func() { s.indexAlways(ctx) })
}

// wake tells that sessions are over. It does not wait; nil has nothing to do.
func (x *indexer) wake() {
	if x == nil {
		return
	}
	select {
	case x.over <- struct{}{}:
	default:
	}
}

func (x *indexer) close() {
	if x != nil {
		x.stop()
		x.done.Wait()
	}
}

func (s *Store) indexAlways(ctx context.Context) {
	for {
		select {
		case <-s.indexer.over:
		case <-ctx.Done():
			return
		}
		gather := time.NewTimer(gatherFor)
		select {
		case <-gather.C:
		case <-ctx.Done():
			gather.Stop()
			return
		}
		for more := true; more; {
			n, err := s.indexSessions(ctx)
			more = n == indexedAtOnce
			if err == nil && !more {
				more, err = s.fillDigits(ctx)
			}
			if err != nil && ctx.Err() == nil {
				s.log.Warn("calls that are over can't be put into the index for searches; they are found all the same, slower", zap.Error(err))
			}
		}
	}
}

// indexed is one session's text for the index.
type indexed struct {
	Search                                        int64
	ID                                            string
	FromAddress, FromName, ToAddress, Destination string
}

// from and to are what it is found by.
func (r *indexed) from() string { return r.FromAddress + "\n" + r.FromName }
func (r *indexed) to() string   { return r.ToAddress + "\n" + r.Destination }

const (
	// indexedAtOnce bounds how long the writers of calls wait for the index.
	indexedAtOnce = 50
	// maxIndexed is how much of a log can be found by the index.
	maxIndexed = 1 << 20
)

// indexSessions puts sessions that are over and have changed into SQLite's index, some
// of them; it says how many those were.
func (s *Store) indexSessions(ctx context.Context) (n int, err error) {
	err = s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		var rows []indexed
		err := tx.NewSelect().TableExpr("sessions INDEXED BY sessions_search").Column("search", "id", "from_address", "from_name", "to_address", "destination").
			Where("search <= 0 AND ended <> 0").Limit(indexedAtOnce).Scan(ctx, &rows)
		if err != nil || len(rows) == 0 {
			return err
		}
		last, err := lastIndexed(ctx, tx)
		if err != nil {
			return err
		}
		for _, r := range rows {
			number := -r.Search
			if number == 0 {
				last++
				number = last
			} else if err := forget(ctx, tx, number); err != nil {
				return err
			}
			if err := index(ctx, tx, number, r); err != nil {
				return err
			}
		}
		n = len(rows)
		return nil
	})
	return n, err
}

func lastIndexed(ctx context.Context, tx bun.Tx) (int64, error) {
	var most, least int64 // MIN and MAX of one statement would read all
	if err := tx.NewSelect().TableExpr("sessions").ColumnExpr("coalesce(max(search), 0)").Scan(ctx, &most); err != nil {
		return 0, err
	}
	err := tx.NewSelect().TableExpr("sessions").ColumnExpr("coalesce(min(search), 0)").Scan(ctx, &least)
	return max(most, -least), err
}

func forget(ctx context.Context, tx bun.Tx, number int64) error {
	if _, err := tx.NewRaw("DELETE FROM session_parties WHERE rowid = ?", number).Exec(ctx); err != nil {
		return err
	}
	if _, err := tx.NewRaw("DELETE FROM session_digits WHERE rowid = ?", number).Exec(ctx); err != nil {
		return err
	}
	_, err := tx.NewRaw("DELETE FROM session_words WHERE rowid = ?", number).Exec(ctx)
	return err
}

func index(ctx context.Context, tx bun.Tx, number int64, r indexed) error {
	var chunks []string
	err := tx.NewSelect().Model((*logRow)(nil)).Column("messages").Where("session_id = ?", r.ID).Order("at", "mark").Scan(ctx, &chunks)
	if err != nil {
		return err
	}
	log := strings.Join(chunks, "\n")
	if len(log) > maxIndexed {
		log = strings.ToValidUTF8(log[:maxIndexed], "")
	}
	if _, err := tx.NewRaw("INSERT INTO session_parties (rowid, from_text, to_text) VALUES (?, ?, ?)", number, r.from(), r.to()).Exec(ctx); err != nil {
		return err
	}
	if err := indexDigits(ctx, tx, number, r); err != nil {
		return err
	}
	if _, err := tx.NewRaw("INSERT INTO session_words (rowid, log) VALUES (?, ?)", number, log).Exec(ctx); err != nil {
		return err
	}
	_, err = tx.NewRaw("UPDATE sessions SET search = ? WHERE id = ?", number, r.ID).Exec(ctx)
	return err
}

// sessionsOver tells whether a change ends a session, or adds to one that is over.
func sessionsOver(changes []session.Change) bool {
	return slices.ContainsFunc(changes, func(c session.Change) bool { return !c.Record.Ended.IsZero() })
}
