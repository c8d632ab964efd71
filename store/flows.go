package store

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/uptrace/bun"

	"ringflow/endpoints"
	"ringflow/flow"
)

// longest texts of a flow: its prose, and each part of its graph.
const (
	maxProse = 64 << 10
	maxGraph = 4 << 20
)

// flowRow is what all versions of a flow share, and which is the current one.
type flowRow struct {
	bun.BaseModel `bun:"table:flows,alias:f"`
	revised
	AccountID  string `bun:"account_id"`
	CustomerID string `bun:"customer_id,nullzero"`
	Version    int    `bun:"version"`
	Name       string `bun:"name"`
	Tags       string `bun:"tags"` // ids as JSON

	Text *versionRow `bun:"rel:has-one,join:id=flow_id,join:version=version"`
}

type versionRow struct {
	bun.BaseModel `bun:"table:flow_versions,alias:v"`
	FlowID        string `bun:"flow_id,pk"`
	Version       int    `bun:"version,pk"`
	Saved         int64  `bun:"saved"`
	SavedBy       string `bun:"saved_by"`
	AccountID     string `bun:"account_id"`
	CustomerID    string `bun:"customer_id"`
	Name          string `bun:"name"`
	Description   string `bun:"description"`
	Notes         string `bun:"notes"`
	Roles         string `bun:"roles"`
	Nodes         string `bun:"nodes"`
	Parameters    string `bun:"parameters"`
	Exits         string `bun:"exits"`
	UI            string `bun:"ui"`
	NodeCount     int    `bun:"node_count"` // less than 0: not counted
}

// flow is the flow as this version had it.
func (r *versionRow) flow() (*flow.Flow, error) {
	f := &flow.Flow{
		ID: r.FlowID, AccountID: r.AccountID, CustomerID: r.CustomerID, Name: r.Name, Description: r.Description, Notes: r.Notes, Version: r.Version,
		Raw:              flow.Raw{Nodes: raw(r.Nodes), Parameters: raw(r.Parameters), Exits: raw(r.Exits), UI: raw(r.UI)},
		DateLastModified: fromMicros(r.Saved), LastModifiedBy: r.SavedBy,
	}
	return f, fromText("roles of flow "+r.FlowID, r.Roles, &f.Roles)
}

func (r *flowRow) flow() (*flow.Flow, error) {
	if r.Text == nil {
		return nil, fmt.Errorf("flow %s: its version %d is missing in the database", r.ID, r.Version)
	}
	f, err := r.Text.flow()
	if err != nil {
		return nil, err
	}
	f.DateCreated, f.CreatedBy, f.Revision = fromMicros(r.Created), r.CreatedBy, r.Revision
	return f, fromText("tags of flow "+r.ID, r.Tags, &f.TagIDs)
}

func raw(s string) json.RawMessage {
	if s == "" {
		return nil
	}
	return json.RawMessage(s)
}

var flowSorting = entities.and(map[string]string{"name": "name"}).with(sorting{
	"accountName": byAccount, "customerName": byCustomer, "version": {name: "version"},
	"nodeCount":   {of: "(SELECT other.node_count FROM flow_versions AS other WHERE other.flow_id = ?TableAlias.id AND other.version = ?TableAlias.version)"},
	"description": {text: true, of: "(SELECT other.description FROM flow_versions AS other WHERE other.flow_id = ?TableAlias.id AND other.version = ?TableAlias.version)"},
})

// Flow is the current version of a flow.
func (s *Store) Flow(ctx context.Context, id string) (*flow.Flow, error) {
	var r flowRow
	if err := s.r.NewSelect().Model(&r).Relation("Text").Where("f.id = ?", id).Scan(ctx); err != nil {
		return nil, one(err, "flow", id)
	}
	return r.flow()
}

// BareFlow is the current version of a flow without what it does: who owns it, and
// what it is called.
func (s *Store) BareFlow(ctx context.Context, id string) (*flow.Flow, error) {
	f := &flow.Flow{ID: id}
	if err := s.row(ctx, flowHead, id, &f.AccountID, &f.CustomerID, &f.Name, &f.Version, &f.Revision); err != nil {
		return nil, one(err, "flow", id)
	}
	return f, nil
}

// FlowVersion is a flow as a version of it was saved. Versions outlive their flow.
func (s *Store) FlowVersion(ctx context.Context, id string, version int) (*flow.Flow, error) {
	var v versionRow
	if err := s.r.NewSelect().Model(&v).Where("flow_id = ? AND version = ?", id, version).Scan(ctx); err != nil {
		return nil, one(err, fmt.Sprintf("version %d of flow", version), id)
	}
	return v.flow()
}

// PutFlow saves a new version of a flow (no ID, or an unknown one: of a new
// flow); it sets ID, Version and times. What f's graph says is not looked at:
// a flow with errors can be kept, it just isn't run.
func (s *Store) PutFlow(ctx context.Context, f *flow.Flow) error { return s.putFlow(ctx, f, false) }

// PutLive is PutFlow, and saves of the flow are live at once from now on: what
// was saved and not published stays an old version.
func (s *Store) PutLive(ctx context.Context, f *flow.Flow) error { return s.putFlow(ctx, f, true) }

func (s *Store) putFlow(ctx context.Context, f *flow.Flow, endDraft bool) (err error) {
	if err := validFlow(f); err != nil {
		return err
	}
	defer unkeptFlow(f, &err)()
	return s.change(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := s.saveFlow(ctx, tx, f); err != nil || !endDraft {
			return err
		}
		_, err := tx.NewUpdate().TableExpr("flows").Set("draft = FALSE").Where("id = ?", f.ID).Exec(ctx)
		return err
	})
}

