package store

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"ringflow/endpoints"
)

// rateRow is a bucket: when it is full again, as one segment comes back each so many µs.
type rateRow struct {
	Full  int64 `bun:"full_at"`
	Every int64 `bun:"every"`
}

// TextTurn gives a text of the outbox its place under all these rates, and notes in the same transaction when its
// turn is: whatever dies, and however often the text is tried, it counts once. Where it would
// have to wait longer than a rate allows it counts nowhere: that one is short, and at tells when to ask again.
//
// A bucket is one row. So a text costs as many rows as it has rates,
// however many were sent before it, and servers of one database take turns by it.
func (s *Store) TextTurn(ctx context.Context, outbound string, rates []endpoints.TextRate) (at time.Time, short *endpoints.TextRate, err error) {
	rates = slices.Clone(rates)
	slices.SortFunc(rates, func(a, b endpoints.TextRate) int { return strings.Compare(a.Key, b.Key) }) // two servers don't wait for each other
	err = s.together(ctx, func(ctx context.Context, tx bun.Tx) error {
		now := time.Now()
		at, short = now, nil
		if err := s.lightly(ctx, tx); err != nil {
			return err
		}
		full := make([]time.Time, len(rates))
		for i, r := range rates {
			var rows []rateRow
			if err := s.read(ctx, tx, &rows, textRate, r.Key, micros(now), r.Every.Microseconds()); err != nil {
				return err
			}
			var wait time.Duration
			if wait, full[i] = r.Wait(fromMicros(rows[0].Full), time.Duration(rows[0].Every)*time.Microsecond, now); now.Add(wait).After(at) {
				at = now.Add(wait)
			}
			if wait > r.Ahead && short == nil {
				short = &rates[i]
			}
		}
		if short != nil {
			return nil
		}
		for i, r := range rates {
			if _, err := s.exec(ctx, tx, textRateThen, micros(full[i]), r.Every.Microseconds(), r.Key); err != nil {
				return err
			}
		}
		_, err := s.exec(ctx, tx, outboundTurn, micros(at), outbound)
		return err
	})
	return at, short, err
}

// forgetRates forgets the buckets that are full.
func (s *Store) forgetRates(ctx context.Context) error {
	now := micros(time.Now())
	some, err := s.r.NewSelect().TableExpr("text_rates").ColumnExpr("1").Where("full_at < ?", now).Limit(1).Exists(ctx)
	if err != nil || !some {
		return err
	}
	return s.together(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewDelete().TableExpr("text_rates").Where("full_at < ?", now).Exec(ctx)
		return err
	})
}
