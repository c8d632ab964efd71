package store

import (
	"context"
	"errors"

	"github.com/uptrace/bun"

	"ringflow/endpoints"
)

type agentRow struct {
	bun.BaseModel `bun:"table:agents,alias:ag"`
	EndpointID    string `bun:"endpoint_id,pk"`
	AccountID     string `bun:"account_id"`
	State         string `bun:"state"`
	Reason        string `bun:"reason"`
	Since         int64  `bun:"since"`
	Until         int64  `bun:"until"`
}

// PutAgent keeps what a user does in the call centre, and that it did. Of two changes of
// one agent the later one is in force, whichever comes here last. A user who is gone
// has no state: that is no error.
func (s *Store) PutAgent(ctx context.Context, a endpoints.Agent) error {
	row := &agentRow{EndpointID: a.EndpointID, AccountID: a.AccountID, State: string(a.State), Reason: string(a.Reason), Since: micros(a.Since), Until: micros(a.Until)}
	told := false
	err := s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewInsert().Model(row).On("CONFLICT (endpoint_id) DO UPDATE").
			Set("state = EXCLUDED.state, reason = EXCLUDED.reason, since = EXCLUDED.since, until = EXCLUDED.until").
			Where("ag.since <= EXCLUDED.since").Exec(ctx)
		if err != nil {
			return err
		}
		if err := addAgentState(ctx, tx, a); err != nil {
			return err
		}
		told, err = s.tell(ctx, tx, agentEvents(a))
		return err
	})
	if err == nil && told {
		s.wakeOutbox()
	}
	var gone *endpoints.Invalid
	if errors.As(err, &gone) {
		return nil
	}
	return err
}

// Agents are the states of all users of the server that have ever been set.
func (s *Store) Agents(ctx context.Context) ([]endpoints.Agent, error) {
	var rows []agentRow
	if err := s.r.NewSelect().Model(&rows).Order("endpoint_id").Scan(ctx); err != nil {
		return nil, err
	}
	all := make([]endpoints.Agent, len(rows))
	for i, r := range rows {
		all[i] = endpoints.Agent{
			EndpointID: r.EndpointID, AccountID: r.AccountID, State: endpoints.AgentState(r.State), Reason: endpoints.AgentReason(r.Reason),
			Since: fromMicros(r.Since), Until: fromMicros(r.Until),
		}
	}
	return all, nil
}
