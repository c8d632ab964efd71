package store

import (
	"context"
	"strings"

	"github.com/uptrace/bun"

	"ringflow/endpoints"
)

// What can be searched by name beside the account's fields, and its column.
var (
	endpointColumns = map[string]string{
		"Id": "id", "DisplayName": "display_name", "PhoneNumber": "number", "EmailAddress": "email_address",
		"SipUserName": "sip_user_name", "FirstName": "first_name", "LastName": "last_name",
	}
	customerColumns = map[string]string{"Id": "id", "Name": "name", "ReferenceId": "reference_id"}
)

// FindEndpoint is the account's oldest endpoint whose built-in or field has this
// value, in any case; of one kind only, if one is given. fs.ErrNotExist: none.
func (s *Store) FindEndpoint(ctx context.Context, account, field, value string, kind endpoints.Kind) (string, error) {
	q := s.r.NewSelect().Model((*endpointRow)(nil)).Where("account_id = ?", account)
	if kind != "" {
		q.Where("kind = ?", string(kind))
	}
	return s.find(ctx, q, endpointColumns, "endpoint", field, value)
}

// FindCustomer is FindEndpoint for customers.
func (s *Store) FindCustomer(ctx context.Context, account, field, value string) (string, error) {
	q := s.r.NewSelect().Model((*customerRow)(nil)).Where("account_id = ?", account)
	return s.find(ctx, q, customerColumns, "customer", field, value)
}

// find lets the database narrow the choice, which knows only the capitals of
// ASCII, and compares here.
func (s *Store) find(ctx context.Context, q *bun.SelectQuery, columns map[string]string, what, field, value string) (string, error) {
	column, builtIn := columns[field]
	narrow := value
	if !builtIn {
		column = "data"
		s.contains(q, text(field), column)
		narrow = strings.Trim(text(value), `"`)
	}
	switch {
	case !isASCII(value):
	case builtIn:
		s.contains(q, narrow, column)
	default:
		s.containsValue(q, narrow, column)
	}
	var rows []struct {
		ID    string `bun:"id"`
		Value string `bun:"value"`
	}
	if err := q.ColumnExpr("id, ? AS value", bun.Ident(column)).Order("created", "id").Scan(ctx, &rows); err != nil {
		return "", err
	}
	for _, r := range rows {
		has := r.Value
		if !builtIn {
			data, err := s.seal.openData(what+"s/"+r.ID, r.Value)
			if err != nil {
				return "", err
			}
			has = data[field].Text()
		}
		if value != "" && strings.EqualFold(strings.TrimSpace(has), value) {
			return r.ID, nil
		}
	}
	return "", unknown(what+" with "+field, value)
}

// containsValue narrows q to rows whose data may have a value: its JSON is
// there, or something sealed is.
func (s *Store) containsValue(q *bun.SelectQuery, value, column string) {
	q.WhereGroup(" AND ", func(q *bun.SelectQuery) *bun.SelectQuery {
		s.contains(q, value, column)
		return q.WhereOr("?TableAlias.? LIKE ?", bun.Ident(column), "%"+sealedMark+"%")
	})
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] > 127 {
			return false
		}
	}
	return true
}
