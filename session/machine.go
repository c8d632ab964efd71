package session

import (
	"context"
	"fmt"
	"math"
	"strings"
	"time"

	"ringflow/flow"
	"ringflow/media"
)

var _ flow.Detecting = (*line)(nil)

// DetectMachine listens how the party answers.
func (l *line) DetectMachine(ctx context.Context, limit time.Duration, beep bool) (flow.Detection, error) {
	if err := l.Answer(ctx); err != nil {
		return flow.Detection{}, err
	}
	d := &media.MachineDetector{Limit: limit, Beep: beep, Verdict: make(chan media.Verdict, 1)}
	defer l.audio.Tap(nil, d)()
	select {
	case v := <-d.Verdict:
		return flow.Detection{Who: answerers[v.Who], Evidence: evidence(v, beep)}, nil
	case <-ctx.Done():
		return flow.Detection{}, context.Cause(ctx)
	}
}

var answerers = map[media.Answerer]string{media.Human: flow.DetectedHuman, media.Machine: flow.DetectedMachine, media.Undecided: flow.DetectedUnknown}

// evidence tells in words by what a verdict was found.
func evidence(v media.Verdict, waited bool) string {
	var parts []string
	add := func(format string, args ...any) { parts = append(parts, fmt.Sprintf(format, args...)) }
	words := fmt.Sprintf("%d words", v.Words)
	if v.Words == 1 {
		words = "1 word"
	}
	switch {
	case v.Words == 0 && v.Beep == 0:
		add("silence for %s", seconds(v.Took))
	case v.Words == 0:
		add("no greeting")
	case v.Who == media.Human:
		add("greeting of %s, %s, then silence of %s", seconds(v.Greeting), words, seconds(v.Silence))
	case v.Who == media.Machine:
		add("greeting of %s without a pause of %s, %s", seconds(v.Greeting), seconds(media.MachinePause), words)
	default:
		add("greeting of %s, %s, not over after %s", seconds(v.Greeting), words, seconds(v.Took))
	}
	if v.Words > 0 && v.Before > 0 {
		add("it began after %s", seconds(v.Before))
	}
	switch {
	case v.Beep != 0:
		add("beep of %s Hz at %s", flow.Thousands(int(math.Round(v.Beep/10))*10), seconds(v.BeepAt))
	case waited && v.Who == media.Machine:
		add("no beep within %s", seconds(v.Took))
	}
	return strings.Join(parts, "; ")
}
