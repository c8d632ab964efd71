package api

import (
	"context"
	"errors"
	"io/fs"

	"ringflow/endpoints"
)

// shown gives ids the names that answers show beside them: one query a list.
type shown struct {
	names  map[string]string
	crumbs map[string][]CustomerBreadcrumb // by customer
}

func (n shown) of(id string) string { return n.names[id] }

// maxCustomerDepth bounds the walk to a customer's root.
const maxCustomerDepth = 32

// shown looks the names of ids up; customers also get their way from the root.
func (s *Server) shown(ctx context.Context, ids, customers []string) (shown, error) {
	out := shown{crumbs: map[string][]CustomerBreadcrumb{}}
	seen := map[string]bool{"": true}
	var wanted []string
	for _, list := range [][]string{ids, customers} {
		for _, id := range list {
			if !seen[id] {
				seen[id] = true
				wanted = append(wanted, id)
			}
		}
	}
	var err error
	if out.names, err = s.Store.Names(ctx, wanted...); err != nil {
		return out, err
	}
	loaded := map[string]*endpoints.Customer{}
	for _, id := range customers {
		if id == "" || out.crumbs[id] != nil {
			continue
		}
		var crumbs []CustomerBreadcrumb
		for at, depth := id, 0; at != "" && depth < maxCustomerDepth; depth++ {
			c := loaded[at]
			if c == nil {
				if c, err = s.Store.Customer(ctx, at); err != nil {
					break
				}
				loaded[at] = c
			}
			crumbs = append([]CustomerBreadcrumb{{Id: c.ID, Name: c.Name}}, crumbs...)
			at = c.ParentCustomerID
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return out, err
		}
		out.crumbs[id] = crumbs
	}
	return out, nil
}
