package store

import (
	"cmp"
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

// MetaAt is a fact that people edit, and its revision; one that nobody has put is at
// revision 1, and empty.
func (s *Store) MetaAt(ctx context.Context, name string) (value string, revision int64, err error) {
	var rows []struct {
		Value    string `bun:"value"`
		Revision int64  `bun:"revision"`
	}
	if err := s.r.NewSelect().TableExpr("meta").Column("value", "revision").Where("name = ?", name).Scan(ctx, &rows); err != nil {
		return "", 0, err
	}
	if len(rows) == 0 {
		return "", 1, nil
	}
	return rows[0].Value, rows[0].Revision, nil
}

// PutMetaAt keeps a fact while it is at this revision, and says which it is at then; else it is
// endpoints.ErrStale.
func (s *Store) PutMetaAt(ctx context.Context, name, value string, revision int64) (int64, error) {
	err := s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		res, err := tx.NewRaw("INSERT INTO meta (name, value, revision) VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value, revision = excluded.revision WHERE meta.revision = ?",
			name, value, revision+1, revision).Exec(ctx)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return cmp.Or(err, stale("setting", name))
		}
		return nil
	})
	return revision + 1, err
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
