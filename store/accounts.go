package store

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/uptrace/bun"

	"ringflow/endpoints"
)

type accountRow struct {
	bun.BaseModel `bun:"table:accounts,alias:a"`
	revised
	Name       string `bun:"name"`
	ParentID   string `bun:"parent_id,nullzero"`
	MaxNumbers int    `bun:"max_numbers"`
	More       string `bun:"more"` // accountMore as JSON
}

// accountMore is what of an account nothing searches for.
type accountMore struct {
	CarrierSID         string          `json:"twilioAccountSid,omitempty"`
	TrustHubProfileSID string          `json:"trustHubProfileSid,omitempty"`
	LogoID             string          `json:"logoId,omitempty"`
	Billing            json.RawMessage `json:"billingSettings,omitempty"`
}

func fromAccount(a *endpoints.Account) *accountRow {
	more := accountMore{CarrierSID: a.CarrierSID, TrustHubProfileSID: a.TrustHubProfileSID, LogoID: a.LogoID, Billing: a.Billing}
	return &accountRow{revised: fromRevised(a.Entity), Name: a.Name, ParentID: a.ParentAccountID, MaxNumbers: a.MaxPhoneNumbers, More: text(more)}
}

func (r *accountRow) account() (*endpoints.Account, error) {
	var m accountMore
	err := fromText("account "+r.ID, r.More, &m)
	return &endpoints.Account{
		Entity: r.whole(), Name: r.Name, ParentAccountID: r.ParentID, MaxPhoneNumbers: r.MaxNumbers,
		CarrierSID: m.CarrierSID, TrustHubProfileSID: m.TrustHubProfileSID, LogoID: m.LogoID, Billing: m.Billing,
	}, err
}

var accountSorting = entities.and(map[string]string{"name": "name"}).with(numbers(map[string]string{"maxPhoneNumbers": "max_numbers"}))

// maxAccountDepth is how deep accounts nest.
const maxAccountDepth = 16

// Account is the account with this id.
func (s *Store) Account(ctx context.Context, id string) (*endpoints.Account, error) {
	var r accountRow
	if err := s.r.NewSelect().Model(&r).Where("id = ?", id).Scan(ctx); err != nil {
		return nil, one(err, "account", id)
	}
	return r.account()
}

// AccountLines are the accounts above each of the accounts, the topmost first.
func (s *Store) AccountLines(ctx context.Context, ids ...string) (map[string][]string, error) {
	lines := make(map[string][]string, len(ids))
	for part := range slices.Chunk(ids, 500) {
		var rows []struct {
			Leaf string `bun:"leaf"`
			ID   string `bun:"id"`
		}
		err := s.r.NewRaw(`WITH RECURSIVE way (leaf, id, up) AS (
				SELECT id, parent_id, 1 FROM accounts WHERE id IN (?0) AND parent_id IS NOT NULL
				UNION ALL SELECT w.leaf, a.parent_id, w.up + 1 FROM accounts a JOIN way w ON a.id = w.id WHERE a.parent_id IS NOT NULL AND w.up < ?1
			) SELECT leaf, id FROM way ORDER BY leaf, up DESC`, bun.In(part), maxAccountDepth).Scan(ctx, &rows)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			lines[r.Leaf] = append(lines[r.Leaf], r.ID)
		}
	}
	return lines, nil
}

// Accounts lists accounts, and counts them.
func (s *Store) Accounts(ctx context.Context, f endpoints.AccountFilter) ([]*endpoints.Account, int, error) {
	var rows []*accountRow
	q := s.r.NewSelect().Model(&rows)
	s.contains(q, f.NameFilter, "name")
	total, err := s.page(ctx, q, f.List, accountSorting)
	if err != nil {
		return nil, 0, err
	}
	out := make([]*endpoints.Account, len(rows))
	for i, r := range rows {
		if out[i], err = r.account(); err != nil {
			return nil, 0, err
		}
	}
	return out, total, nil
}

// PutAccount inserts (no ID, or an unknown one) or replaces; it sets ID and times.
func (s *Store) PutAccount(ctx context.Context, a *endpoints.Account) (err error) {
	defer unkept(&a.Entity, &err)()
	if err := a.Validate(); err != nil {
		return err
	}
	return s.change(ctx, func(ctx context.Context, tx bun.Tx) error { return putAccount(ctx, tx, a) })
}

func putAccount(ctx context.Context, tx bun.Tx, a *endpoints.Account) error {
	old, err := revisedRow(ctx, tx, "accounts", a.ID)
	if err != nil {
		return err
	}
	if err := succeed(&a.Entity, old, "account"); err != nil {
		return err
	}
	if err := noAccountCircle(ctx, tx, a); err != nil {
		return err
	}
	return put(ctx, tx, fromAccount(a))
}

// noAccountCircle walks up from the new parent.
func noAccountCircle(ctx context.Context, tx bun.Tx, a *endpoints.Account) error {
	up := a.ParentAccountID
	for range maxAccountDepth {
		if up == "" {
			return nil
		}
		if up == a.ID {
			return invalid("parentAccountId", "an account can't stand below itself")
		}
		var rows []accountRow
		if err := tx.NewSelect().Model(&rows).Column("parent_id").Where("id = ?", up).Scan(ctx); err != nil {
			return err
		}
		if len(rows) == 0 {
			return invalid("parentAccountId", "there is no %.64q", up)
		}
		up = rows[0].ParentID
	}
	return invalid("parentAccountId", "accounts nest deeper than %d", maxAccountDepth)
}
