package store

import (
	"context"

	"ringflow/endpoints"
	"ringflow/flow"
)

// FlowSignature is what a flow looks like to those that start it.
type FlowSignature struct {
	ID string
	flow.Signature
}

// FlowSignatures are those of the account's live flows, by name; their nodes
// are not read. Beyond most there are none.
func (s *Store) FlowSignatures(ctx context.Context, accountID string, most int) ([]FlowSignature, error) {
	rows, _, err := s.flowRows(ctx, FlowFilter{AccountIDs: []string{accountID}, List: endpoints.List{All: true, Most: most, SortField: "name"}}, "nodes", "ui", "notes")
	if err != nil {
		return nil, err
	}
	out := make([]FlowSignature, len(rows))
	for i, r := range rows {
		out[i] = FlowSignature{ID: r.ID, Signature: flow.Signature{Name: r.Name}}
		f, err := r.flow()
		if err != nil {
			return nil, err
		}
		if g, err := f.Graph(); err == nil { // who starts one that can't be read is told so when it runs
			out[i].Signature = g.Signature()
		}
	}
	return out, nil
}
