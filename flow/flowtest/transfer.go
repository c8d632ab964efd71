package flowtest

import (
	"context"

	"ringflow/flow"
)

// Refer implements flow.Referrer: the caller's phone calls one of the world's parties.
func (l *line) Refer(ctx context.Context, t flow.Target) (flow.ReferResult, error) {
	l.up()
	r := &ringing{Attempt: flow.Attempt{Target: t, Timeout: flow.SlotRings}}
	l.ring(r)
	if _, err := l.clock.Until(ctx, r.ends, nil); err != nil {
		return flow.ReferResult{}, err
	}
	if r.status == flow.DialAnswered {
		return flow.ReferResult{Done: true}, nil
	}
	return flow.ReferResult{SipCode: codes[r.status], Why: r.why}, nil
}

var _ flow.Referrer = (*line)(nil)
