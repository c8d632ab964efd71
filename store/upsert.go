package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"
	"github.com/uptrace/bun/schema"
)

// rowsPerStatement bounds the text of one statement to PostgreSQL.
const rowsPerStatement = 100

// upsert writes rows by their keys: it inserts, or replaces what is there. It
// is the one thing that is written for every call, so each database gets its
// cheapest form. SQLite is in this process and most of its work would be to
// parse: one prepared statement, row after row. PostgreSQL is a round trip
// away: many rows in a statement. A revision grows each time, also if whoever
// writes hasn't seen the last one.
func upsert[R any](ctx context.Context, s *Store, tx bun.Tx, rows []*R) error {
	if len(rows) == 0 {
		return nil
	}
	table := s.w.Table(reflect.TypeFor[R]())
	if tx.Dialect().Name() == dialect.PG {
		for part := range slices.Chunk(rows, rowsPerStatement) {
			q := tx.NewInsert().Model(&part).On("CONFLICT (" + columns(table.PKs) + ") DO UPDATE")
			if _, counts := table.FieldMap["revision"]; counts {
				for _, f := range table.DataFields {
					if f.Name == "revision" {
						q.Set("revision = CASE WHEN excluded.revision > ?TableAlias.revision THEN excluded.revision ELSE ?TableAlias.revision + 1 END")
					} else {
						q.Set("? = excluded.?", bun.Ident(f.Name), bun.Ident(f.Name))
					}
				}
			}
			if _, err := q.Exec(ctx); err != nil {
				return err
			}
		}
		return nil
	}
	// A context that can end costs a goroutine for each row; nothing here waits.
	ctx = context.WithoutCancel(ctx)
	stmt := tx.StmtContext(ctx, s.prepared[table.Type])
	for _, r := range rows {
		if _, err := stmt.ExecContext(ctx, valuesOf(table, r)...); err != nil {
			return errors.Join(err, stmt.Close())
		}
	}
	return stmt.Close()
}

// prepareUpserts prepares, on SQLite, what upsert needs.
func (s *Store) prepareUpserts(ctx context.Context) error {
	if s.w.Dialect().Name() == dialect.PG {
		return nil
	}
	s.prepared = map[reflect.Type]*sql.Stmt{}
	for _, t := range []reflect.Type{reflect.TypeFor[sessionRow](), reflect.TypeFor[legRow](), reflect.TypeFor[logRow](), reflect.TypeFor[chatRow]()} {
		stmt, err := s.w.DB.PrepareContext(ctx, upsertText(s.w.Table(t)))
		if err != nil {
			return fmt.Errorf("prepare %s: %w", t.Name(), err)
		}
		s.prepared[t] = stmt
	}
	s.inserts = map[reflect.Type]*sql.Stmt{}
	for _, t := range []reflect.Type{reflect.TypeFor[messageRow](), reflect.TypeFor[outboxRow]()} {
		stmt, err := s.w.DB.PrepareContext(ctx, insertText(s.w.Table(t)))
		if err != nil {
			return fmt.Errorf("prepare %s: %w", t.Name(), err)
		}
		s.inserts[t] = stmt
	}
	return nil
}

// closeStatements closes what was prepared.
func (s *Store) closeStatements() (err error) {
	for _, all := range []map[reflect.Type]*sql.Stmt{s.prepared, s.inserts} {
		for _, stmt := range all {
			err = errors.Join(err, stmt.Close())
		}
	}
	for _, q := range s.often {
		if q.stmt != nil {
			err = errors.Join(err, q.stmt.Close())
		}
	}
	return err
}

// insert writes a row that isn't there, as upsert does.
func insert[R any](ctx context.Context, s *Store, tx bun.Tx, row *R) error {
	stmt := s.inserts[reflect.TypeFor[R]()]
	if stmt == nil {
		_, err := tx.NewInsert().Model(row).Exec(ctx)
		return err
	}
	ctx = context.WithoutCancel(ctx)
	stmt = tx.StmtContext(ctx, stmt)
	_, err := stmt.ExecContext(ctx, valuesOf(s.w.Table(reflect.TypeFor[R]()), row)...)
	return errors.Join(err, stmt.Close())
}

// valuesOf are what the columns of a row hold.
func valuesOf(t *schema.Table, row any) []any {
	v := reflect.ValueOf(row).Elem()
	args := make([]any, len(t.Fields))
	for i, f := range t.Fields {
		if args[i] = f.Value(v).Interface(); f.StructField.Type.Kind() == reflect.String {
			args[i] = tidy(f.Value(v).String())
		}
	}
	return args
}

// upsertText is made of the model's own names alone.
func upsertText(t *schema.Table) string {
	var set []string
	for _, f := range t.DataFields {
		if f.Name == "revision" {
			set = append(set, "revision = CASE WHEN excluded.revision > "+t.Name+".revision THEN excluded.revision ELSE "+t.Name+".revision + 1 END")
			continue
		}
		set = append(set, f.Name+" = excluded."+f.Name)
	}
	return insertText(t) + " ON CONFLICT (" + columns(t.PKs) + ") DO UPDATE SET " + strings.Join(set, ", ")
}

func insertText(t *schema.Table) string {
	marks := strings.TrimSuffix(strings.Repeat("?, ", len(t.Fields)), ", ")
	return "INSERT INTO " + t.Name + " (" + columns(t.Fields) + ") VALUES (" + marks + ")"
}

func columns(fields []*schema.Field) string {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.Name
	}
	return strings.Join(names, ", ")
}
