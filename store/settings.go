package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"ringflow/endpoints"
)

type settingsRow struct {
	bun.BaseModel `bun:"table:settings,alias:s"`
	AccountID     string `bun:"account_id,pk"`
	Body          string `bun:"body"`
	Revision      int64  `bun:"revision"`
}

// Settings are the account's, with our defaults for what it never changed.
func (s *Store) Settings(ctx context.Context, accountID string) (*endpoints.Settings, error) {
	return s.settings(ctx, s.r, accountID)
}

func (s *Store) settings(ctx context.Context, db bun.IDB, accountID string) (*endpoints.Settings, error) {
	var rows []struct {
		Body     *string
		Revision int64
	}
	err := db.NewSelect().TableExpr("accounts AS a").ColumnExpr("s.body, coalesce(s.revision, 1) AS revision").Join("LEFT JOIN settings AS s ON s.account_id = a.id").Where("a.id = ?", accountID).Scan(ctx, &rows)
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, unknown("account", accountID)
	}
	v := endpoints.DefaultSettings(accountID)
	if rows[0].Body != nil {
		err = s.seal.openSettings(accountID, *rows[0].Body, v)
	}
	v.Revision = rows[0].Revision
	return v, err
}

// RetentionDays are for how many days the accounts that delete recordings keep
// them, by the account's id.
func (s *Store) RetentionDays(ctx context.Context) (map[string]int, error) {
	var rows []*settingsRow
	if err := s.r.NewSelect().Model(&rows).Scan(ctx); err != nil {
		return nil, err
	}
	days := map[string]int{}
	for _, r := range rows {
		var v struct{ RecordingRetentionDays *int }
		if err := fromText("settings", r.Body, &v); err != nil {
			return nil, err
		}
		if n := v.RecordingRetentionDays; n != nil && *n > 0 {
			days[r.AccountID] = *n
		}
	}
	return days, nil
}

// PutSettings keeps an account's settings, unless they have changed since they
// were read (endpoints.ErrStale).
func (s *Store) PutSettings(ctx context.Context, v *endpoints.Settings) (err error) {
	if err := v.Validate(); err != nil {
		return err
	}
	v.DateLastModified = time.Now().UTC().Truncate(time.Microsecond)
	was := v.Revision
	defer func() {
		if err != nil {
			v.Revision = was
		}
	}()
	return s.change(ctx, func(ctx context.Context, tx bun.Tx) error { return s.putSettings(ctx, tx, v) })
}

func (s *Store) putSettings(ctx context.Context, tx bun.Tx, v *endpoints.Settings) error {
	if err := mustExist(ctx, tx, "accounts", "accountId", v.AccountID, ""); err != nil {
		return err
	}
	if _, err := revisedRow(ctx, tx, "accounts", v.AccountID); err != nil { // held: there may be no row of settings yet
		return err
	}
	now, err := s.settings(ctx, tx, v.AccountID)
	if err != nil {
		return err
	}
	if v.Revision != 0 && v.Revision != now.Revision {
		return stale("settings of account", v.AccountID)
	}
	next := now.Revision + 1
	if _, err = tx.NewInsert().Model(&settingsRow{AccountID: v.AccountID, Body: s.seal.closeSettings(v), Revision: next}).On("CONFLICT (account_id) DO UPDATE").Exec(ctx); err == nil {
		v.Revision = next
	}
	return err
}
