package store

import (
	"context"

	"github.com/uptrace/bun"
)

// Names are the shown names of accounts, customers, flows and endpoints, by
// id; what is unknown is left out.
func (s *Store) Names(ctx context.Context, ids ...string) (map[string]string, error) {
	names := make(map[string]string, len(ids))
	if len(ids) == 0 {
		return names, nil
	}
	var rows []struct {
		ID   string `bun:"id"`
		Name string `bun:"name"`
	}
	err := s.r.NewRaw(`SELECT id, name FROM accounts WHERE id IN (?0)
		UNION ALL SELECT id, name FROM customers WHERE id IN (?0)
		UNION ALL SELECT id, name FROM flows WHERE id IN (?0)
		UNION ALL SELECT id, display_name FROM endpoints WHERE id IN (?0)`, bun.In(ids)).Scan(ctx, &rows)
	for _, r := range rows {
		names[r.ID] = r.Name
	}
	return names, err
}
