package api

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"

	"ringflow/endpoints"
	"ringflow/flow"
	"ringflow/store"
)

func (s *Server) listFlows(r *Request, q *ListFlows) (*ListResponse[FlowInfo], error) {
	list, err := q.list()
	if err != nil {
		return nil, err
	}
	f := store.FlowFilter{List: list, AccountIDs: q.AccountIds, CustomerIDs: q.CustomerIds, NameFilter: q.NameFilter, Role: string(q.Role), TagIDs: q.TagIds}
	if !q.IncludeNodes && q.NodeTypeFilter == "" {
		heads, total, err := s.Store.FlowHeads(r.Context(), f)
		if err != nil {
			return nil, err
		}
		if err := s.withDrafts(r.Context(), heads); err != nil {
			return nil, err
		}
		items, err := s.flowInfos(r.Context(), heads, false)
		return page(&q.ListRequest, items, total), err
	}
	if q.NodeTypeFilter != "" {
		f.All = true // the database doesn't look into graphs
	}
	flows, total, err := s.Store.Flows(r.Context(), f)
	if err != nil {
		return nil, err
	}
	if q.NodeTypeFilter != "" {
		flows = slices.DeleteFunc(flows, func(f *flow.Flow) bool { return !hasNode(f, q.NodeTypeFilter) })
		total = len(flows)
		if !q.All {
			per := cmp.Or(q.CountPerPage, endpoints.DefaultPage)
			from := min(q.Page*per, total)
			flows = flows[from:min(from+per, total)]
		}
	}
	shown := withCounts(flows...)
	if err := s.withDrafts(r.Context(), shown); err != nil {
		return nil, err
	}
	items, err := s.flowInfos(r.Context(), shown, q.IncludeNodes)
	return page(&q.ListRequest, items, total), err
}

// hasNode tells whether a flow has a node of the type.
func hasNode(f *flow.Flow, typeName string) bool {
	g, err := f.Graph()
	return err == nil && slices.ContainsFunc(g.Nodes, func(n flow.GraphNode) bool { return strings.EqualFold(n.Spec.TypeName, typeName) })
}

func (s *Server) getFlow(r *Request, _ *GetFlow) (*FlowInfo, error) {
	return s.flowInfo(r.Context(), r.found.flow)
}

func (s *Server) newFlow(r *Request, q *NewFlow) (*FlowInfo, error) {
	f := &flow.Flow{
		ID: endpoints.NewID(), AccountID: r.found.accountID, CustomerID: q.CustomerId, Name: q.Name,
		Description: q.Description, Notes: q.Notes, Roles: flowRoles(q.Roles), TagIDs: q.TagIds,
		Raw:       flow.Raw{Nodes: q.Nodes, Parameters: q.Parameters, Exits: q.Exits, UI: q.UI},
		CreatedBy: r.Who.login.EmailAddress, LastModifiedBy: r.Who.login.EmailAddress,
	}
	if strings.TrimSpace(f.Name) == "" {
		f.Name = "New flow" // one under construction is never refused
	}
	return s.saveFlow(r, f, q.Draft)
}

func (s *Server) patchFlow(r *Request, q *PatchFlow) (*FlowInfo, error) {
	f := r.found.flow
	set(&f.CustomerID, q.CustomerId)
	set(&f.Name, q.Name)
	set(&f.Description, q.Description)
	set(&f.Notes, q.Notes)
	if q.Roles != nil {
		f.Roles = flowRoles(q.Roles)
	}
	if q.TagIds != nil {
		f.TagIDs = q.TagIds
	}
	for _, m := range []struct{ to, from *json.RawMessage }{
		{&f.Raw.Nodes, &q.Nodes}, {&f.Raw.Parameters, &q.Parameters}, {&f.Raw.Exits, &q.Exits}, {&f.Raw.UI, &q.UI},
	} {
		if *m.from != nil {
			*m.to = *m.from
		}
	}
	f.LastModifiedBy = r.Who.login.EmailAddress
	draft := r.found.flowState.Draft
	set(&draft, q.Draft)
	return s.saveFlow(r, f, draft)
}

// set changes what a sparse request names.
func set[T any](to *T, from *T) {
	if from != nil {
		*to = *from
	}
}

func (s *Server) copyFlow(r *Request, _ *CopyFlow) (*FlowInfo, error) {
	f := *r.found.flow
	f.ID, f.Version, f.Revision = endpoints.NewID(), 0, 0
	f.Name = "Copy of " + f.Name
	f.CreatedBy, f.LastModifiedBy = r.Who.login.EmailAddress, r.Who.login.EmailAddress
	return s.saveFlow(r, &f, false)
}

