package store

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"

	"ringflow/endpoints"
)

const (
	// walkFirst sessions are read at first, then more each time, and no more than
	// walkMost: that takes a quarter of the time that a list may take.
	walkFirst, walkMore, walkMost = 300, 4, 6_300
	// walkedRows is how deep into the pages it pays.
	walkedRows = 1_000
)

// byTime tells whether pages of f are in the order of time, and no deeper than most.
func (f *RecordFilter) byTime(most int) bool {
	return (f.SortField == "" || strings.EqualFold(f.SortField, "dateCreated") || f.SortField == "started") &&
		(f.SortOrder == "" || f.SortOrder == endpoints.Ascend || f.SortOrder == endpoints.Descend) &&
		!f.All && f.Page >= 0 && f.CountPerPage >= 0 && f.CountPerPage <= maxPage && len(f.SpecificIDs) == 0 &&
		f.Page <= most && (f.Page+1)*cmp.Or(f.CountPerPage, endpoints.DefaultPage) <= most
}

// walkable tells whether f has conditions that no index answers, but that many
// sessions may meet: then those that come first are soonest found by reading them.
func (f *RecordFilter) walkable() bool {
	return f.Simplified && f.Log == "" && f.ParentSessionID == "" && (f.Live == nil || !*f.Live) && f.byTime(walkedRows) &&
		(f.From != "" || f.To != "" || f.PartOf != "")
}

// road is the index that has the sessions of f, and others, in the order of time;
// its conditions are added to q.
func (f *RecordFilter) road(q *bun.SelectQuery) (index string) {
	index = "sessions_started"
	if f.Direction != "" {
		index = "sessions_direction"
	}
	for _, l := range f.lists() {
		if len(l.values) == 1 {
			having(q, l.column, l.values[0])
			index = f.listIndex(l.column)
			break
		}
	}
	if strings.HasSuffix(index, "direction") {
		q.Where("s.direction = ?", string(f.Direction))
	}
	return index
}

// listIndex is the index of a column of lists.
func (f *RecordFilter) listIndex(column string) string {
	switch {
	case column == "endpoint_id":
		return "sessions_endpoint"
	case column == "flow_id":
		return "sessions_flow"
	case column == "customer_id":
		return "sessions_customer"
	case f.Direction != "":
		return "sessions_account_direction"
	}
	return "sessions_account"
}

// by has SQLite walk an index: it knows no statistics and takes another at times.
func (s *Store) by(q *bun.SelectQuery, index string) *bun.SelectQuery {
	if s.r.Dialect().Name() == dialect.SQLite {
		q.ModelTableExpr("sessions AS s INDEXED BY ?", bun.Ident(index))
	}
	return q
}

// walk finds the ids of a page of f by reading sessions one after the other in its
// order. It says false if the page isn't full after walkMost of them.
func (s *Store) walk(ctx context.Context, f *RecordFilter) (ids []string, ok bool, err error) {
	per := cmp.Or(f.CountPerPage, endpoints.DefaultPage)
	need := (f.Page + 1) * per
	dir, down := "ASC", f.SortOrder == endpoints.Descend
	if down {
		dir = "DESC"
	}
	var last *int64 // the time of the last session that was read
	step := walkFirst
	for walked := 0; !ok && len(ids) < need && walked < walkMost; step *= walkMore {
		walked += step
		road := s.r.NewSelect().Model((*sessionRow)(nil)).Column("started").OrderExpr("s.started " + dir).Offset(int64(step)).Limit(1)
		s.by(road, f.road(road))
		between(road, "started", f.Start, f.End)
		part := s.r.NewSelect().Model((*sessionRow)(nil)).Column("id").OrderExpr("s.started " + dir).OrderExpr("s.id " + dir).Limit(int64(need - len(ids)))
		s.by(part, f.road(s.r.NewSelect()))
		s.choose(part, f, "")
		if last != nil {
			after(road, *last, down)
			after(part, *last, down)
		}
		var edge []int64
		if err := road.Scan(ctx, &edge); err != nil {
			return nil, false, err
		}
		if ok = len(edge) == 0; !ok { // it ends there
			last = &edge[0]
			upTo(part, *last, down)
		}
		var more []string
		if err := part.Scan(ctx, &more); err != nil {
			return nil, false, err
		}
		ids = append(ids, more...)
		if (len(ids)+2)*walkMost < need*walked { // so few have it that the page won't be full
			break
		}
	}
	ok = ok || len(ids) >= need
	return ids[min(f.Page*per, len(ids)):min(need, len(ids))], ok, nil
}

// after keeps the sessions that come after those of a time.
func after(q *bun.SelectQuery, at int64, down bool) {
	if down {
		q.Where("s.started < ?", at)
	} else {
		q.Where("s.started > ?", at)
	}
}

// upTo keeps the sessions that come before those of a time, and those.
func upTo(q *bun.SelectQuery, at int64, down bool) {
	if down {
		q.Where("s.started >= ?", at)
	} else {
		q.Where("s.started <= ?", at)
	}
}

// inOrder reads the sessions with these ids.
func (s *Store) inOrder(ctx context.Context, ids []string) ([]*sessionRow, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	var rows []*sessionRow
	if err := s.r.NewSelect().Model(&rows).Where("id IN (?)", bun.In(ids)).Scan(ctx); err != nil {
		return nil, err
	}
	place := make(map[string]int, len(ids))
	for i, id := range ids {
		place[id] = i
	}
	slices.SortFunc(rows, func(a, b *sessionRow) int { return cmp.Compare(place[a.ID], place[b.ID]) })
	return rows, nil
}
