package store

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"

	"ringflow/endpoints"
)

// ClaimOutbound takes messages of these channels that are due, the longest
// waiting first and as many as most: nobody else gets them for as long as the
// lease. Each counts as a try from now on, so what kills a server is counted too.
func (s *Store) ClaimOutbound(ctx context.Context, channels []endpoints.Channel, most int, lease time.Duration) ([]*endpoints.Outbound, error) {
	if len(channels) == 0 || most <= 0 {
		return nil, nil
	}
	// Mostly nothing is due, and looking needs no turn among the writers.
	of := wordsOf(channels)
	now := micros(time.Now())
	due, err := s.has(ctx, anyOutboundQueued, now, of)
	if err == nil && !due {
		due, err = s.has(ctx, anyOutboundLeft, now, s.node, s.run, of)
	}
	if err != nil || !due {
		return nil, err
	}
	var out []*endpoints.Outbound
	var changed []*endpoints.Message
	err = s.together(ctx, func(ctx context.Context, tx bun.Tx) error {
		out, changed = nil, nil
		now := time.Now()
		rows, err := s.dueOutbound(ctx, tx, of, micros(now), most)
		if err != nil {
			return err
		}
		for _, r := range rows {
			r.Claim, r.ClaimNode, r.ClaimRun, r.ClaimUntil = endpoints.NewID(), s.node, s.run, micros(now.Add(lease))
			r.State, r.Modified = string(endpoints.OutSending), micros(now)
			r.Tries++
			m, err := s.outbound(r)
			if err != nil { // it would stand in the way of all others for ever
				r.State, r.LastError = string(endpoints.OutFailed), shorten(err.Error())
			}
			if _, updated := s.exec(ctx, tx, outboundClaim, r.State, r.Modified, r.Tries, r.LastError, r.Claim, r.ClaimNode, r.ClaimRun, r.ClaimUntil, r.ID); updated != nil {
				return updated
			}
			if err == nil {
				out = append(out, m)
				continue
			}
			failed, err := s.follow(ctx, tx, r.ID, endpoints.MessageFailed, r.LastError, endpoints.MessageQueued)
			if err != nil {
				return err
			}
			changed = append(changed, failed)
		}
		return nil
	})
	if err == nil {
		s.messageChanged(changed...)
	}
	return out, err
}

// AbandonOutbound gives up messages of all channels but these, the first pruneBatch of them, that
// were put before a time, or are of no use any more: nobody sends them, and they wait for nothing.
// It says how many.
func (s *Store) AbandonOutbound(ctx context.Context, but []endpoints.Channel, before time.Time, why string) (int, error) {
	lost := func(q *bun.SelectQuery) *bun.SelectQuery {
		now := micros(time.Now())
		if len(but) > 0 {
			q.Where("channel NOT IN (?)", bun.In(slices.Clone(but)))
		}
		return q.Where("(state = ? OR state = ? AND claim_until <= ?)", endpoints.OutQueued, endpoints.OutSending, now).
			Where("(begun < ? OR expires > 0 AND expires <= ?)", micros(before), now).Limit(pruneBatch)
	}
	some, err := lost(s.r.NewSelect().TableExpr("outbox").ColumnExpr("1")).Exists(ctx)
	if err != nil || !some {
		return 0, err
	}
	n := 0
	var changed []*endpoints.Message
	err = s.together(ctx, func(ctx context.Context, tx bun.Tx) error {
		n, changed = 0, nil
		var rows []*outboxRow
		if err := skipLocked(tx, lost(tx.NewSelect().Model(&rows).Column("id", "channel"))).Scan(ctx); err != nil {
			return err
		}
		for _, r := range rows {
			_, err := tx.NewUpdate().TableExpr("outbox").Set("body = CASE WHEN secret THEN '' ELSE body END").Set("state = ?", endpoints.OutFailed).Set("claim = ''").Set("modified = ?", micros(time.Now())).
				Set("last_error = ?", shorten(why+": "+r.Channel)).Where("id = ?", r.ID).Exec(ctx)
			if err != nil {
				return err
			}
			m, err := s.follow(ctx, tx, r.ID, endpoints.MessageFailed, why+": "+r.Channel, endpoints.MessageQueued)
			if err != nil {
				return err
			}
			changed = append(changed, m)
		}
		n = len(rows)
		return nil
	})
	if err == nil {
		s.messageChanged(changed...)
	}
	return n, err
}

