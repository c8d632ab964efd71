package store

import (
	"cmp"
	"context"
	"slices"
	"strconv"

	"github.com/uptrace/bun"

	"ringflow/endpoints"
)

var versionSorting = sorting{
	"version": {name: "version"}, "dateSaved": {name: "saved"}, "nodeCount": {name: "node_count"},
}.and(map[string]string{"name": "name", "savedBy": "saved_by"})

// FlowVersions lists the versions of a flow without their graphs, the newest
// first, and counts them.
func (s *Store) FlowVersions(ctx context.Context, id string, l endpoints.List) ([]FlowHead, int, error) {
	var rows []*versionRow
	q := s.r.NewSelect().Model(&rows).ExcludeColumn("nodes", "parameters", "exits", "ui").Where("flow_id = ?", id)
	if len(l.SpecificIDs) > 0 { // a version's number is what it has for an id
		l.SpecificIDs = slices.DeleteFunc(slices.Clone(l.SpecificIDs), func(id string) bool {
			n, err := strconv.ParseInt(id, 10, 32)
			return err != nil || id != strconv.FormatInt(n, 10)
		})
		if len(l.SpecificIDs) == 0 {
			return nil, 0, nil
		}
	}
	if l.SortField == "" {
		l.SortField, l.SortOrder = "version", cmp.Or(l.SortOrder, endpoints.Descend)
	}
	total, err := s.pageBy(ctx, q, l, versionSorting, "version")
	if err != nil {
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
	return out, total, nil
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
