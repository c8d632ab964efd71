package explore

import (
	"context"
	"time"

	"ringflow/flow"
)

// rightPin stands for a conference's PIN, which no path shows.
const rightPin = "the right PIN"

// Confer implements flow.Conferencer. The music of a conference is not asked
// for: who is alone there is not kept waiting by the flow.
func (l *line) Confer(ctx context.Context, c flow.Conference) (flow.ConferenceResult, error) {
	l.answered, l.keys = true, nil
	picked, err := l.happens(ctx, "conference", "", "the conference is full", hangsUp)
	l.sound()
	switch {
	case err != nil:
		return flow.ConferenceResult{}, err
	case picked == "the conference is full":
		return flow.ConferenceResult{Full: true}, nil
	}
	res := flow.ConferenceResult{Duration: time.Minute}
	if c.Record {
		res.Recording = &flow.Recording{File: "recording", Duration: res.Duration}
	}
	err = l.c.clock.pass(ctx, res.Duration)
	l.sound()
	return res, err
}

var _ flow.Conferencer = (*line)(nil)
