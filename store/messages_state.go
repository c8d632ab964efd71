package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"

	"ringflow/endpoints"
)

// receiptKept is how long a receipt waits for the message that it is of.
const receiptKept = time.Hour

// follow sets the state of the message that an outbound one carries, if it is in state was: nil if not.
func (s *Store) follow(ctx context.Context, tx bun.Tx, outbound string, state endpoints.MessageState, why string, was endpoints.MessageState) (*endpoints.Message, error) {
	var ids []string
	if err := s.read(ctx, tx, &ids, outboundMessage, outbound); err != nil || len(ids) == 0 {
		return nil, err
	}
	if n, err := s.exec(ctx, tx, messageFollow, string(state), shorten(why), micros(time.Now()), ids[0], string(was)); err != nil || n == 0 {
		return nil, err
	}
	return s.changedMessage(ctx, tx, ids[0])
}

// RemoteMessage notes what the far end calls an outgoing message, and in how many parts it
// went. A receipt that was quicker counts now. One that isn't there is fs.ErrNotExist.
func (s *Store) RemoteMessage(ctx context.Context, id, remoteID string, segments int) error {
	var changed []*endpoints.Message
	err := s.together(ctx, func(ctx context.Context, tx bun.Tx) error {
		changed = nil
		if err := s.receiptTurn(ctx, tx, remoteID); err != nil {
			return err
		}
		var rows []*messageRow
		if err := s.read(ctx, tx, &rows, messageRemote, remoteID, micros(time.Now()), segments, segments, id); err != nil {
			return err
		}
		if len(rows) == 0 {
			return unknown("message", id)
		}
		if remoteID == "" {
			return nil
		}
		early, err := s.earlyReceipts(ctx, tx, rows[0], remoteID)
		for _, e := range early {
			if err == nil {
				var m *endpoints.Message
				_, m, err = s.countReceipt(ctx, tx, e)
				changed = append(changed, m)
			}
		}
		return err
	})
	if err == nil {
		s.messageChanged(changed...)
	}
	return err
}

// earlyReceipts takes those that came before m's id was noted.
func (s *Store) earlyReceipts(ctx context.Context, tx bun.Tx, m *messageRow, remoteID string) (early []*receiptRow, err error) {
	if err := s.read(ctx, tx, &early, receiptsOf, m.Channel, remoteID, m.EndpointID); err != nil || len(early) > 0 {
		return early, err
	}
	others := endpoints.OtherNotations(endpoints.Channel(m.Channel), remoteID)
	var some []int
	if len(others) == 0 {
		return nil, nil
	}
	if err := s.read(ctx, tx, &some, anyReceipt, m.Channel); err != nil || len(some) == 0 { // mostly none waits
		return nil, err
	}
	err = tx.NewDelete().Model(&early).Where("channel = ? AND remote_id IN (?) AND endpoint_id = ?", m.Channel, bun.In(others), m.EndpointID).Returning("*").Scan(ctx)
	for _, e := range early {
		e.RemoteID = remoteID
	}
	return early, err
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

// countReceipt lets a receipt count; false: there is no such message. One that has changed by it is returned.
func (s *Store) countReceipt(ctx context.Context, tx bun.Tx, r *receiptRow) (bool, *endpoints.Message, error) {
	var rows []*messageRow
	err := s.read(ctx, tx, &rows, messageTheirs, r.RemoteID, r.Channel, endpoints.MessageOut, r.EndpointID, r.EndpointID)
	if others := endpoints.OtherNotations(endpoints.Channel(r.Channel), r.RemoteID); err == nil && len(rows) == 0 && len(others) > 0 {
		// Numbers in two notations may be alike: it is of one that was not yet told of.
		err = tx.NewSelect().Model(&rows).Column("id", "state").Where("remote_id IN (?) AND remote_id <> '' AND channel = ?", bun.In(others), r.Channel).
			Where("direction || endpoint_id = ? AND state IN (?)", endpoints.MessageOut+r.EndpointID, // not by the index of all that it has sent
				bun.In([]endpoints.MessageState{endpoints.MessageQueued, endpoints.MessageSent})).Order("created DESC").Limit(1).Scan(ctx)
	}
	if err != nil || len(rows) == 0 {
		return false, nil, err
	}
	if state := rows[0].State; endpoints.MessageState(state).Final() || state == r.State {
		return true, nil, nil
	}
	_, err = tx.NewUpdate().TableExpr("messages").Set("revision = revision + 1").Set("state = ?", r.State).Set("error = ?", r.Error).Set("modified = ?", micros(time.Now())).Where("id = ?", rows[0].ID).Exec(ctx)
	if err != nil {
		return true, nil, err
	}
	m, err := s.changedMessage(ctx, tx, rows[0].ID)
	return true, m, err
}

// receiptTurn is the turn of who notes a far end's id, and of who notes what the far end tells under it: of two at
// once in PostgreSQL neither would see what the other does, and the receipt would wait for ever. SQLite has one writer.
func (s *Store) receiptTurn(ctx context.Context, tx bun.Tx, remoteID string) error {
	if remoteID == "" || s.w.Dialect().Name() != dialect.PG {
		return nil
	}
	for _, m := range endpoints.Meanings(remoteID) {
		if _, err := tx.NewRaw("SELECT pg_advisory_xact_lock(hashtextextended(?, 0))", m).Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}

// MessageReceipt notes what became of an outgoing message by the far end's id. It may come
// before that id was noted: it waits for it, an hour at most. An id that nobody has may be one that was
// given in another notation.
func (s *Store) MessageReceipt(ctx context.Context, c endpoints.Channel, endpointID, remoteID string, state endpoints.MessageState, why string) error {
	if remoteID == "" {
		return nil
	}
	var changed *endpoints.Message
	err := s.together(ctx, func(ctx context.Context, tx bun.Tx) error {
		now := time.Now()
		r := &receiptRow{Channel: string(c), RemoteID: remoteID, EndpointID: endpointID, State: string(state), Error: shorten(why), Created: micros(now)}
		var counted bool
		err := s.receiptTurn(ctx, tx, remoteID)
		if err != nil {
			return err
		}
		if counted, changed, err = s.countReceipt(ctx, tx, r); err != nil || counted || !state.Final() {
			return err
		}
		if _, err := tx.NewDelete().Model((*receiptRow)(nil)).Where("created < ?", micros(now.Add(-receiptKept))).Exec(ctx); err != nil {
			return err
		}
		_, err = tx.NewInsert().Model(r).On("CONFLICT (channel, remote_id, endpoint_id) DO UPDATE").Exec(ctx)
		return err
	})
	if err == nil {
		s.messageChanged(changed)
	}
	return err
}
