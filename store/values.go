package store

import (
	"context"
	"strings"

	"ringflow/endpoints"
)

// EndpointValues are the values, in lower case, that the account's endpoints
// have in one of its fields.
func (s *Store) EndpointValues(ctx context.Context, account, field string) (map[string]bool, error) {
	var rows []string
	q := s.r.NewSelect().Model((*endpointRow)(nil)).Column("data").Where("account_id = ?", account)
	s.contains(q, text(field), "data")
	if err := q.Scan(ctx, &rows); err != nil {
		return nil, err
	}
	out := map[string]bool{}
	for _, raw := range rows {
		var data map[string]endpoints.Value
		if err := fromText("data of an endpoint", raw, &data); err != nil {
			return nil, err
		}
		if v := data[field].Text(); v != "" {
			out[strings.ToLower(v)] = true
		}
	}
	return out, nil
}
