package store

import (
	"context"

	"github.com/uptrace/bun"

	"ringflow/endpoints"
	"ringflow/flow"
)

// FlowFilter chooses flows.
type FlowFilter struct {
	endpoints.List
	AccountIDs  []string
	CustomerIDs []string // with all below them
	NameFilter  string   // contains
	Role        string
	TagIDs      []string // all of them
}

// Flows lists the current versions of flows, and counts them.
func (s *Store) Flows(ctx context.Context, f FlowFilter) ([]*flow.Flow, int, error) {
	rows, total, err := s.flowRows(ctx, f)
	if err != nil {
		return nil, 0, err
	}
	out := make([]*flow.Flow, len(rows))
	for i, r := range rows {
		if out[i], err = r.flow(); err != nil {
			return nil, 0, err
		}
	}
	return out, total, nil
}

// FlowHead is a flow without its graph, and how many nodes that has.
type FlowHead struct {
	*flow.Flow
	NodeCount int
}

// FlowHeads lists flows as Flows does, and doesn't read their graphs.
func (s *Store) FlowHeads(ctx context.Context, f FlowFilter) ([]FlowHead, int, error) {
	rows, total, err := s.flowRows(ctx, f, "nodes", "parameters", "exits")
	if err != nil {
		return nil, 0, err
	}
	out := make([]FlowHead, len(rows))
	for i, r := range rows {
		f, err := r.flow()
		if err != nil {
			return nil, 0, err
		}
		out[i] = FlowHead{f, r.Text.NodeCount}
		if out[i].NodeCount < 0 { // saved before nodes were counted
			whole, err := s.Flow(ctx, f.ID)
			if err != nil {
				return nil, 0, err
			}
			out[i].NodeCount = whole.Count()
		}
	}
	return out, total, nil
}

// flowRows reads flows, without these columns of their versions.
func (s *Store) flowRows(ctx context.Context, f FlowFilter, without ...string) ([]*flowRow, int, error) {
	var rows []*flowRow
	q := s.r.NewSelect().Model(&rows).Relation("Text", func(q *bun.SelectQuery) *bun.SelectQuery { return q.ExcludeColumn(without...) })
	in(q, "account_id", f.AccountIDs)
	below(q, "customer_id", f.CustomerIDs, false)
	s.contains(q, f.NameFilter, "name")
	if f.Role != "" { // roles are a JSON list of plain words
		q.Where(`EXISTS (SELECT 1 FROM flow_versions r WHERE r.flow_id = f.id AND r.version = f.version AND r.roles LIKE ? ESCAPE '\')`, `%"`+escapeLike.Replace(f.Role)+`"%`)
	}
	if err := tagged(q, f.TagIDs); err != nil {
		return nil, 0, err
	}
	total, err := s.page(ctx, q, f.List, flowSorting)
	return rows, total, err
}
