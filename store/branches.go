package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"ringflow/session"
)

// branchRow is an asynchronous branch of a session's flow that has not ended.
// It carries the run that works at it: what a dead run left is taken up by the
// next.
type branchRow struct {
	bun.BaseModel `bun:"table:branches,alias:b"`
	ID            string `bun:"id,pk"`
	Run           string `bun:"run"`
	SessionID     string `bun:"session_id"`
	FileID        string `bun:"file_id"`
	Created       int64  `bun:"created"`
	Tries         int    `bun:"tries"`
	Body          string `bun:"body"` // sealed: it has the session's secrets
}

// PutBranch keeps a branch, which this server works at, or replaces it.
func (s *Store) PutBranch(ctx context.Context, b session.StoredBranch) error {
	return s.write(ctx, func(ctx context.Context, tx bun.Tx) error { return s.putBranch(ctx, tx, b) })
}

// putBranch is PutBranch within a transaction of more.
func (s *Store) putBranch(ctx context.Context, tx bun.Tx, b session.StoredBranch) error {
	now := time.Now()
	if err := s.touchRun(ctx, tx, now); err != nil {
		return err
	}
	return put(ctx, tx, &branchRow{
		ID: b.ID, Run: s.run, SessionID: b.SessionID, FileID: b.FileID, Created: micros(now), Tries: b.Tries,
		Body: s.seal.close("branches/"+b.ID, string(b.Body)),
	})
}

// DeleteBranch forgets a branch that has ended; one that isn't there is
// forgotten already.
func (s *Store) DeleteBranch(ctx context.Context, id string) error {
	return s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewDelete().TableExpr("branches").Where("id = ?", id).Exec(ctx)
		return err
	})
}

// TakeBranches takes over branches of runs that are dead, the oldest first and
// as many as most: no other server gets them. Call CloseOrphans before, which
// finds out who is dead.
func (s *Store) TakeBranches(ctx context.Context, most int) ([]session.StoredBranch, error) {
	var out []session.StoredBranch
	err := s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		out = nil
		var rows []*branchRow
		living := tx.NewSelect().TableExpr("runs").Column("id")
		if err := tx.NewSelect().Model(&rows).Where("run NOT IN (?)", living).Order("created", "id").Limit(int64(most)).Scan(ctx); err != nil {
			return err
		}
		for _, r := range rows {
			res, err := tx.NewUpdate().Model((*branchRow)(nil)).Set("run = ?", s.run).Set("tries = tries + 1").Where("id = ? AND run = ?", r.ID, r.Run).Exec(ctx)
			if err != nil {
				return err
			}
			if n, err := res.RowsAffected(); err != nil || n == 0 { // another server was first
				continue
			}
			body, err := s.seal.open("branches/"+r.ID, r.Body)
			if err != nil {
				return err
			}
			out = append(out, session.StoredBranch{ID: r.ID, SessionID: r.SessionID, FileID: r.FileID, Tries: r.Tries + 1, Body: []byte(body)})
		}
		return nil
	})
	return out, err
}
