package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"ringflow/endpoints"
)

// deletedAtOnce bounds how long a deletion keeps the writers of calls waiting.
const deletedAtOnce = 500

// DeleteRecords removes an account's sessions that started in [start, end) and
// are over, the oldest 500 at most, with their messages and the rows of their recordings and attachments: it says
// how many sessions there were, and whose bytes are the caller's to remove. Each of
// them is announced before any row goes; an error of that leaves all as it is. Call it
// again until none was left.
func (s *Store) DeleteRecords(ctx context.Context, accountID string, start, end time.Time, announce func(recording string) error) (n int, recordings []string, err error) {
	if accountID == "" {
		return 0, nil, invalid("accountId", "is missing")
	}
	err = s.again(ctx, func(ctx context.Context, tx bun.Tx) error {
		n, recordings = 0, nil
		var ids []string
		chosen := tx.NewSelect().Model((*sessionRow)(nil)).Column("id").Where("account_id = ? AND ended <> 0", accountID)
		between(chosen, "started", start, end)
		if err := chosen.Order("started", "id").Limit(deletedAtOnce).Scan(ctx, &ids); err != nil || len(ids) == 0 {
			return err
		}
		err := tx.NewSelect().TableExpr("files").Column("id").Where("session_id IN (?) AND type IN (?)", bun.In(ids), bun.In([]endpoints.FileType{endpoints.CallRecording, endpoints.Attachment})).Order("id").Scan(ctx, &recordings)
		if err != nil {
			return err
		}
		for _, id := range recordings {
			if err := announce(id); err != nil {
				return err
			}
		}
		if len(recordings) > 0 {
			if _, err := tx.NewDelete().TableExpr("files").Where("id IN (?)", bun.In(recordings)).Exec(ctx); err != nil {
				return err
			}
		}
		for _, table := range []string{"session_log", "legs", "session_callbacks"} {
			if _, err := tx.NewDelete().TableExpr("?", bun.Ident(table)).Where("session_id IN (?)", bun.In(ids)).Exec(ctx); err != nil {
				return err
			}
		}
		if err := s.deleteMessages(ctx, tx, accountID, ids); err != nil {
			return err
		}
		_, err = tx.NewDelete().TableExpr("sessions").Where("id IN (?)", bun.In(ids)).Exec(ctx)
		n = len(ids)
		return err
	})
	return n, recordings, err
}
