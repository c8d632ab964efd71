package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"ringflow/flow"
)

// FlowState tells which version of a flow is live, and what was saved since.
type FlowState struct {
	ID     string `bun:"id"`
	Draft  bool   `bun:"draft"`  // saves wait until they are published
	Live   int    `bun:"live"`   // what calls run
	Newest int    `bun:"newest"` // what was saved last
}

// FlowStates are those of the flows that there are.
func (s *Store) FlowStates(ctx context.Context, ids ...string) (map[string]FlowState, error) {
	out := make(map[string]FlowState, len(ids))
	if len(ids) == 0 {
		return out, nil
	}
	var rows []FlowState
	err := s.r.NewSelect().TableExpr("flows AS f").ColumnExpr("f.id, f.draft, f.version AS live").
		ColumnExpr("(SELECT max(v.version) FROM flow_versions v WHERE v.flow_id = f.id) AS newest").Where("f.id IN (?)", bun.In(ids)).Scan(ctx, &rows)
	for _, r := range rows {
		out[r.ID] = r
	}
	return out, err
}

// NewestFlow is a flow as it was saved last, which of one with drafts needn't be live.
func (s *Store) NewestFlow(ctx context.Context, id string) (*flow.Flow, FlowState, error) {
	live, err := s.Flow(ctx, id)
	if err != nil {
		return nil, FlowState{}, err
	}
	states, err := s.FlowStates(ctx, id)
	if err != nil {
		return nil, FlowState{}, err
	}
	state, ok := states[id]
	if !ok { // deleted in between
		return nil, FlowState{}, unknown("flow", id)
	}
	if !state.Draft || state.Newest == live.Version {
		return live, state, nil
	}
	f, err := s.FlowVersion(ctx, id, state.Newest)
	if err != nil {
		return nil, FlowState{}, err
	}
	f.DateCreated, f.CreatedBy, f.Revision = live.DateCreated, live.CreatedBy, live.Revision
	f.TagIDs = live.TagIDs
	return f, state, nil
}

// PutDraft saves a new version of a flow that waits for Publish, and switches
// the flow to drafts. A new flow's first version, the live one, is empty.
func (s *Store) PutDraft(ctx context.Context, f *flow.Flow) (err error) {
	if err := validFlow(f); err != nil {
		return err
	}
	defer unkeptFlow(f, &err)()
	return s.change(ctx, func(ctx context.Context, tx bun.Tx) error {
		e, last, err := s.stampFlow(ctx, tx, f)
		if err != nil {
			return err
		}
		known, err := tx.NewSelect().TableExpr("flows").ColumnExpr("1").Where("id = ?", e.ID).Exists(ctx)
		if err != nil {
			return err
		}
		if !known {
			last++
			empty := flow.Flow{ID: f.ID, AccountID: f.AccountID, CustomerID: f.CustomerID, Name: f.Name, Version: last, DateLastModified: f.DateLastModified, LastModifiedBy: f.LastModifiedBy}
			if err := addVersion(ctx, tx, &empty); err != nil {
				return err
			}
			if err := put(ctx, tx, &flowRow{revised: fromRevised(e), AccountID: f.AccountID, CustomerID: f.CustomerID, Version: last, Name: f.Name, Tags: text(f.TagIDs)}); err != nil {
				return err
			}
		}
		f.Version = last + 1
		if err := addVersion(ctx, tx, f); err != nil {
			return err
		}
		_, err = tx.NewUpdate().TableExpr("flows").Set("draft = TRUE, modified = ?, modified_by = ?, revision = ?", micros(e.DateLastModified), e.LastModifiedBy, e.Revision).Set("tags = ?", text(f.TagIDs)).Where("id = ?", f.ID).Exec(ctx)
		return err
	})
}

// EndDraft switches a flow back to saves that are live at once. What was saved
// and not published stays an old version.
func (s *Store) EndDraft(ctx context.Context, id string) error {
	return s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewUpdate().TableExpr("flows").Set("draft = FALSE").Set("revision = revision + 1").Where("id = ?", id).Exec(ctx)
		return err
	})
}

// Publish makes a version of a flow with drafts the live one, for the calls
// that begin from now on; by is who does it.
func (s *Store) Publish(ctx context.Context, id string, version int, by string) error {
	return s.change(ctx, func(ctx context.Context, tx bun.Tx) error {
		old, err := oldRow(ctx, tx, "flows", id)
		if err != nil {
			return err
		}
		if old == nil {
			return unknown("flow", id)
		}
		if err := checkAt(ctx, tx, "flows", "flow", id); err != nil {
			return err
		}
		var v versionRow
		if err := tx.NewSelect().Model(&v).Column("name", "customer_id").Where("flow_id = ? AND version = ?", id, version).Scan(ctx); err != nil {
			return one(err, "version of flow", id)
		}
		if err := mustExist(ctx, tx, "customers", "customerId", v.CustomerID, old.AccountID); err != nil {
			return err
		}
		_, err = tx.NewUpdate().TableExpr("flows").Set("version = ?, name = ?", version, v.Name).Set("customer_id = nullif(?, '')", v.CustomerID).
			Set("modified = ?, modified_by = ?", micros(time.Now()), by).Set("revision = revision + 1").Where("id = ?", id).Exec(ctx)
		return err
	})
}
