package store

import (
	"context"
	"strings"
)

// EndpointValues are the values, in lower case, that the account's endpoints
// have in one of its fields.
func (s *Store) EndpointValues(ctx context.Context, account, field string) (map[string]bool, error) {
	var rows []dataRow
	q := s.r.NewSelect().Model((*endpointRow)(nil)).Column("id", "data").Where("account_id = ?", account)
	s.contains(q, text(field), "data")
	if err := q.Scan(ctx, &rows); err != nil {
		return nil, err
	}
	out := map[string]bool{}
	for _, r := range rows {
		data, err := s.seal.openData("endpoints/"+r.ID, r.Data)
		if err != nil {
			return nil, err
		}
		if v := data[field].Text(); v != "" {
			out[strings.ToLower(v)] = true
		}
	}
	return out, nil
}
