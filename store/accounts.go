package store

import (
	"context"

	"github.com/uptrace/bun"

	"ringflow/endpoints"
)

type accountRow struct {
	bun.BaseModel `bun:"table:accounts,alias:a"`
	entity
	Name string `bun:"name"`
}

func (r *accountRow) account() *endpoints.Account {
	return &endpoints.Account{Entity: r.entity.entity(), Name: r.Name}
}

var accountSorting = entities.and(map[string]string{"name": "name"})

// Account is the account with this id.
func (s *Store) Account(ctx context.Context, id string) (*endpoints.Account, error) {
	var r accountRow
	err := s.r.NewSelect().Model(&r).Where("id = ?", id).Scan(ctx)
	return r.account(), one(err, "account", id)
}

// Accounts lists accounts, and counts them.
func (s *Store) Accounts(ctx context.Context, f endpoints.AccountFilter) ([]*endpoints.Account, int, error) {
	var rows []*accountRow
	q := s.r.NewSelect().Model(&rows)
	s.contains(q, f.NameFilter, "name")
	total, err := s.page(ctx, q, f.List, accountSorting)
	out := make([]*endpoints.Account, len(rows))
	for i, r := range rows {
		out[i] = r.account()
	}
	return out, total, err
}

// PutAccount inserts (no ID, or an unknown one) or replaces; it sets ID and times.
func (s *Store) PutAccount(ctx context.Context, a *endpoints.Account) error {
	if err := a.Validate(); err != nil {
		return err
	}
	return s.change(ctx, func(ctx context.Context, tx bun.Tx) error { return putAccount(ctx, tx, a) })
}

func putAccount(ctx context.Context, tx bun.Tx, a *endpoints.Account) error {
	var old []*accountRow
	if err := tx.NewSelect().Model(&old).Where("id = ?", a.ID).Scan(ctx); err != nil {
		return err
	}
	if len(old) == 0 {
		stamp(&a.Entity, nil)
	} else {
		stamp(&a.Entity, &old[0].entity)
	}
	return put(ctx, tx, &accountRow{entity: fromEntity(a.Entity), Name: a.Name})
}
