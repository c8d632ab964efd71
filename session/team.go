package session

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"sync"

	"ringflow/endpoints"
	"ringflow/flow"
)

// Members implements flow.Teams.
func (l *line) Members(ctx context.Context, id string) ([]flow.Member, bool, error) {
	_, users, err := l.s.team(ctx, l.call.account, id)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, false, nil
	} else if err != nil {
		return nil, true, err
	}
	all := make([]flow.Member, len(users))
	for i, u := range users {
		all[i] = flow.Member{ID: u.ID, Name: u.DisplayName}
	}
	return all, true, nil
}

// Turn implements flow.Teams.
func (l *line) Turn(key string, ids []string) int { return l.s.rota.turn(l.call.account+"/"+key, ids) }

var _ flow.Teams = (*line)(nil)

// rota is whose turn it is at the nodes that ring in turn. It lives as long as
// the server: after a restart, the first of each begins.
type rota struct {
	mu sync.Mutex
	flow.Rota
}

func (r *rota) turn(key string, ids []string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.Turn(key, ids)
}

// team is a team of the account with its members, users in the team's order;
// fs.ErrNotExist where there is none.
func (s *Switchboard) team(ctx context.Context, account, id string) (*endpoints.Endpoint, []*endpoints.Endpoint, error) {
	if !endpoints.ValidID(id) {
		return nil, nil, fmt.Errorf("team %.64q: %w", id, fs.ErrNotExist)
	}
	e, err := s.cache.endpoint(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	if e.AccountID != account || e.Kind != endpoints.Team || e.Team == nil { // another account's things do not exist here
		return nil, nil, fmt.Errorf("team %.64q: %w", id, fs.ErrNotExist)
	}
	members, err := s.members(ctx, e)
	return e, members, err
}

// members are the users of a team, in order. One who has just been deleted is none.
func (s *Switchboard) members(ctx context.Context, team *endpoints.Endpoint) ([]*endpoints.Endpoint, error) {
	users := make([]*endpoints.Endpoint, 0, len(team.Team.MemberIDs))
	for _, id := range team.Team.MemberIDs {
		u, err := s.cache.endpoint(ctx, id)
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return nil, err
		case u.Kind == endpoints.User && u.AccountID == team.AccountID:
			users = append(users, u)
		}
	}
	return users, nil
}
