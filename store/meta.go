package store

import (
	"context"

	"github.com/uptrace/bun"
)

type metaRow struct {
	bun.BaseModel `bun:"table:meta,alias:m"`
	Name          string `bun:"name,pk"`
	Value         string `bun:"value"`
}

// Meta is a fact about the whole server, by its name.
func (s *Store) Meta(ctx context.Context, name string) (string, error) {
	return meta(ctx, s.r, name)
}

func meta(ctx context.Context, db bun.IDB, name string) (string, error) {
	var r metaRow
	err := db.NewSelect().Model(&r).Where("name = ?", name).Scan(ctx)
	return r.Value, one(err, "meta", name)
}

// PutMeta keeps a fact.
func (s *Store) PutMeta(ctx context.Context, name, value string) error {
	return s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewInsert().Model(&metaRow{Name: name, Value: value}).On("CONFLICT (name) DO UPDATE").Exec(ctx)
		return err
	})
}

// Realm is the realm of SIP digests. It is fixed at the first start, where want
// becomes it: every stored HA1 depends on it.
func (s *Store) Realm(ctx context.Context, want string) (realm string, err error) {
	if want == "" {
		return "", invalid("realm", "is missing")
	}
	err = s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.NewInsert().Model(&metaRow{Name: "realm", Value: want}).On("CONFLICT (name) DO NOTHING").Exec(ctx); err != nil {
			return err
		}
		realm, err = meta(ctx, tx, "realm")
		return err
	})
	return realm, err
}
