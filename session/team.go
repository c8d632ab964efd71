package session

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"ringflow/endpoints"
)

// team is a team of the account with its members, users in the team's order. An
// error says in words why there is none.
func (s *Switchboard) team(ctx context.Context, account, id string) (*endpoints.Endpoint, []*endpoints.Endpoint, error) {
	e, err := s.cache.endpoint(ctx, id)
	if err == nil && (e.AccountID != account || e.Kind != endpoints.Team || e.Team == nil) {
		err = fs.ErrNotExist // another account's things do not exist here
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, fmt.Errorf("there is no team %.64s", id)
	}
	if err != nil {
		return nil, nil, err
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
