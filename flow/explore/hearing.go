package explore

import (
	"context"
	"strings"
	"time"

	"ringflow/flow"
)

const (
	says     = "the caller says "
	mumbles  = "the caller says something that nobody understands"
	isBroken = "speech can't be recognised"
)

// Hear implements flow.Hearing: as a prompt and a digit, or one of the words.
func (l *line) Hear(ctx context.Context, o flow.Listening) (flow.Heard, error) {
	if !o.Prompt.Empty() {
		if _, err := l.Play(ctx, o.Prompt, ""); err != nil {
			return flow.Heard{}, err
		}
	}
	if l.c.typed || len(l.keys) > 0 {
		key, err := l.Digit(ctx, o.Timeout)
		return flow.Heard{Key: key}, err
	}
	options := []string{"", mumbles, isBroken}
	for _, w := range o.Words[:min(len(o.Words), mostWords)] {
		options = append(options, says+w)
	}
	picked, err := l.happens(ctx, "speech", options...)
	switch {
	case err != nil:
		return flow.Heard{}, err
	case picked == "":
		key, err := l.Digit(ctx, o.Timeout)
		return flow.Heard{Key: key}, err
	case picked == isBroken:
		return flow.Heard{}, flow.ErrNoHearing
	}
	l.c.typed = true
	l.sound()
	heard := flow.Heard{}
	if words, ok := strings.CutPrefix(picked, says); ok {
		heard.Text = words
	}
	return heard, l.c.clock.pass(ctx, time.Second)
}

// mostWords of a menu are tried.
const mostWords = 12

var _ flow.Hearing = (*line)(nil)
