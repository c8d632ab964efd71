package flowtest

import (
	"context"
	"errors"
	"slices"
	"time"

	"ringflow/flow"
)

// speechPause is the silence after which what was said is over.
const speechPause = 600 * time.Millisecond

// Hear implements flow.Hearing. What the caller says is understood as the script
// has it; a say that only tells how long is not understood.
func (l *line) Hear(ctx context.Context, o flow.Listening) (flow.Heard, error) {
	if slices.Contains(l.world.Broken, "recogniser") {
		return flow.Heard{}, flow.ErrNoHearing
	}
	from := l.clock.Time
	end := from.Add(o.Timeout)
	if !o.Prompt.Empty() {
		what, length, err := l.prompt(o.Prompt)
		if err != nil {
			return flow.Heard{}, err
		}
		end = end.Add(length)
		l.hears(what)
		l.script.hear(what, from)
	}
	var key rune
	woke, err := l.clock.Until(ctx, end, func() bool {
		key = l.script.take("")
		return key != 0 || l.script.talking.After(from)
	})
	switch {
	case err != nil:
		return flow.Heard{}, err
	case !woke:
		return flow.Heard{}, flow.ErrTimeout
	case key != 0:
		return flow.Heard{Key: key}, nil
	}
	text := l.script.saying
	if err := l.clock.Wait(ctx, l.script.talking.Add(speechPause).Sub(l.clock.Time)); err != nil {
		return flow.Heard{}, err
	}
	if slices.Contains(l.world.Broken, "speech") {
		return flow.Heard{Err: errors.New("the world says that speech is broken")}, nil
	}
	return flow.Heard{Text: text}, nil
}

var _ flow.Hearing = (*line)(nil)
