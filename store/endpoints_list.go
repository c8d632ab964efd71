package store

import (
	"context"
	"strings"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"

	"ringflow/endpoints"
)

// Endpoints lists endpoints, and counts them.
func (s *Store) Endpoints(ctx context.Context, f endpoints.EndpointFilter) ([]*endpoints.Endpoint, int, error) {
	var rows []*endpointRow
	q := s.r.NewSelect().Model(&rows)
	in(q, "account_id", f.AccountIDs)
	below(q, "customer_id", f.CustomerIDs, f.ShallowParent)
	in(q, "reference_id", f.ReferenceIDs)
	if f.FlowState == "" {
		running(q, f.FlowIDs)
	} else {
		s.runningIn(q, f.FlowState, f.FlowIDs)
	}
	in(q, "kind", f.Types)
	s.contains(q, f.NameFilter, "display_name", "first_name", "last_name")
	s.contains(q, f.PhoneNumberFilter, "number")
	if f.UserMode != "" {
		q.Where("user_mode = ?", string(f.UserMode))
	}
	if f.SipUserName != "" {
		q.Where("sip_user_name = lower(?)", f.SipUserName)
	}
	if f.EmailAddress != "" {
		q.Where("?TableAlias.email_address = ?", f.EmailAddress)
	}
	if f.NumberPrefix != "" {
		q.Where(`?TableAlias.number LIKE ? ESCAPE '\'`, escapeLike.Replace(f.NumberPrefix)+"%")
	}
	if f.WithoutFlow {
		q.Where("?TableAlias.flow_id IS NULL AND ?TableAlias.scheduled_flows = ''")
	}
	if f.WithoutCustomer {
		q.Where("?TableAlias.customer_id IS NULL")
	}
	if err := tagged(q, f.TagIDs); err != nil {
		return nil, 0, err
	}
	if err := s.structFilter(q, f); err != nil {
		return nil, 0, err
	}
	total, err := s.page(ctx, q, f.List, endpointSorting)
	if err != nil {
		return nil, 0, err
	}
	out := make([]*endpoints.Endpoint, len(rows))
	for i, r := range rows {
		if out[i], err = s.endpoint(r); err != nil {
			return nil, 0, err
		}
	}
	return out, total, nil
}

// structFilter keeps rows whose data and flow parameters have what f asks for.
func (s *Store) structFilter(q *bun.SelectQuery, f endpoints.EndpointFilter) error {
	data := map[string]endpoints.Value{}
	for _, filter := range f.DataFilters {
		name, value, ok := strings.Cut(filter, "=")
		if !ok || name == "" {
			return invalid("dataFilters", "%.64q isn't Field=Value", filter)
		}
		data[name] = endpoints.StringValue(value)
	}
	if n := len(data) + len(f.FlowParams); n > maxStructFilters {
		return invalid("dataFilters", "%d values are asked for; %d are allowed", n, maxStructFilters)
	}
	for _, part := range []struct {
		column string
		want   map[string]endpoints.Value
	}{{"data", data}, {"flow_params", f.FlowParams}} {
		for name, v := range part.want {
			s.contains(q, strings.Trim(text(map[string]endpoints.Value{name: v}), "{}"), part.column) // cheap, and leaves few for what follows
			s.holds(q, part.column, name, v)
		}
	}
	return nil
}

const maxStructFilters = 20

// NUL as JSON writes it, which PostgreSQL's jsonb can't hold, and what stands for
// it there.
const (
	nul   = "\\u0000"
	noNul = "\\ufffd"
)

// holds keeps rows whose column, a Struct as JSON, has this value under the name.
func (s *Store) holds(q *bun.SelectQuery, column, name string, v endpoints.Value) {
	raw := text(v)
	if raw == "" {
		raw = "{}"
	}
	if q.Dialect().Name() == dialect.PG {
		q.Where("CASE WHEN ?TableAlias.?0 = '' THEN FALSE ELSE replace(?TableAlias.?0, ?3, ?4)::jsonb -> ?1 = (?2)::jsonb END",
			bun.Ident(column), name, strings.ReplaceAll(raw, nul, noNul), nul, noNul)
		return
	}
	q.Where("EXISTS (SELECT 1 FROM json_each(CASE WHEN ?TableAlias.?0 = '' THEN '{}' ELSE ?TableAlias.?0 END) AS j WHERE j.key = ?1 AND json(j.value) = json(?2))", bun.Ident(column), name, raw)
}
