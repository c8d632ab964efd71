package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"ringflow/sip"
)

type bindingRow struct {
	bun.BaseModel `bun:"table:bindings,alias:b"`
	User          string `bun:"sip_user,pk"`
	Contact       string `bun:"contact,pk"`
	Expires       int64  `bun:"expires"`
	Body          string `bun:"body"` // the rest, as JSON
}

// Bindings are the registered contacts that have not expired; those that have
// are forgotten.
func (s *Store) Bindings(ctx context.Context) ([]sip.Binding, error) {
	var rows []*bindingRow
	now := micros(time.Now())
	err := s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.NewDelete().TableExpr("bindings").Where("expires <= ?", now).Exec(ctx); err != nil {
			return err
		}
		return tx.NewSelect().Model(&rows).Order("sip_user", "contact").Scan(ctx)
	})
	out := make([]sip.Binding, 0, len(rows))
	for _, r := range rows {
		var b sip.Binding
		if err := fromText("binding of "+r.User, r.Body, &b); err != nil {
			return nil, err
		}
		out = append(out, b)
	}
	return out, err
}

// PutBinding keeps a contact, known by its user and contact URI.
func (s *Store) PutBinding(ctx context.Context, b sip.Binding) error {
	return s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewInsert().Model(&bindingRow{User: b.User, Contact: b.Contact, Expires: micros(b.Expires), Body: text(b)}).On("CONFLICT (sip_user, contact) DO UPDATE").Exec(ctx)
		return err
	})
}

// DeleteBinding forgets a contact; one that isn't there is forgotten already.
func (s *Store) DeleteBinding(ctx context.Context, user, contact string) error {
	return s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewDelete().TableExpr("bindings").Where("sip_user = ? AND contact = ?", user, contact).Exec(ctx)
		return err
	})
}

var _ sip.BindingStore = (*Store)(nil)
