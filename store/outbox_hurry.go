package store

import (
	"context"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"ringflow/endpoints"
)

// hurryRest is between two tries of a message that was tried more than once, however often its
// addressee comes and goes.
const hurryRest = 5 * time.Second

// HurryOutbound lets messages leave now that wait for their next try, as what they are for is there
// again: those of an account and channel to one of these addresses, in any case. It says how many.
func (s *Store) HurryOutbound(ctx context.Context, accountID string, c endpoints.Channel, to []string) (n int, err error) {
	all := make([]string, len(to))
	for i, a := range to {
		all[i] = strings.ToLower(text([]string{a}))
	}
	if len(all) == 0 {
		return 0, nil
	}
	now := time.Now()
	waits := func(q bun.QueryBuilder) bun.QueryBuilder {
		return q.Where("state = ? AND next_try > ? AND account_id = ? AND channel = ? AND lower(to_addresses) IN (?)", endpoints.OutQueued, micros(now), accountID, c, bun.In(all))
	}
	q := s.r.NewSelect().TableExpr("outbox").ColumnExpr("1")
	waits(q.QueryBuilder())
	if there, err := q.Exists(ctx); err != nil || !there { // mostly nothing waits, and looking needs no turn among the writers
		return 0, err
	}
	err = s.together(ctx, func(ctx context.Context, tx bun.Tx) error {
		q := tx.NewUpdate().TableExpr("outbox").
			Set("next_try = CASE WHEN tries <= 1 OR modified <= ?0 THEN ?1 WHEN next_try < modified + ?2 THEN next_try ELSE modified + ?2 END",
				micros(now.Add(-hurryRest)), micros(now), hurryRest.Microseconds())
		waits(q.QueryBuilder())
		res, err := q.Exec(ctx)
		if err != nil {
			return err
		}
		rows, err := res.RowsAffected()
		n = int(rows)
		return err
	})
	return n, err
}
