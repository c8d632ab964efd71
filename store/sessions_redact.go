package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"ringflow/endpoints"
	"ringflow/session"
)

// RedactRecord takes everything out of a session that is over which tells who spoke with
// whom, and what of: numbers, names, what was dialled, its log, of which note alone is left,
// and the rows of its recordings and messages, whose bytes are the caller's to remove. What
// it counts for stays: account, customer, endpoint, flow, times, outcome. An unknown session
// is fs.ErrNotExist, one that is live *endpoints.Invalid. endpoints.At may bind it to a revision.
func (s *Store) RedactRecord(ctx context.Context, id, note string) (files []*endpoints.File, err error) {
	err = s.again(ctx, func(ctx context.Context, tx bun.Tx) error {
		files = nil
		ofSession := tx.NewSelect().TableExpr("messages").Column("chat_id").Where("session_id = ? AND session_id <> ''", id)
		if err := hold(ctx, tx, tx.NewSelect().TableExpr("chats").Where("id IN (?)", ofSession)); err != nil {
			return err
		}
		if err := checkAt(ctx, tx, "sessions", "session", id); err != nil {
			return err
		}
		row := new(sessionRow)
		if err := tx.NewSelect().Model(row).Where("id = ?", id).Scan(ctx); err != nil {
			return one(err, "session", id)
		}
		if row.Ended == 0 {
			return invalid("sessionId", "is a live session: what it says now would be kept")
		}
		var rows []*fileRow
		if err := tx.NewSelect().Model(&rows).Where("session_id = ?", id).Order("id").Scan(ctx); err != nil {
			return err
		}
		for _, r := range rows {
			files = append(files, r.file())
		}
		var messages []*messageRow
		if err := locked(tx, tx.NewSelect().Model(&messages).Where("session_id = ? AND session_id <> ''", id).Order("id")).Scan(ctx); err != nil {
			return err
		}
		if err := s.redactMessages(ctx, tx, messages, true); err != nil {
			return err
		}
		if err := forgetParty(ctx, tx, id); err != nil {
			return err
		}
		for _, table := range []string{"files", "session_log"} {
			if _, err := tx.NewDelete().TableExpr("?", bun.Ident(table)).Where("session_id = ?", id).Exec(ctx); err != nil {
				return err
			}
		}
		if _, err := tx.NewUpdate().TableExpr("legs").Set("from_party = '', to_party = '', sip_call_id = ''").Where("session_id = ?", id).Exec(ctx); err != nil {
			return err
		}
		_, err := tx.NewUpdate().TableExpr("sessions").
			Set("revision = revision + 1").
			Set("from_address = '', from_name = '', to_address = '', destination = '', answered_by_name = '', console_data = '', sip_call_id = ''").
			Where("id = ?", id).Exec(ctx)
		if err != nil {
			return err
		}
		return upsert(ctx, s, tx, []*logRow{newLogRow(id, []session.LogLine{{Date: time.Now().UTC(), Message: note}})})
	})
	return files, err
}
