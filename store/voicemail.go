package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"

	"ringflow/endpoints"
)

// Box counts what is in the voicemail box of a user or a team.
func (s *Store) Box(ctx context.Context, owner string) (endpoints.Box, error) {
	var rows []struct {
		Unread bool
		N      int
	}
	err := s.r.NewSelect().TableExpr("files").Column("unread").ColumnExpr("COUNT(*) AS n").
		Where("user_id = ? AND user_id <> '' AND type = ?", owner, string(endpoints.VoiceMessage)).GroupExpr("unread").Scan(ctx, &rows)
	var b endpoints.Box
	for _, r := range rows {
		if r.Unread {
			b.New = r.N
		} else {
			b.Saved = r.N
		}
	}
	return b, err
}

// MarkMessage makes a voice message new or saved; a file that is none is fs.ErrNotExist.
func (s *Store) MarkMessage(ctx context.Context, id string, unread bool) error {
	return s.change(ctx, func(ctx context.Context, tx bun.Tx) error {
		res, err := tx.NewUpdate().TableExpr("files").Set("revision = revision + 1").Set("unread = ?", unread).Set("modified = ?", micros(time.Now())).
			Where("id = ? AND type = ?", id, string(endpoints.VoiceMessage)).Exec(ctx)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n > 0 {
			return err
		}
		return unknown("voice message", id)
	})
}

// ChangeVoicemail changes the box of a user or a team and nothing else of it:
// its owner does so by phone while somebody else changes the rest.
func (s *Store) ChangeVoicemail(ctx context.Context, id string, change func(*endpoints.Voicemail) error) error {
	return s.change(ctx, func(ctx context.Context, tx bun.Tx) error {
		var r endpointRow
		q := tx.NewSelect().Model(&r).Where("id = ?", id)
		if tx.Dialect().Name() == dialect.PG { // SQLite has one writer anyway
			q.For("UPDATE")
		}
		if err := q.Scan(ctx); err != nil {
			return one(err, "endpoint", id)
		}
		e, err := s.endpoint(&r)
		if err != nil {
			return err
		}
		if err := change(&e.Voicemail); err != nil {
			return err
		}
		if err := e.Voicemail.Validate(); err != nil {
			return err
		}
		e.DateLastModified = time.Now()
		e.Revision++
		now, err := s.fromEndpoint(e, nil)
		if err != nil {
			return err
		}
		_, err = tx.NewUpdate().Model(now).Column("voicemail", "secrets", "modified", "revision").WherePK().Exec(ctx)
		return err
	})
}
