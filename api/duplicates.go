package api

import (
	"context"
	"fmt"
	"slices"

	"ringflow/endpoints"
	"ringflow/store"
)

func (s *Server) listDuplicateEndpoints(r *Request, q *ListDuplicateEndpoints) (*ListDuplicateEndpointsResponse, error) {
	ctx := r.Context()
	v, err := s.Store.Settings(ctx, r.found.accountID)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(v.EndpointFields, func(f *endpoints.EndpointField) bool { return f.Name == q.EndpointFieldName })
	switch {
	case i < 0 && !store.IsBuiltIn(q.EndpointFieldName):
		return nil, &endpoints.Invalid{Field: "endpointFieldName", Text: fmt.Sprintf("the account has no Endpoint Field %.64q", q.EndpointFieldName)}
	case i >= 0 && v.EndpointFields[i].Secret():
		return nil, &endpoints.Invalid{Field: "endpointFieldName", Text: q.EndpointFieldName + " is a Password field; its values are shown to nobody"}
	}
	groups, err := s.Store.EndpointDuplicates(ctx, r.found.accountID, q.EndpointFieldName)
	if err != nil {
		return nil, err
	}
	out := &ListDuplicateEndpointsResponse{Duplicates: []DuplicateValue{}}
	for _, g := range groups {
		if len(out.Duplicates) == maxDuplicates {
			break
		}
		d, err := s.duplicate(ctx, r.found.accountID, g)
		if err != nil {
			return nil, err
		}
		if len(d.Endpoints) > 1 {
			out.Duplicates = append(out.Duplicates, d)
		}
	}
	return out, nil
}

// duplicate names the endpoints of a group, as far as the caller may see them.
func (s *Server) duplicate(ctx context.Context, account string, g store.Duplicates) (DuplicateValue, error) {
	out := DuplicateValue{Value: g.Value, Count: len(g.IDs), Endpoints: []EndpointReference{}}
	mine := keptTo(ctx)
	f := endpoints.EndpointFilter{AccountIDs: []string{account}, CustomerIDs: mine, List: endpoints.List{CountPerPage: maxDuplicates, Simplified: true, SpecificIDs: g.IDs[:min(len(g.IDs), maxPage)]}}
	all, _, err := s.Store.Endpoints(ctx, f)
	for _, e := range all {
		out.Endpoints = append(out.Endpoints, EndpointReference{Id: e.ID, DisplayName: e.DisplayName, Type: EndpointTypes(e.Kind), CustomerId: e.CustomerID})
	}
	if mine != nil { // how many others there are isn't for him
		out.Count = len(out.Endpoints)
	}
	return out, err
}
