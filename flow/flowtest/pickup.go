package flowtest

import (
	"context"
	"slices"

	"ringflow/flow"
)

// Pickup implements flow.Picker.
func (l *line) Pickup(ctx context.Context, p flow.Pickup) (flow.PickupResult, error) {
	users, team := l.world.Teams[p.Of]
	if !team {
		users = []string{p.Of}
	}
	for _, u := range users {
		caller, rings := l.world.Ringing[u]
		if !rings || slices.Contains(l.picked, u) {
			continue
		}
		l.picked = append(l.picked, u)
		l.up()
		if caller.Name == "" {
			caller.Name = somebody
		}
		p.Picks(caller.Name, u)
		talked, ended, err := l.together(ctx, caller.Talks)
		return flow.PickupResult{Found: true, Talked: talked, Ended: ended}, err
	}
	return flow.PickupResult{}, context.Cause(ctx)
}

var _ flow.Picker = (*line)(nil)
