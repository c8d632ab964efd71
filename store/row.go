package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"ringflow/endpoints"
)

// entity is what every row of configuration carries.
type entity struct {
	ID         string `bun:"id,pk"`
	Created    int64  `bun:"created"`
	Modified   int64  `bun:"modified"`
	CreatedBy  string `bun:"created_by"`
	ModifiedBy string `bun:"modified_by"`
}

func fromEntity(e endpoints.Entity) entity {
	return entity{ID: e.ID, Created: micros(e.DateCreated), Modified: micros(e.DateLastModified), CreatedBy: e.CreatedBy, ModifiedBy: e.LastModifiedBy}
}

func (e entity) entity() endpoints.Entity {
	return endpoints.Entity{ID: e.ID, DateCreated: fromMicros(e.Created), DateLastModified: fromMicros(e.Modified), CreatedBy: e.CreatedBy, LastModifiedBy: e.ModifiedBy}
}

// micros is a time as it is kept: microseconds since 1970, 0 for never. So
// both databases compare, sort and give back the same.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func fromMicros(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.UnixMicro(n).UTC()
}

// stamp gives e its id and times before it is written: old is the row that it
// replaces, nil for none. The times are as the database keeps them, so that
// what was put equals what is read.
func stamp(e *endpoints.Entity, old *entity) {
	now := time.Now().UTC().Truncate(time.Microsecond)
	if e.ID == "" {
		e.ID = endpoints.NewID()
	}
	e.DateLastModified = now
	if old == nil {
		e.DateCreated = now
		if e.CreatedBy == "" {
			e.CreatedBy = "system"
		}
	} else {
		e.DateCreated, e.CreatedBy = fromMicros(old.Created), old.CreatedBy
	}
	if e.LastModifiedBy == "" {
		e.LastModifiedBy = e.CreatedBy
	}
}

// owned is what tells whose a row is.
type owned struct {
	revised
	AccountID string `bun:"account_id"`
}

// oldRow reads whose the row is that a put would replace, nil if there is none.
func oldRow(ctx context.Context, tx bun.Tx, table, id string) (*owned, error) {
	if id == "" {
		return nil, nil
	}
	var rows []owned
	q := tx.NewSelect().ColumnExpr("id, created, modified, created_by, modified_by, account_id").TableExpr("?", bun.Ident(table)).Where("id = ?", id)
	if slices.Contains(revisedTables, table) {
		q.Column("revision")
	}
	err := locked(tx, q).Scan(ctx, &rows)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	return &rows[0], nil
}

// stampOwned is stamp for a row that belongs to an account, and stays there.
func stampOwned(ctx context.Context, tx bun.Tx, table string, e *endpoints.Entity, accountID string) error {
	if e.ID != "" && !endpoints.ValidID(e.ID) {
		return invalid("id", "%.64q isn't 32 hex digits", e.ID)
	}
	old, err := oldRow(ctx, tx, table, e.ID)
	if err != nil {
		return err
	}
	if old == nil {
		if err := succeed(e, nil, singular(table)); err != nil {
			return err
		}
		return mustExist(ctx, tx, "accounts", "accountId", accountID, "")
	}
	if old.AccountID != accountID {
		return invalid("accountId", "can't be changed")
	}
	return succeed(e, &old.revised, singular(table))
}

// mustExist checks a reference; account, if given, is whose it must be. A
// foreign one is told apart from a missing one to nobody.
func mustExist(ctx context.Context, tx bun.Tx, table, field, id, account string) error {
	if id == "" {
		return nil
	}
	q := tx.NewSelect().TableExpr("?", bun.Ident(table)).ColumnExpr("1").Where("id = ?", id)
	if account != "" {
		q.Where("account_id = ?", account)
	}
	ok, err := q.Exists(ctx)
	if err != nil {
		return err
	}
	if !ok {
		return invalid(field, "there is no %.64q", id)
	}
	return nil
}

// put inserts a row, or replaces the one with its id.
func put(ctx context.Context, tx bun.Tx, row any) error {
	_, err := tx.NewInsert().Model(row).On("CONFLICT (id) DO UPDATE").Exec(ctx)
	return err
}

// text is v as JSON; what is empty is no text.
func text(v any) string {
	raw, err := json.Marshal(v)
	if err != nil || slices.Contains([]string{"null", "{}", "[]"}, string(raw)) {
		return "" // all we keep are plain values, which marshal
	}
	return string(raw)
}

func fromText(what, s string, v any) error {
	if s == "" {
		return nil
	}
	if err := json.Unmarshal([]byte(s), v); err != nil {
		return fmt.Errorf("%s in the database: %w", what, err)
	}
	return nil
}
