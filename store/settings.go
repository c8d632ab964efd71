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
}

// Settings are the account's, with our defaults for what it never changed.
func (s *Store) Settings(ctx context.Context, accountID string) (*endpoints.Settings, error) {
	return s.settings(ctx, s.r, accountID)
}

func (s *Store) settings(ctx context.Context, db bun.IDB, accountID string) (*endpoints.Settings, error) {
	var bodies []*string
	err := db.NewSelect().TableExpr("accounts AS a").ColumnExpr("s.body").Join("LEFT JOIN settings AS s ON s.account_id = a.id").Where("a.id = ?", accountID).Scan(ctx, &bodies)
	if err != nil {
		return nil, err
	}
	if len(bodies) == 0 {
		return nil, unknown("account", accountID)
	}
	v := endpoints.DefaultSettings(accountID)
	if bodies[0] != nil {
		err = s.seal.openSettings(accountID, *bodies[0], v)
	}
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

// PutSettings keeps an account's settings.
func (s *Store) PutSettings(ctx context.Context, v *endpoints.Settings) error {
	if err := v.Validate(); err != nil {
		return err
	}
	v.DateLastModified = time.Now().UTC().Truncate(time.Microsecond)
	return s.change(ctx, func(ctx context.Context, tx bun.Tx) error { return s.putSettings(ctx, tx, v) })
}

func (s *Store) putSettings(ctx context.Context, tx bun.Tx, v *endpoints.Settings) error {
	if err := mustExist(ctx, tx, "accounts", "accountId", v.AccountID, ""); err != nil {
		return err
	}
	_, err := tx.NewInsert().Model(&settingsRow{AccountID: v.AccountID, Body: s.seal.closeSettings(v)}).On("CONFLICT (account_id) DO UPDATE").Exec(ctx)
	return err
}
