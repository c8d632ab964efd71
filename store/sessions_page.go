package store

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"ringflow/endpoints"
)

const (
	// mergedAtOnce are so many lists in one statement.
	mergedAtOnce = 100
	// maxMerged values of a filter are merged, up to mergedRows deep into the pages:
	// beyond that the database may sort.
	maxMerged, mergedRows = 2_000, 10_000
)

// when is what pages in the order of time are made of.
type when struct {
	ID      string
	Started int64
}

// mergeable is the column whose lists are to be merged for a page of f, if that helps.
func (f *RecordFilter) mergeable() (column string, values []string) {
	switch {
	case f.SortField != "" && !strings.EqualFold(f.SortField, "dateCreated") && f.SortField != "started",
		f.SortOrder != "" && f.SortOrder != endpoints.Ascend && f.SortOrder != endpoints.Descend,
		f.All, f.Page < 0, f.CountPerPage < 0, f.CountPerPage > maxPage, len(f.SpecificIDs) > 0,
		f.Page > mergedRows, (f.Page+1)*cmp.Or(f.CountPerPage, endpoints.DefaultPage) > mergedRows:
		return "", nil
	}
	for _, l := range f.lists() {
		if len(l.values) == 1 || len(l.values) > maxMerged {
			return "", nil // one list is in order
		}
		if len(l.values) > 1 {
			return l.column, l.values
		}
	}
	return "", nil
}

// mergedPage scans a page of f into rows, and counts.
func (s *Store) mergedPage(ctx context.Context, q *bun.SelectQuery, f *RecordFilter, column string, values []string, rows *[]*sessionRow) (total int, err error) {
	total = -1
	if !f.Simplified {
		if total, err = s.count(ctx, q); err != nil {
			return 0, err
		}
	}
	each := s.r.NewSelect().Model((*sessionRow)(nil))
	s.choose(each, f, column)
	ids, err := s.merged(ctx, each, column, values, f.List)
	if err != nil || len(ids) == 0 {
		return total, err
	}
	if err := s.r.NewSelect().Model(rows).Where("id IN (?)", bun.In(ids)).Scan(ctx); err != nil {
		return 0, err
	}
	place := make(map[string]int, len(ids))
	for i, id := range ids {
		place[id] = i
	}
	slices.SortFunc(*rows, func(a, b *sessionRow) int { return cmp.Compare(place[a.ID], place[b.ID]) })
	return total, nil
}

// merged finds the ids of a page of sessions in the order of time that have one of
// several values in a column. Each value's sessions stand in an index in that order,
// those of all together don't: so the page's are the first of the first of each.
func (s *Store) merged(ctx context.Context, q *bun.SelectQuery, column string, values []string, l endpoints.List) ([]string, error) {
	per := cmp.Or(l.CountPerPage, endpoints.DefaultPage)
	most := (l.Page + 1) * per
	sign, dir := 1, "ASC"
	if l.SortOrder == endpoints.Descend {
		sign, dir = -1, "DESC"
	}
	var all []when
	for part := range slices.Chunk(values, mergedAtOnce) {
		args := make([]any, 0, len(part))
		for _, v := range part {
			one := q.Clone().Column("id", "started").OrderExpr("s.started " + dir).OrderExpr("s.id " + dir).Limit(int64(most))
			having(one, column, v)
			args = append(args, one)
		}
		var rows []when
		each := strings.TrimPrefix(strings.Repeat(" UNION ALL SELECT id, started FROM (?) AS x", len(part)), " UNION ALL ")
		union := "SELECT id, started FROM (" + each + ") AS m ORDER BY started " + dir + ", id " + dir + " LIMIT ?"
		if err := s.r.NewRaw(union, append(args, most)...).Scan(ctx, &rows); err != nil {
			return nil, err
		}
		all = append(all, rows...)
	}
	slices.SortFunc(all, func(a, b when) int {
		return sign * cmp.Or(cmp.Compare(a.Started, b.Started), strings.Compare(a.ID, b.ID))
	})
	all = slices.Compact(all)
	from, to := min(l.Page*per, len(all)), min(most, len(all))
	ids := make([]string, 0, to-from)
	for _, r := range all[from:to] {
		ids = append(ids, r.ID)
	}
	return ids, nil
}

// having keeps the sessions with this value in a column. The index of a column that
// may be empty has the others alone, which SQLite must be told.
func having(q *bun.SelectQuery, column, value string) {
	q.Where("s.? = ?", bun.Ident(column), value)
	if column != "account_id" {
		q.Where("s.? <> ''", bun.Ident(column))
	}
}
