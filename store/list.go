package store

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/uptrace/bun"

	"ringflow/endpoints"
)

const (
	// maxPage bounds a page; who wants more asks for all, or page after page.
	maxPage = 1_000
	// maxIDs bounds a list of ids, maxFilter the text of a filter; no text that
	// is searched is longer.
	maxIDs    = 1_000
	maxFilter = 4_096
	// maxTotal is how far rows are counted: nobody turns that many pages, and to count
	// a million takes as long as to read them.
	maxTotal = 10_000
)

// page adds order and limits of l to q and scans it into its model; it returns
// how many there are in all (-1: not counted).
func (s *Store) page(ctx context.Context, q *bun.SelectQuery, l endpoints.List, by sorting) (int, error) {
	return s.pageBy(ctx, q, l, by, "id")
}

// pageBy is page where another column tells the rows apart.
func (s *Store) pageBy(ctx context.Context, q *bun.SelectQuery, l endpoints.List, by sorting, id string) (int, error) {
	order, err := s.order(l.SortField, by)
	if err != nil {
		return 0, err
	}
	dir := "ASC"
	switch l.SortOrder {
	case "", endpoints.Ascend:
	case endpoints.Descend:
		dir = "DESC"
	default:
		return 0, invalid("sortOrder", "%.32q is none; there are Ascend and Descend", l.SortOrder)
	}
	if len(l.SpecificIDs) > maxIDs {
		return 0, invalid("specificIds", "has %d ids; %d are allowed", len(l.SpecificIDs), maxIDs)
	}
	in(q, id, l.SpecificIDs)
	if l.Page < 0 || l.Page > 1<<30 {
		return 0, invalid("page", "is %d; the first is 0", l.Page)
	}
	total := -1
	if bounded := l.All && l.Most > 0; bounded || !l.Simplified {
		n, err := s.count(ctx, q)
		if err != nil {
			return 0, err
		}
		if bounded && n > l.Most {
			return 0, invalid("all", "there are more than %d, which are given at once at most; choose fewer by the filters, or ask page by page", l.Most)
		}
		if !l.Simplified {
			total = min(n, maxTotal)
		}
	}
	q.OrderExpr(order+" "+dir).OrderExpr("?TableAlias.? "+dir, bun.Ident(id))
	if !l.All {
		n := l.CountPerPage
		if n == 0 {
			n = endpoints.DefaultPage
		}
		if n < 0 || n > maxPage {
			return 0, invalid("countPerPage", "is %d; 1 to %d is allowed", n, maxPage)
		}
		q.Limit(int64(n)).Offset(int64(l.Page) * int64(n))
	}
	return total, q.Scan(ctx)
}

// count says how many rows q chooses; what are more than maxTotal are maxTotal + 1.
func (s *Store) count(ctx context.Context, q *bun.SelectQuery) (int, error) {
	n, err := s.r.NewSelect().TableExpr("(?) AS counted", q.Clone().ColumnExpr("1").Limit(maxTotal+1)).Count(ctx)
	return int(n), err
}

// in keeps rows whose column is one of values; no values let all pass.
func in[T ~string](q *bun.SelectQuery, name string, values []T) {
	if len(values) > 0 {
		q.Where("?TableAlias.? IN (?)", bun.Ident(name), bun.In(values))
	}
}

// contains keeps rows that have text in one of the columns, in any case.
func (s *Store) contains(q *bun.SelectQuery, text string, names ...string) {
	s.containing(q, text, "?TableAlias.? "+s.like+` ? ESCAPE '\'`, names)
}

// compared is contains without an index: PostgreSQL would ask that for all that a
// common text is found in before it looks at anything else.
func (s *Store) compared(q *bun.SelectQuery, text string, names ...string) {
	s.containing(q, text, "(?TableAlias.? || '') "+s.like+` ? ESCAPE '\'`, names)
}

func (s *Store) containing(q *bun.SelectQuery, text, like string, names []string) {
	if text == "" {
		return
	}
	if len(text) > maxFilter {
		q.Where("1 = 0")
		return
	}
	patterns := spellings(text)
	q.WhereGroup(" AND ", func(q *bun.SelectQuery) *bun.SelectQuery {
		for _, n := range names {
			for _, p := range patterns {
				q.WhereOr(like, bun.Ident(n), "%"+escapeLike.Replace(p)+"%")
			}
		}
		return q
	})
}

// maxSpelled letters of a text are spelled both ways.
const maxSpelled = 4

// spellings of a text are those with its letters beyond ASCII large and small: SQLite, and
// PostgreSQL in the locale C, compare only ASCII in any case. Of a text with many such
// letters the first few are tried.
func spellings(text string) []string {
	all := []string{text}
	runes, spelled := []rune(text), 0
	for i, r := range runes {
		other := unicode.ToLower(r)
		if other == r {
			other = unicode.ToUpper(r)
		}
		if r <= unicode.MaxASCII || other == r || spelled == maxSpelled {
			continue
		}
		spelled++
		for _, s := range all {
			spelling := []rune(s)
			spelling[i] = other
			all = append(all, string(spelling))
		}
	}
	return all
}

var escapeLike = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// between keeps rows whose time is in [start, end); zero is open.
func between(q *bun.SelectQuery, name string, start, end time.Time) {
	if !start.IsZero() {
		q.Where("?TableAlias.? >= ?", bun.Ident(name), micros(start))
	}
	if !end.IsZero() {
		q.Where("?TableAlias.? < ?", bun.Ident(name), micros(end))
	}
}

// below keeps rows of the customers, and of all below them unless shallow.
func below(q *bun.SelectQuery, name string, ids []string, shallow bool) {
	if len(ids) == 0 {
		return
	}
	if shallow {
		in(q, name, ids)
		return
	}
	q.Where(`(?TableAlias.?0 IN (?1) OR ?TableAlias.?0 IN (WITH RECURSIVE tree (id) AS (
		SELECT id FROM customers WHERE id IN (?1) UNION SELECT c.id FROM customers c JOIN tree ON c.parent_id = tree.id
	) SELECT id FROM tree))`, bun.Ident(name), bun.In(ids)) // the first half is for customers that are gone
}

// customersBelow are the customers and all below them; those that are gone are kept,
// as sessions keep their ids.
func (s *Store) customersBelow(ctx context.Context, ids []string) ([]string, error) {
	if len(ids) == 0 {
		return ids, nil
	}
	var all []string
	err := s.r.NewRaw(`WITH RECURSIVE tree (id) AS (
		SELECT id FROM customers WHERE id IN (?) UNION SELECT c.id FROM customers c JOIN tree ON c.parent_id = tree.id
	) SELECT id FROM tree`, bun.In(ids)).Scan(ctx, &all)
	all = append(all, ids...)
	slices.Sort(all)
	return slices.Compact(all), err
}
