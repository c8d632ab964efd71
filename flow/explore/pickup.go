package explore

import (
	"context"
	"time"

	"ringflow/flow"
)

// Pickup implements flow.Picker.
func (l *line) Pickup(ctx context.Context, _ flow.Pickup) (flow.PickupResult, error) {
	picked, err := l.happens(ctx, "pickup", "", "a call rings there", hangsUp)
	if err != nil || picked == "" {
		return flow.PickupResult{}, err
	}
	l.answered = true
	l.sound()
	res := flow.PickupResult{Found: true, Talked: time.Minute, Ended: flow.Far}
	return res, l.c.clock.pass(ctx, res.Talked)
}

var _ flow.Picker = (*line)(nil)
