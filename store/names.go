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

// CustomerStep is a customer on the way from the root to another.
type CustomerStep struct{ ID, Name string }

// CustomerPaths are the ways from the root to each of the customers, which are
// their last steps; what is unknown is left out.
func (s *Store) CustomerPaths(ctx context.Context, ids ...string) (map[string][]CustomerStep, error) {
	paths := make(map[string][]CustomerStep, len(ids))
	for part := range slices.Chunk(ids, 500) {
		var rows []struct {
			Leaf string `bun:"leaf"`
			ID   string `bun:"id"`
			Name string `bun:"name"`
		}
		err := s.r.NewRaw(`WITH RECURSIVE way (leaf, id, name, parent_id, up) AS (
				SELECT id, id, name, parent_id, 0 FROM customers WHERE id IN (?0)
				UNION ALL SELECT w.leaf, c.id, c.name, c.parent_id, w.up + 1 FROM customers c JOIN way w ON c.id = w.parent_id WHERE w.up < ?1
			) SELECT leaf, id, name FROM way ORDER BY leaf, up DESC`, bun.In(part), maxCustomerDepth).Scan(ctx, &rows)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			paths[r.Leaf] = append(paths[r.Leaf], CustomerStep{r.ID, r.Name})
		}
	}
	return paths, nil
}
