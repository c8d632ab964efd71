package explore

import (
	"context"
	"time"

	"ringflow/flow"
)

// Park implements flow.Parker. Its music is not asked for: it may be the
// endpoint's or the account's.
func (l *line) Park(ctx context.Context, p flow.Parking) (flow.ParkResult, error) {
	l.answered, l.keys = true, nil
	picked, err := l.happens(ctx, "park", "", "somebody retrieves the call", "the lot is full", hangsUp)
	switch {
	case err != nil:
		return flow.ParkResult{Slot: "701"}, err
	case picked == "the lot is full":
		return flow.ParkResult{}, nil
	case picked == "":
		err := l.c.clock.pass(ctx, p.Timeout)
		l.sound()
		return flow.ParkResult{Slot: "701", Waited: p.Timeout}, err
	}
	l.sound()
	res := flow.ParkResult{Slot: "701", Retrieved: true, By: flow.Party{Name: "Somebody"}, Talked: time.Minute}
	return res, l.c.clock.pass(ctx, res.Talked)
}

// Retrieve implements flow.Parker.
func (l *line) Retrieve(ctx context.Context, _ flow.Retrieval) (flow.RetrieveResult, error) {
	picked, err := l.happens(ctx, "retrieve", "", "there is such a call", hangsUp)
	if err != nil || picked == "" {
		return flow.RetrieveResult{}, err
	}
	l.answered = true
	l.sound()
	res := flow.RetrieveResult{Found: true, Talked: time.Minute, Ended: flow.Far}
	return res, l.c.clock.pass(ctx, res.Talked)
}

var _ flow.Parker = (*line)(nil)
