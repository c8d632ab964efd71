package store

import (
	"cmp"
	"context"
	"slices"

	"github.com/uptrace/bun"

	"ringflow/endpoints"
)

// FlowVersions lists the versions of a flow without their graphs, the newest
// first, and counts them.
func (s *Store) FlowVersions(ctx context.Context, id string, l endpoints.List) ([]FlowHead, int, error) {
	var rows []*versionRow
	q := s.r.NewSelect().Model(&rows).ExcludeColumn("nodes", "parameters", "exits", "ui").Where("flow_id = ?", id)
	total, err := q.Count(ctx)
	if err != nil {
		return nil, 0, err
	}
	n := cmp.Or(l.CountPerPage, endpoints.DefaultPage)
	switch {
	case l.All && l.Most > 0 && int(total) > l.Most:
		return nil, 0, invalid("all", "there are %d versions, and %d at most are given at once; ask page by page", total, l.Most)
	case l.Page < 0 || l.Page > 1<<30 || n < 0 || n > maxPage:
		return nil, 0, invalid("page", "pages count from 0, with 1 to %d versions each", maxPage)
	case !l.All:
		q.Limit(int64(n)).Offset(int64(l.Page) * int64(n))
	}
	if err := q.Order("version DESC").Scan(ctx); err != nil {
		return nil, 0, err
	}
	out := make([]FlowHead, len(rows))
	for i, r := range rows {
		f, err := r.flow()
		if err != nil {
			return nil, 0, err
		}
		out[i] = FlowHead{f, r.NodeCount}
	}
	return out, int(total), nil
}

// schedulesWith are the names of the endpoints and customers whose schedules
// run a flow, some of them.
func schedulesWith(ctx context.Context, db bun.IDB, id, account string) ([]string, error) {
	has := "%" + escapeLike.Replace(id) + "%" // an id is 32 hex digits, which stand nowhere else
	var users, customers []string
	err := db.NewSelect().TableExpr("endpoints").Column("display_name").Where("account_id = ?", account).
		Where(`(scheduled_flows LIKE ?0 ESCAPE '\' OR schedule LIKE ?0 ESCAPE '\')`, has).Order("created").Limit(10).Scan(ctx, &users)
	if err != nil {
		return nil, err
	}
	err = db.NewSelect().TableExpr("customers").Column("name").Where("account_id = ?", account).
		Where(`schedule LIKE ? ESCAPE '\'`, has).Order("created").Limit(10).Scan(ctx, &customers)
	return append(users, customers...), err
}

// NoFlowOf is the first of the ids that is no flow of the account; empty: all are.
func (s *Store) NoFlowOf(ctx context.Context, account string, ids []string) (string, error) {
	if len(ids) == 0 {
		return "", nil
	}
	var have []string
	if err := s.r.NewSelect().TableExpr("flows").Column("id").Where("account_id = ? AND id IN (?)", account, bun.In(ids)).Scan(ctx, &have); err != nil {
		return "", err
	}
	for _, id := range ids {
		if !slices.Contains(have, id) {
			return id, nil
		}
	}
	return "", nil
}
