package store

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"

	"ringflow/endpoints"
)

// revised is an entity that counts its changes. Who puts one that was read from
// here replaces the row only while it is still what was read: else it is
// endpoints.ErrStale, and nothing is written.
type revised struct {
	entity
	Revision int64 `bun:"revision"`
}

// revisedTables are those with a revision.
var revisedTables = []string{"accounts", "customers", "flows", "endpoints", "logins", "files", "webhooks"}

func fromRevised(e endpoints.Entity) revised {
	return revised{entity: fromEntity(e), Revision: e.Revision}
}

func (r revised) whole() endpoints.Entity {
	e := r.entity.entity()
	e.Revision = r.Revision
	return e
}

// succeed stamps e as what comes after the row that it replaces, nil for none.
func succeed(e *endpoints.Entity, old *revised, what string) error {
	switch {
	case old == nil && e.Revision != 0:
		return unknown(what, e.ID) // it was deleted since it was read
	case old == nil:
		stamp(e, nil)
		e.Revision = 1
	case e.Revision != 0 && e.Revision != old.Revision:
		return stale(what, e.ID)
	default:
		stamp(e, &old.entity)
		e.Revision = old.Revision + 1
	}
	return nil
}

func stale(what, id string) error {
	return fmt.Errorf("%s %.64q: %w", what, id, endpoints.ErrStale)
}

// unkept puts back the revision of what was not written after all, so that it
// can be put again: use it as defer unkept(&e.Entity, &err)().
func unkept(e *endpoints.Entity, err *error) func() {
	was := e.Revision
	return func() {
		if *err != nil {
			e.Revision = was
		}
	}
}

// locked holds the rows that q selects until the transaction ends. SQLite has
// one writer anyway.
func locked(tx bun.Tx, q *bun.SelectQuery) *bun.SelectQuery {
	if rowLocks(tx) {
		q.For("UPDATE")
	}
	return q
}

// rowLocks tells whether others write at the same time; SQLite has one writer.
func rowLocks(tx bun.Tx) bool { return tx.Dialect().Name() == dialect.PG }

// revisedRow reads what a put would replace, nil if there is none.
func revisedRow(ctx context.Context, tx bun.Tx, table, id string) (*revised, error) {
	if id == "" {
		return nil, nil
	}
	var rows []revised
	q := tx.NewSelect().ColumnExpr("id, created, modified, created_by, modified_by").TableExpr("?", bun.Ident(table)).Where("id = ?", id)
	if slices.Contains(revisedTables, table) {
		q.Column("revision")
	}
	if err := locked(tx, q).Scan(ctx, &rows); err != nil || len(rows) == 0 {
		return nil, err
	}
	return &rows[0], nil
}

// checkAt holds the row and tells whether it is as endpoints.At wants it.
func checkAt(ctx context.Context, tx bun.Tx, table, what, id string) error {
	return checkRow(ctx, tx, what, id, tx.NewSelect().TableExpr("?", bun.Ident(table)).Where("id = ?", id))
}

// checkRow is checkAt for the row that q selects, of what the API knows by id.
func checkRow(ctx context.Context, tx bun.Tx, what, id string, q *bun.SelectQuery) error {
	want, ok := endpoints.Expected(ctx, id)
	if !ok {
		return nil
	}
	var at []int64
	switch err := locked(tx, q.Column("revision")).Scan(ctx, &at); {
	case err != nil:
		return err
	case len(at) == 0:
		return unknown(what, id)
	case at[0] != want:
		return stale(what, id)
	}
	return nil
}

// singular is what a row of a table is called.
func singular(table string) string { return strings.TrimSuffix(table, "s") }