// saveFlow makes f the newest version of its flow, and the live one.
func (s *Store) saveFlow(ctx context.Context, tx bun.Tx, f *flow.Flow) error {
	e, last, err := s.stampFlow(ctx, tx, f)
	if err != nil {
		return err
	}
	f.Version = last + 1
	if err := addVersion(ctx, tx, f); err != nil {
		return err
	}
	return put(ctx, tx, &flowRow{revised: fromRevised(e), AccountID: f.AccountID, CustomerID: f.CustomerID, Version: f.Version, Name: f.Name, Tags: text(f.TagIDs)})
}

// unkeptFlow is unkept for a flow.
func unkeptFlow(f *flow.Flow, err *error) func() {
	was := f.Revision
	return func() {
		if *err != nil {
			f.Revision = was
		}
	}
}

// stampFlow sets id and times of a flow that is saved; last is its newest
// version of all that ever were: an id that comes back doesn't overwrite.
func (s *Store) stampFlow(ctx context.Context, tx bun.Tx, f *flow.Flow) (e endpoints.Entity, last int, err error) {
	e = endpoints.Entity{ID: f.ID, CreatedBy: f.CreatedBy, LastModifiedBy: f.LastModifiedBy, Revision: f.Revision}
	if err := stampOwned(ctx, tx, "flows", &e, f.AccountID); err != nil {
		return e, 0, err
	}
	if err := mustExist(ctx, tx, "customers", "customerId", f.CustomerID, f.AccountID); err != nil {
		return e, 0, err
	}
	if err := s.tagsExist(ctx, tx, f.AccountID, &f.TagIDs, e.ID, "flows"); err != nil {
		return e, 0, err
	}
	f.ID, f.DateCreated, f.DateLastModified, f.CreatedBy, f.LastModifiedBy, f.Revision = e.ID, e.DateCreated, e.DateLastModified, e.CreatedBy, e.LastModifiedBy, e.Revision
	err = tx.NewSelect().TableExpr("flow_versions").ColumnExpr("coalesce(max(version), 0)").Where("flow_id = ?", e.ID).Scan(ctx, &last)
	return e, last, err
}

func addVersion(ctx context.Context, tx bun.Tx, f *flow.Flow) error {
	_, err := tx.NewInsert().Model(&versionRow{
		FlowID: f.ID, Version: f.Version, Saved: micros(f.DateLastModified), SavedBy: f.LastModifiedBy, AccountID: f.AccountID, CustomerID: f.CustomerID,
		Name: f.Name, Description: f.Description, Notes: f.Notes, Roles: text(f.Roles),
		Nodes: string(f.Raw.Nodes), Parameters: string(f.Raw.Parameters), Exits: string(f.Raw.Exits), UI: string(f.Raw.UI), NodeCount: f.Count(),
	}).Exec(ctx)
	return err
}

func validFlow(f *flow.Flow) error {
	if f.AccountID == "" {
		return invalid("accountId", "is missing")
	}
	f.Name = strings.TrimSpace(f.Name)
	if f.Name == "" || len(f.Name) > 256 {
		return invalid("name", "has %d bytes; 1 to 256 are allowed", len(f.Name))
	}
	if strings.ContainsFunc(f.Name, unicode.IsControl) {
		return invalid("name", "has a control character")
	}
	for _, part := range []struct{ field, text string }{{"description", f.Description}, {"notes", f.Notes}} {
		if len(part.text) > maxProse {
			return invalid(part.field, "has %d bytes; %d are allowed", len(part.text), maxProse)
		}
	}
	for _, part := range []struct {
		field string
		raw   json.RawMessage
	}{{"nodes", f.Raw.Nodes}, {"parameters", f.Raw.Parameters}, {"exits", f.Raw.Exits}, {"ui", f.Raw.UI}} {
		if len(part.raw) > maxGraph {
			return invalid(part.field, "has %d bytes; %d are allowed", len(part.raw), maxGraph)
		}
		if len(part.raw) > 0 && !(json.Valid(part.raw) && utf8.Valid(part.raw)) {
			return invalid(part.field, "isn't JSON in UTF-8")
		}
	}
	return nil
}

// DeleteFlow removes a flow that no endpoint and no schedule runs. Its versions stay.
func (s *Store) DeleteFlow(ctx context.Context, id string) error {
	return s.change(ctx, func(ctx context.Context, tx bun.Tx) error {
		old, err := oldRow(ctx, tx, "flows", id)
		if err != nil {
			return err
		}
		if old == nil {
			return unknown("flow", id)
		}
		var names []string
		if err := tx.NewSelect().TableExpr("endpoints").Column("display_name").Where("flow_id = ?", id).Order("created").Scan(ctx, &names); err != nil {
			return err
		}
		if len(names) > 0 {
			return invalid("flowId", "the flow can't be deleted: it is the flow of %d endpoints (%s); give them another one first", len(names), strings.Join(names[:min(len(names), 3)], ", "))
		}
		if names, err = schedulesWith(ctx, tx, id, old.AccountID); err != nil {
			return err
		}
		if len(names) > 0 {
			return invalid("flowId", "the flow can't be deleted: schedules run it (of %s); give those another one first", strings.Join(names[:min(len(names), 3)], ", "))
		}
		return remove(ctx, tx, "flows", "flow", id)
	})
}
