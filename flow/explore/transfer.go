package explore

import (
	"context"
	"time"

	"ringflow/flow"
)

// Refer implements flow.Referrer.
func (l *line) Refer(ctx context.Context, _ flow.Target) (flow.ReferResult, error) {
	l.answered = true
	picked, err := l.happens(ctx, "refer", "", "the caller's phone is connected there", hangsUp)
	if err != nil {
		return flow.ReferResult{}, err
	}
	l.sound() // it is its own phone that rings
	if picked == "" {
		return flow.ReferResult{SipCode: 603}, nil
	}
	return flow.ReferResult{Done: true}, l.c.clock.pass(ctx, time.Second)
}

var _ flow.Referrer = (*line)(nil)
