package store

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/uptrace/bun"
)

// EndpointValues are the values, in lower case, that the account's endpoints
// have in one of its fields.
func (s *Store) EndpointValues(ctx context.Context, account, field string) (map[string]bool, error) {
	all, err := s.valuesOf(ctx, account, field)
	out := make(map[string]bool, len(all))
	for _, v := range all {
		out[strings.ToLower(v.value)] = true
	}
	return out, err
}

// Duplicates are endpoints that have the same value, in any case.
type Duplicates struct {
	Value string // as the oldest has it
	IDs   []string
}

// EndpointDuplicates are the values that more than one endpoint of the account
// has in a field or a built-in, those that the most have first.
func (s *Store) EndpointDuplicates(ctx context.Context, account, field string) ([]Duplicates, error) {
	all, err := s.valuesOf(ctx, account, field)
	if err != nil {
		return nil, err
	}
	byValue := map[string]*Duplicates{}
	for _, v := range all {
		key := strings.ToLower(strings.TrimSpace(v.value))
		if byValue[key] == nil {
			byValue[key] = &Duplicates{Value: v.value}
		}
		byValue[key].IDs = append(byValue[key].IDs, v.id)
	}
	out := []Duplicates{}
	for _, d := range byValue {
		if len(d.IDs) > 1 {
			out = append(out, *d)
		}
	}
	slices.SortFunc(out, func(a, b Duplicates) int {
		return cmp.Or(len(b.IDs)-len(a.IDs), strings.Compare(a.Value, b.Value))
	})
	return out, nil
}

// valueOf is an endpoint's value of a field.
type valueOf struct{ id, value string }

// valuesOf are the values of a built-in, or of one of the account's fields, the
// oldest endpoint's first; who has none is left out.
func (s *Store) valuesOf(ctx context.Context, account, field string) ([]valueOf, error) {
	q := s.r.NewSelect().Model((*endpointRow)(nil)).Column("id").Where("account_id = ?", account).Order("created", "id")
	column, builtIn := endpointColumns[field]
	if builtIn {
		q.Where("? <> ''", bun.Ident(column))
	} else {
		column = "data"
		s.contains(q, text(field), column)
	}
	var rows []struct {
		ID    string `bun:"id"`
		Value string `bun:"value"`
	}
	if err := q.ColumnExpr("? AS value", bun.Ident(column)).Scan(ctx, &rows); err != nil {
		return nil, err
	}
	out := make([]valueOf, 0, len(rows))
	for _, r := range rows {
		value := r.Value
		if !builtIn {
			data, err := s.seal.openData("endpoints/"+r.ID, r.Value)
			if err != nil {
				return nil, err
			}
			value = data[field].Text()
		}
		if strings.TrimSpace(value) != "" {
			out = append(out, valueOf{r.ID, value})
		}
	}
	return out, nil
}

// IsBuiltIn tells whether a name is that of a built-in that endpoints can be looked
// for by.
func IsBuiltIn(field string) bool {
	_, ok := endpointColumns[field]
	return ok
}