// saveFlow keeps a flow of the right shape, problems or not, as a new version:
// live at once, or as a draft until it is published.
func (s *Server) saveFlow(r *Request, f *flow.Flow, draft bool) (*FlowInfo, error) {
	ctx := r.Context()
	if err := rightShape(f); err != nil {
		return nil, err
	}
	if err := s.sameAccountCustomer(ctx, f.AccountID, f.CustomerID); err != nil {
		return nil, err
	}
	if draft {
		if err := s.Store.PutDraft(ctx, f); err != nil {
			return nil, err
		}
		return s.flowInfo(ctx, f)
	}
	if err := s.Store.PutLive(ctx, f); err != nil {
		return nil, err
	}
	s.reload(ctx)
	return s.flowInfo(ctx, f)
}

// rightShape tells a flow from any other JSON.
func rightShape(f *flow.Flow) error {
	for _, m := range []struct {
		name string
		raw  json.RawMessage
	}{{"nodes", f.Raw.Nodes}, {"parameters", f.Raw.Parameters}, {"exits", f.Raw.Exits}} {
		if text := strings.TrimSpace(string(m.raw)); text != "" && text[0] != '[' {
			return &endpoints.Invalid{Field: m.name, Text: "is no list"}
		}
	}
	if _, err := f.Graph(); err != nil {
		return &endpoints.Invalid{Field: "nodes", Text: err.Error()}
	}
	return nil
}

func (s *Server) deleteFlow(r *Request, _ *DeleteFlow) error {
	ctx := r.Context()
	if err := s.Store.DeleteFlow(ctx, r.found.flow.ID); err != nil {
		return err
	}
	s.reload(ctx)
	return nil
}

func flowRoles(roles []FlowRoles) []string {
	out := []string{}
	for _, r := range roles {
		if !slices.Contains(out, string(r)) {
			out = append(out, string(r))
		}
	}
	return out
}

func (s *Server) flowInfo(ctx context.Context, f *flow.Flow) (*FlowInfo, error) {
	infos, err := s.flowInfos(ctx, withCounts(f), true)
	if err != nil {
		return nil, err
	}
	return &infos[0], nil
}

func withCounts(flows ...*flow.Flow) []store.FlowHead {
	out := make([]store.FlowHead, len(flows))
	for i, f := range flows {
		out[i] = store.FlowHead{Flow: f, NodeCount: f.Count()}
	}
	return out
}

func (s *Server) flowInfos(ctx context.Context, flows []store.FlowHead, nodes bool) ([]FlowInfo, error) {
	var ids, customers, own []string
	for _, f := range flows {
		ids, customers, own = append(ids, f.AccountID), append(customers, f.CustomerID), append(own, f.ID)
	}
	names, err := s.shown(ctx, ids, customers)
	if err != nil {
		return nil, err
	}
	states, err := s.Store.FlowStates(ctx, own...)
	if err != nil {
		return nil, err
	}
	var tagged []string // accounts whose tags are wanted
	for _, f := range flows {
		if len(f.TagIDs) > 0 {
			tagged = append(tagged, f.AccountID)
		}
	}
	known, err := s.secretsOf(ctx, tagged...)
	if err != nil {
		return nil, err
	}
	out := make([]FlowInfo, len(flows))
	for i, f := range flows {
		out[i] = FlowInfo{
			EntityInfo: EntityInfo{Id: f.ID, DateCreated: f.DateCreated, DateLastModified: f.DateLastModified, CreatedBy: f.CreatedBy, LastModifiedBy: f.LastModifiedBy, revision: f.Revision},
			Name:       f.Name, Roles: []FlowRoles{}, Description: f.Description, Notes: f.Notes,
			AccountId: f.AccountID, AccountName: names.of(f.AccountID),
			CustomerId: f.CustomerID, CustomerName: names.of(f.CustomerID), CustomerBreadcrumb: names.crumbs[f.CustomerID],
			Tags: known[f.AccountID].shown(f.TagIDs), UI: f.Raw.UI, NodeCount: f.NodeCount, Version: f.Version, Draft: states[f.ID].Draft, LiveVersion: states[f.ID].Live,
		}
		for _, role := range f.Roles {
			out[i].Roles = append(out[i].Roles, FlowRoles(role))
		}
		if nodes {
			out[i].Nodes, out[i].Parameters, out[i].Exits = orEmpty(f.Raw.Nodes), orEmpty(f.Raw.Parameters), orEmpty(f.Raw.Exits)
		}
	}
	return out, nil
}

// orEmpty is a list where none was given.
func orEmpty(raw json.RawMessage) json.RawMessage {
	if len(raw) == 0 {
		return json.RawMessage("[]")
	}
	return raw
}
