package api

import (
	"context"
	"maps"
	"slices"
	"strings"

	"ringflow/endpoints"
)

// secrets are the names of an account's Password fields, whose values are
// shown to nobody, and beside them its tags, which everybody may see.
type secrets struct {
	endpoint, customer []string
	tags               []endpoints.Tag
}

// shown are the tags with these ids, in the account's order.
func (v secrets) shown(ids []string) []Tag {
	out := []Tag{}
	for _, t := range v.tags {
		if slices.Contains(ids, t.ID) {
			out = append(out, Tag{Id: t.ID, Name: t.Name, Color: t.Color})
		}
	}
	return out
}

// secretsOf reads them for each of the accounts.
func (s *Server) secretsOf(ctx context.Context, accountIDs ...string) (map[string]secrets, error) {
	out := map[string]secrets{}
	for _, id := range accountIDs {
		if _, known := out[id]; known {
			continue
		}
		v, err := s.Store.Settings(ctx, id)
		if err != nil {
			return nil, err
		}
		all := secrets{tags: v.Tags}
		for _, f := range v.EndpointFields {
			if f.Secret() {
				all.endpoint = append(all.endpoint, f.Name)
			}
		}
		for _, f := range v.CustomerFields {
			if f.Secret() {
				all.customer = append(all.customer, f.Name)
			}
		}
		out[id] = all
	}
	return out, nil
}

// without is data that may be shown.
func without(data map[string]endpoints.Value, names []string) map[string]endpoints.Value {
	if len(data) == 0 || len(names) == 0 {
		return data
	}
	out := maps.Clone(data)
	for _, name := range names {
		delete(out, name)
	}
	return out
}

// replaced is data that a client gives in place of old. What it was not shown
// it need not give: such values stay, unless it gives an empty one.
func replaced(old, fresh map[string]endpoints.Value, names []string) map[string]endpoints.Value {
	out := maps.Clone(fresh)
	for _, name := range names {
		if _, given := out[name]; given {
			continue
		}
		if v, kept := old[name]; kept {
			out[name] = v
		}
	}
	return out
}

// noGuessing refuses filters by what is shown to nobody: they would tell.
func (s *Server) noGuessing(ctx context.Context, accountIDs, filters []string) error {
	if len(filters) == 0 {
		return nil
	}
	if len(accountIDs) == 0 {
		var err error
		if accountIDs, err = s.accountIDs(ctx); err != nil {
			return err
		}
	}
	hidden, err := s.secretsOf(ctx, accountIDs...)
	if err != nil {
		return missing(err, "account", strings.Join(accountIDs, ", "))
	}
	for _, f := range filters {
		name, _, _ := strings.Cut(f, "=")
		for _, h := range hidden {
			if slices.Contains(h.endpoint, name) {
				return &endpoints.Invalid{Field: "dataFilters", Text: name + " is a Password field; nothing is found by it"}
			}
		}
	}
	return nil
}
