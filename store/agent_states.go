package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"ringflow/endpoints"
)

// agentStateRow is one of the states that a user has had.
type agentStateRow struct {
	bun.BaseModel `bun:"table:agent_states,alias:ags"`
	EndpointID    string `bun:"endpoint_id,pk"`
	Since         int64  `bun:"since,pk"`
	State         string `bun:"state"`
	Reason        string `bun:"reason"`
}

const (
	// agentStatesFor is how long states are kept that are over.
	agentStatesFor = 2 * 366 * 24 * time.Hour
	// agentStatesAtOnce are given at once at most.
	agentStatesAtOnce = 1_000
)

// addAgentState keeps a state, and forgets those of its user that are too old.
func addAgentState(ctx context.Context, tx bun.Tx, a endpoints.Agent) error {
	row := &agentStateRow{EndpointID: a.EndpointID, Since: micros(a.Since), State: string(a.State), Reason: string(a.Reason)}
	if _, err := tx.NewInsert().Model(row).On("CONFLICT DO NOTHING").Exec(ctx); err != nil {
		return err
	}
	_, err := tx.NewDelete().TableExpr("agent_states").Where("endpoint_id = ? AND since < ?", a.EndpointID, micros(time.Now().Add(-agentStatesFor))).Exec(ctx)
	return err
}

// AgentStates are the states that a user has had in [start, end), in order of time: the
// first is the one in which the user was at start, if that is known. Of more than a
// thousand it gives the first, and says that there are more: ask again from the last on.
// Until is when the next one began; zero: that isn't among them.
func (s *Store) AgentStates(ctx context.Context, endpointID string, start, end time.Time) (all []endpoints.Agent, more bool, err error) {
	from := int64(0)
	if !start.IsZero() {
		if err := s.r.NewSelect().TableExpr("agent_states").ColumnExpr("coalesce(max(since), 0)").
			Where("endpoint_id = ? AND since <= ?", endpointID, micros(start)).Scan(ctx, &from); err != nil {
			return nil, false, err
		}
	}
	var rows []agentStateRow
	q := s.r.NewSelect().Model(&rows).Where("endpoint_id = ? AND since >= ?", endpointID, from)
	if !end.IsZero() {
		q.Where("since < ?", micros(end))
	}
	if err := q.Order("since").Limit(agentStatesAtOnce + 1).Scan(ctx); err != nil {
		return nil, false, err
	}
	for i, r := range rows {
		a := endpoints.Agent{EndpointID: r.EndpointID, State: endpoints.AgentState(r.State), Reason: endpoints.AgentReason(r.Reason), Since: fromMicros(r.Since)}
		if i+1 < len(rows) {
			a.Until = fromMicros(rows[i+1].Since)
		}
		all = append(all, a)
	}
	if more = len(all) > agentStatesAtOnce; more {
		all = all[:agentStatesAtOnce]
	}
	return all, more, nil
}
