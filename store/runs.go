package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"ringflow/session"
)

// A run is one life of a server process. The sessions that it writes carry its
// id; what a dead run left open was alive at its last heartbeat.
type runRow struct {
	bun.BaseModel `bun:"table:runs,alias:r"`
	ID            string `bun:"id,pk"`
	Node          string `bun:"node"`
	Heartbeat     int64  `bun:"heartbeat"`
}

// ServerFailure is the outcome of a session whose server died.
const ServerFailure = "server failure"

// untold is how many revisions of a session a dead server may have told of that it didn't
// save: none of those may come again.
const untold = 1 << 20

// silent is how long a run of another server may say nothing before its
// sessions are taken for lost.
const silent = time.Minute

func (s *Store) beginRun(ctx context.Context) error {
	return s.write(ctx, func(ctx context.Context, tx bun.Tx) error { return s.touchRun(ctx, tx, time.Now()) })
}

// touchRun notes that this run lives. Of one that had nothing to tell for long,
// another server may have removed the row: then it is there again.
func (s *Store) touchRun(ctx context.Context, tx bun.Tx, t time.Time) error {
	_, err := tx.NewInsert().Model(&runRow{ID: s.run, Node: s.node, Heartbeat: micros(t)}).On("CONFLICT (id) DO UPDATE").Exec(ctx)
	return err
}

// Heartbeat notes that the sessions of this server live at t. It is one row,
// however many they are; without any there is nothing to note.
func (s *Store) Heartbeat(ctx context.Context, ids []string, t time.Time) error {
	if len(ids) == 0 {
		return nil
	}
	return s.write(ctx, func(ctx context.Context, tx bun.Tx) error { return s.touchRun(ctx, tx, t) })
}

// CloseOrphans closes what earlier runs of this server left open, and what
// other servers on the same database did that have been silent for a minute:
// outcome "server failure", ended when they were last known to live. It says
// how many there were. Call it at the start, and now and then.
func (s *Store) CloseOrphans(ctx context.Context) (n int, err error) {
	err = s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		n = 0
		var dead []*runRow
		err := tx.NewSelect().Model(&dead).Where("id <> ? AND (node = ? OR heartbeat < ?)", s.run, s.node, micros(time.Now().Add(-silent))).Scan(ctx)
		if err != nil {
			return err
		}
		for _, r := range dead {
			closed, err := s.closeRun(ctx, tx, r)
			if err != nil {
				return err
			}
			n += closed
		}
		return nil
	})
	return n, err
}

func (s *Store) closeRun(ctx context.Context, tx bun.Tx, r *runRow) (int, error) {
	var open []*sessionRow
	if err := tx.NewSelect().Model(&open).Where("run = ? AND ended = 0", r.ID).Order("id").Scan(ctx); err != nil {
		return 0, err
	}
	logs := make([]*logRow, 0, len(open))
	for _, row := range open {
		row.Ended = max(r.Heartbeat, row.Touched, row.Started, row.Answered)
		row.Outcome, row.CallState = ServerFailure, string(session.Disconnected)
		row.Revision += untold
		logs = append(logs, newLogRow(row.ID, []session.LogLine{{Date: fromMicros(row.Ended), Message: "The server failed. This is when the session was last known to live."}}))
		if _, err := tx.NewUpdate().Model((*legRow)(nil)).Set("ended = CASE WHEN started > ?0 THEN started ELSE ?0 END, cause = ?1", row.Ended, ServerFailure).
			Where("session_id = ? AND ended = 0", row.ID).Exec(ctx); err != nil {
			return 0, err
		}
	}
	if err := upsert(ctx, s, tx, open); err != nil {
		return 0, err
	}
	if err := upsert(ctx, s, tx, logs); err != nil {
		return 0, err
	}
	ended := make([]session.Change, len(open))
	for i, row := range open {
		ended[i].Record = row.record()
	}
	if err := s.recall(ctx, tx, ended); err != nil {
		return 0, err
	}
	if _, err := s.tellSessions(ctx, tx, ended); err != nil {
		return 0, err
	}
	_, err := tx.NewDelete().Model((*runRow)(nil)).Where("id = ?", r.ID).Exec(ctx)
	return len(open), err
}
