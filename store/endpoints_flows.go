package store

import (
	"slices"

	"github.com/uptrace/bun"
)

// maxSearched is how many flows are looked for in schedules: each is a
// condition, and SQLite takes a thousand.
const maxSearched = 100

// running keeps the endpoints that run one of the flows, always or, of up to
// maxSearched flows, by their own schedule.
func running(q *bun.SelectQuery, flows []string) {
	if len(flows) == 0 {
		return
	}
	if len(flows) > maxSearched || !bearable(flows) {
		in(q, "flow_id", flows)
		return
	}
	q.WhereGroup(" AND ", func(q *bun.SelectQuery) *bun.SelectQuery {
		q.WhereOr("?TableAlias.flow_id IN (?)", bun.In(flows))
		for _, id := range flows { // an id is 32 hex digits, which stand nowhere else
			has := "%" + escapeLike.Replace(text(id)) + "%"
			q.WhereOr(`?TableAlias.scheduled_flows LIKE ? ESCAPE '\'`, has).WhereOr(`?TableAlias.schedule LIKE ? ESCAPE '\'`, has)
		}
		return q
	})
}

// bearable tells whether texts are short enough for a pattern; no id is longer.
func bearable(ids []string) bool {
	return !slices.ContainsFunc(ids, func(id string) bool { return len(id) > maxFilter })
}

// runningIn keeps the endpoints that have a flow for the state, in any case: one
// of the flows, unless none is named.
func (s *Store) runningIn(q *bun.SelectQuery, state string, flows []string) {
	if len(flows) > maxSearched || len(state) > maxFilter || !bearable(flows) {
		q.Where("1 = 0")
		return
	}
	has := `"state":` + text(state)
	if len(flows) == 0 {
		s.contains(q, has, "scheduled_flows")
		return
	}
	q.WhereGroup(" AND ", func(q *bun.SelectQuery) *bun.SelectQuery {
		for _, id := range flows {
			q.WhereOr("?TableAlias.scheduled_flows "+s.like+` ? ESCAPE '\'`, "%"+escapeLike.Replace(has+`,"flowId":`+text(id))+"%")
		}
		return q
	})
}
