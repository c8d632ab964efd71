package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"ringflow/endpoints"
)

// receiptKept is how long a receipt waits for the message that it is of.
const receiptKept = time.Hour

// follow sets the state of the message that an outbound one carries, if it is in state was.
func follow(ctx context.Context, tx bun.Tx, outbound string, state endpoints.MessageState, why string, was endpoints.MessageState) error {
	_, err := tx.NewUpdate().TableExpr("messages").Set("state = ?", state).Set("error = ?", shorten(why)).Set("modified = ?", micros(time.Now())).
		Where("id = (SELECT message_id FROM outbox WHERE id = ?) AND state = ?", outbound, was).Exec(ctx)
	return err
}

// RemoteMessage notes what the far end calls an outgoing message, and in how many parts it
// went. A receipt that was quicker counts now. One that isn't there is fs.ErrNotExist.
func (s *Store) RemoteMessage(ctx context.Context, id, remoteID string, segments int) error {
	return s.together(ctx, func(ctx context.Context, tx bun.Tx) error {
		var r messageRow
		if err := tx.NewSelect().Model(&r).Column("endpoint_id", "channel").Where("id = ?", id).Scan(ctx); err != nil {
			return one(err, "message", id)
		}
		q := tx.NewUpdate().TableExpr("messages").Set("remote_id = ?", remoteID).Set("modified = ?", micros(time.Now())).Where("id = ?", id)
		if segments > 0 {
			q.Set("segments = ?", segments)
		}
		if _, err := q.Exec(ctx); err != nil || remoteID == "" {
			return err
		}
		var early []*receiptRow
		err := tx.NewDelete().Model(&early).Where("channel = ? AND remote_id = ? AND endpoint_id IN (?, '')", r.Channel, remoteID, r.EndpointID).Returning("*").Scan(ctx)
		for _, e := range early {
			if err == nil {
				_, err = e.count(ctx, tx)
			}
		}
		return err
	})
}

// receiptRow is what the far end told of a message.
type receiptRow struct {
	bun.BaseModel `bun:"table:message_receipts"`
	Channel       string `bun:"channel,pk"`
	RemoteID      string `bun:"remote_id,pk"`
	EndpointID    string `bun:"endpoint_id,pk"` // empty: of whomever
	State         string `bun:"state"`
	Error         string `bun:"error"`
	Created       int64  `bun:"created"`
}

// count lets a receipt count; false: there is no such message.
func (r *receiptRow) count(ctx context.Context, tx bun.Tx) (bool, error) {
	var rows []*messageRow
	q := tx.NewSelect().Model(&rows).Column("id", "state").Where("remote_id = ? AND channel = ? AND direction = ?", r.RemoteID, r.Channel, endpoints.MessageOut)
	if r.EndpointID != "" {
		q.Where("endpoint_id = ?", r.EndpointID)
	}
	if err := q.Order("created DESC").Limit(1).Scan(ctx); err != nil || len(rows) == 0 {
		return false, err
	}
	if endpoints.MessageState(rows[0].State).Final() {
		return true, nil
	}
	_, err := tx.NewUpdate().TableExpr("messages").Set("state = ?", r.State).Set("error = ?", r.Error).Set("modified = ?", micros(time.Now())).Where("id = ?", rows[0].ID).Exec(ctx)
	return true, err
}

// MessageReceipt notes what became of an outgoing message by the far end's id. It may come
// before that id was noted: it waits for it, an hour at most.
func (s *Store) MessageReceipt(ctx context.Context, c endpoints.Channel, endpointID, remoteID string, state endpoints.MessageState, why string) error {
	if remoteID == "" {
		return nil
	}
	return s.together(ctx, func(ctx context.Context, tx bun.Tx) error {
		now := time.Now()
		r := &receiptRow{Channel: string(c), RemoteID: remoteID, EndpointID: endpointID, State: string(state), Error: shorten(why), Created: micros(now)}
		if counted, err := r.count(ctx, tx); err != nil || counted || !state.Final() {
			return err
		}
		if _, err := tx.NewDelete().Model((*receiptRow)(nil)).Where("created < ?", micros(now.Add(-receiptKept))).Exec(ctx); err != nil {
			return err
		}
		_, err := tx.NewInsert().Model(r).On("CONFLICT (channel, remote_id, endpoint_id) DO UPDATE").Exec(ctx)
		return err
	})
}