// dueOutbound are messages that are due: those that a dead server was sending, and then those
// whose time has come, in a lane only the first that hasn't left. That a server is dead is known of this one's
// earlier lives at once, and of others when their claim has run out.
func (s *Store) dueOutbound(ctx context.Context, tx bun.Tx, of string, now int64, most int) ([]*outboxRow, error) {
	var left, queued []*outboxRow
	err := s.read(ctx, tx, &left, outboundLeft, now, s.node, s.run, of, most)
	if err == nil && len(left) < most {
		err = s.read(ctx, tx, &queued, outboundQueued, now, of, most-len(left))
	}
	return append(left, queued...), err
}

// wordsOf are channels as one text, each between spaces.
func wordsOf(channels []endpoints.Channel) string {
	var b strings.Builder
	for _, c := range channels {
		b.WriteString(" " + string(c) + " ")
	}
	return b.String()
}

// skipLocked chooses for us alone, without those that another server is choosing just now;
// SQLite has one writer anyway.
func skipLocked(tx bun.Tx, q *bun.SelectQuery) *bun.SelectQuery {
	if tx.Dialect().Name() == dialect.PG {
		q.For("UPDATE SKIP LOCKED")
	}
	return q
}

// What became of a message is told by who has its claim. Another's claim is
// fs.ErrNotExist, and changes nothing.

// SentOutbound notes that the message was sent. note tells whom it didn't reach.
func (s *Store) SentOutbound(ctx context.Context, id, claim, note string) error {
	return s.settle(ctx, id, claim, func(ctx context.Context, tx bun.Tx) (int64, error) {
		return s.over(ctx, tx, endpoints.OutSent, time.Now(), note, id, claim)
	}, endpoints.MessageSent, "")
}

// FailOutbound gives the message up.
func (s *Store) FailOutbound(ctx context.Context, id, claim, why string) error {
	return s.settle(ctx, id, claim, func(ctx context.Context, tx bun.Tx) (int64, error) {
		return s.over(ctx, tx, endpoints.OutFailed, time.Time{}, why, id, claim)
	}, endpoints.MessageFailed, why)
}

// RetryOutbound lets the message wait for its next try.
func (s *Store) RetryOutbound(ctx context.Context, id, claim string, at time.Time, why string) error {
	return s.settle(ctx, id, claim, func(ctx context.Context, tx bun.Tx) (int64, error) {
		return s.exec(ctx, tx, outboundLater, micros(time.Now()), string(endpoints.OutQueued), micros(at), shorten(why), id, claim, string(endpoints.OutSending))
	}, "", "")
}

// over notes the end of a message, and forgets what may not be kept of it.
func (s *Store) over(ctx context.Context, tx bun.Tx, state endpoints.OutState, sent time.Time, note, id, claim string) (int64, error) {
	return s.exec(ctx, tx, outboundSettled, micros(time.Now()), string(state), micros(sent), shorten(note), id, claim, string(endpoints.OutSending))
}

// settle notes what became of a message that was claimed, of its Message too; "": nothing yet.
func (s *Store) settle(ctx context.Context, id, claim string, set func(context.Context, bun.Tx) (int64, error), then endpoints.MessageState, why string) error {
	var changed *endpoints.Message
	err := s.together(ctx, func(ctx context.Context, tx bun.Tx) error {
		changed = nil
		n, err := set(ctx, tx)
		if err == nil && n == 0 {
			return lostClaim(id)
		}
		if err != nil || then == "" {
			return err
		}
		changed, err = s.follow(ctx, tx, id, then, why, endpoints.MessageQueued)
		return err
	})
	if err == nil {
		s.messageChanged(changed)
	}
	return err
}
