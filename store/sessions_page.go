package store

import (
	"cmp"
	"context"
	"slices"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"

	"ringflow/endpoints"
)

// maxMerged values of a filter are merged, up to mergedRows deep into the pages:
// beyond that the database may sort.
const maxMerged, mergedRows = 2_000, 10_000

// recordPage reads the rows of a page of f, and counts (-1: not counted). There are as
// many ways as there are indexes; each gives the same.
func (s *Store) recordPage(ctx context.Context, f *RecordFilter) ([]*sessionRow, int, error) {
	if f.walkable() {
		ids, ok, err := s.walk(ctx, f)
		if err != nil {
			return nil, 0, err
		}
		if ok {
			rows, err := s.inOrder(ctx, ids)
			return rows, -1, err
		}
	}
	found, err := s.narrow(ctx, f)
	if err != nil {
		return nil, 0, err
	}
	var rows []*sessionRow
	q := s.r.NewSelect().Model(&rows)
	column, values := f.mergeable()
	switch {
	case found != nil:
		found.among(q)
	case f.Live != nil && *f.Live:
		s.by(q, "sessions_live")
	case f.ParentSessionID != "":
		s.by(q, "sessions_parent")
	case column != "":
		s.by(q, f.listIndex(column))
	case f.byTime(1 << 30):
		s.by(q, f.road(s.r.NewSelect()))
	}
	s.choose(q, f, "")
	if f.All { // with their logs they could fill the memory
		n, err := s.count(ctx, q)
		if err != nil {
			return nil, 0, err
		}
		if n > maxRecords {
			return nil, 0, invalid("all", "there are more than %d sessions, which are given at once at most; choose fewer by date, or ask page by page", maxRecords)
		}
	}
	if found == nil && column != "" {
		total, err := s.mergedPage(ctx, q, f, column, values)
		return rows, total, err
	}
	total, err := s.page(ctx, q, f.List, sessionSorting)
	return rows, total, err
}

// mergeable is the column whose lists are to be merged for a page of f, if that helps.
func (f *RecordFilter) mergeable() (column string, values []string) {
	if !f.byTime(mergedRows) || f.ParentSessionID != "" || f.Live != nil && *f.Live {
		return "", nil
	}
	for _, l := range f.lists() {
		if len(l.values) == 1 || len(l.values) > maxMerged || slices.Contains(l.values, "") {
			return "", nil // one list is in order
		}
		if len(l.values) > 1 {
			return l.column, l.values
		}
	}
	return "", nil
}

// mergedPage scans a page of q, which are the sessions of f, and counts. Each value's
// sessions stand in an index in the order of time, those of all together don't: but
// if one value alone has enough for the pages so far, nothing after its last of them
// is in the page. So there is little left to sort.
func (s *Store) mergedPage(ctx context.Context, q *bun.SelectQuery, f *RecordFilter, column string, values []string) (total int, err error) {
	total = -1
	if !f.Simplified {
		if total, err = s.count(ctx, q); err != nil {
			return 0, err
		}
		total = min(total, maxTotal)
	}
	dir, down := "ASC", f.SortOrder == endpoints.Descend
	if down {
		dir = "DESC"
	}
	last := s.r.NewSelect().Model((*sessionRow)(nil)).Column("started").OrderExpr("s.started "+dir).
		Offset(int64((f.Page+1)*cmp.Or(f.CountPerPage, endpoints.DefaultPage)-1)).Limit(1).Where("s.? = v.value", bun.Ident(column))
	s.choose(s.by(last, f.listIndex(column)), f, column)
	edges := s.r.NewSelect().ColumnExpr("(?) AS edge", last)
	if s.r.Dialect().Name() == dialect.PG {
		edges.TableExpr("json_array_elements_text(?) AS v (value)", text(values))
	} else {
		edges.TableExpr("json_each(?) AS v", text(values))
	}
	best := s.r.NewSelect().TableExpr("(?) AS edges", edges)
	if down {
		best.ColumnExpr("coalesce(max(edge), -1)")
	} else {
		best.ColumnExpr("coalesce(min(edge), -1)")
	}
	var edge int64
	if err := best.Scan(ctx, &edge); err != nil {
		return 0, err
	}
	if edge >= 0 {
		upTo(q, edge, down)
	}
	l := f.List
	l.Simplified = true
	_, err = s.page(ctx, q, l, sessionSorting)
	return total, err
}

// having keeps the sessions with this value in a column. The index of a column that
// may be empty has the others alone, which SQLite must be told.
func having(q *bun.SelectQuery, column, value string) {
	q.Where("s.? = ?", bun.Ident(column), value)
	filled(q, column)
}

func filled(q *bun.SelectQuery, column string) {
	if column != "account_id" {
		q.Where("s.? <> ''", bun.Ident(column))
	}
}
