package store

import (
	"context"
	"slices"

	"github.com/uptrace/bun"
)

// Names are the shown names of accounts, customers, flows and endpoints, by
// id; what is unknown is left out.
func (s *Store) Names(ctx context.Context, ids ...string) (map[string]string, error) {
	names := make(map[string]string, len(ids))
	for part := range slices.Chunk(ids, 500) {
		var rows []struct {
			ID   string `bun:"id"`
			Name string `bun:"name"`
		}
		err := s.r.NewRaw(`SELECT id, name FROM accounts WHERE id IN (?0)
			UNION ALL SELECT id, name FROM customers WHERE id IN (?0)
			UNION ALL SELECT id, name FROM flows WHERE id IN (?0)
			UNION ALL SELECT id, display_name FROM endpoints WHERE id IN (?0)`, bun.In(part)).Scan(ctx, &rows)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			names[r.ID] = r.Name
		}
	}
	return names, nil
}
