package api

import "context"

// shown gives ids the names that answers show beside them: two queries a list.
type shown struct {
	names  map[string]string
	crumbs map[string][]CustomerBreadcrumb // by customer
}

func (n shown) of(id string) string { return n.names[id] }

// shown looks the names of ids up; customers also get their way from the root.
func (s *Server) shown(ctx context.Context, ids, customers []string) (shown, error) {
	out := shown{crumbs: map[string][]CustomerBreadcrumb{}}
	seen := map[string]bool{"": true}
	fresh := func(list []string) (wanted []string) {
		for _, id := range list {
			if !seen[id] {
				seen[id] = true
				wanted = append(wanted, id)
			}
		}
		return wanted
	}
	below := fresh(customers)
	var err error
	if out.names, err = s.Store.Names(ctx, append(fresh(ids), below...)...); err != nil || len(below) == 0 {
		return out, err
	}
	paths, err := s.Store.CustomerPaths(ctx, below...)
	for id, path := range paths {
		for _, step := range path {
			out.crumbs[id] = append(out.crumbs[id], CustomerBreadcrumb{Id: step.ID, Name: step.Name})
		}
	}
	return out, err
}
