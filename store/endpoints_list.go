package store

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"ringflow/endpoints"
)

// Endpoints lists endpoints, and counts them.
func (s *Store) Endpoints(ctx context.Context, f endpoints.EndpointFilter) ([]*endpoints.Endpoint, int, error) {
	var rows []*endpointRow
	q := s.r.NewSelect().Model(&rows)
	in(q, "account_id", f.AccountIDs)
	below(q, "customer_id", f.CustomerIDs, f.ShallowParent)
	in(q, "reference_id", f.ReferenceIDs)
	running(q, f.FlowIDs)
	s.contains(q, scheduledState(f.FlowState), "scheduled_flows")
	in(q, "kind", f.Types)
	s.contains(q, f.NameFilter, "display_name", "first_name", "last_name")
	s.contains(q, f.PhoneNumberFilter, "number")
	if f.UserMode != "" {
		q.Where("user_mode = ?", string(f.UserMode))
	}
	if f.SipUserName != "" {
		q.Where("sip_user_name = lower(?)", f.SipUserName)
	}
	data, err := s.structFilter(q, f)
	if err != nil {
		return nil, 0, err
	}
	list := f.List
	if data != nil {
		list.All = true // the database only narrows the choice
	}
	total, err := s.page(ctx, q, list, endpointSorting)
	if err != nil {
		return nil, 0, err
	}
	out := make([]*endpoints.Endpoint, 0, len(rows))
	for _, r := range rows {
		e, err := s.endpoint(r)
		if err != nil {
			return nil, 0, err
		}
		if data == nil || data(e) {
			out = append(out, e)
		}
	}
	if data == nil {
		return out, total, nil
	}
	if total >= 0 {
		total = len(out)
	}
	if !f.All {
		n := cmp.Or(f.CountPerPage, endpoints.DefaultPage)
		from := min(f.Page*n, len(out))
		out = out[from:min(from+n, len(out))]
	}
	return out, total, nil
}

// structFilter narrows q to rows whose data and flow parameters have what f
// asks for somewhere in their JSON, and returns what tells which have it at the
// top; nil: f asks for nothing.
func (s *Store) structFilter(q *bun.SelectQuery, f endpoints.EndpointFilter) (func(*endpoints.Endpoint) bool, error) {
	if len(f.DataFilters) == 0 && len(f.FlowParams) == 0 {
		return nil, nil
	}
	data := map[string]endpoints.Value{}
	for _, filter := range f.DataFilters {
		name, value, ok := strings.Cut(filter, "=")
		if !ok || name == "" {
			return nil, invalid("dataFilters", "%.64q isn't Field=Value", filter)
		}
		data[name] = endpoints.StringValue(value)
	}
	if len(data)+len(f.FlowParams) > maxStructFilters {
		return nil, invalid("dataFilters", "%d values are asked for; %d are allowed", len(data)+len(f.FlowParams), maxStructFilters)
	}
	for _, part := range []struct {
		column string
		want   map[string]endpoints.Value
	}{{"data", data}, {"flow_params", f.FlowParams}} {
		for name, v := range part.want {
			s.containsValue(q, strings.Trim(text(map[string]endpoints.Value{name: v}), "{}"), part.column)
		}
	}
	return func(e *endpoints.Endpoint) bool { return holds(e.Data, data) && holds(e.FlowParams, f.FlowParams) }, nil
}

const maxStructFilters = 20

// holds tells whether have has all of want.
func holds(have, want map[string]endpoints.Value) bool {
	for name, v := range want {
		got, ok := have[name]
		if !ok || !slices.Equal(marshal(got), marshal(v)) {
			return false
		}
	}
	return true
}

func marshal(v endpoints.Value) []byte {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil // all we keep are plain values, which marshal
	}
	return raw
}
