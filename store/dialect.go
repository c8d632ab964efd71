package store

import (
	"strings"

	"github.com/uptrace/bun/dialect/pgdialect"
	"github.com/uptrace/bun/dialect/sqlitedialect"
)

// bun writes values into the text of a statement. The dialects below are the
// one place where a text gets its quotes, so it is also where text from the
// network becomes what both databases can keep.

type sqliteDialect struct{ *sqlitedialect.Dialect }

func (sqliteDialect) AppendString(b []byte, s string) []byte { return quote(b, s) }

// pgDialect relies on standard_conforming_strings, which openPostgres sets: a
// backslash is a backslash.
type pgDialect struct{ *pgdialect.Dialect }

func (pgDialect) AppendString(b []byte, s string) []byte { return quote(b, s) }

// tidy makes s what both databases can keep: NUL and bytes that are no UTF-8,
// which PostgreSQL refuses and SQLite would cut a statement at, become U+FFFD.
func tidy(s string) string {
	if strings.IndexByte(s, 0) >= 0 {
		s = strings.ReplaceAll(s, "\x00", "\ufffd")
	}
	return strings.ToValidUTF8(s, "\ufffd")
}

// quote appends s as an SQL string.
func quote(b []byte, s string) []byte {
	s = tidy(s)
	b = append(b, '\'')
	for {
		i := strings.IndexByte(s, '\'')
		if i < 0 {
			break
		}
		b = append(append(b, s[:i]...), "''"...)
		s = s[i+1:]
	}
	return append(append(b, s...), '\'')
}
