package flowtest

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"ringflow/flow"
)

// tape is a recording of the simulated call.
type tape struct {
	flow.TapeOptions
	from    time.Time // when it began, or went on
	paused  bool
	length  time.Duration // before from
	started bool
}

func (t *tape) duration(now time.Time) time.Duration {
	if t.paused {
		return t.length
	}
	return t.length + now.Sub(t.from)
}

// StartTape implements flow.Taping.
func (l *line) StartTape(ctx context.Context, o flow.TapeOptions) error {
	if l.tape.started {
		return flow.ErrTaping
	}
	for _, b := range l.world.Broken {
		if b == "recording" {
			return fmt.Errorf("the world says that it is broken")
		}
	}
	l.tape = tape{TapeOptions: o, from: l.clock.Time, started: true}
	return context.Cause(ctx)
}

// PauseTape implements flow.Taping.
func (l *line) PauseTape() bool {
	t := &l.tape
	if !t.started || t.paused {
		return false
	}
	t.length, t.paused = t.duration(l.clock.Time), true
	return true
}

// ResumeTape implements flow.Taping.
func (l *line) ResumeTape() bool {
	t := &l.tape
	if !t.started || !t.paused {
		return false
	}
	t.from, t.paused = l.clock.Time, false
	return true
}

// StopTape implements flow.Taping. It is also what the end of the call does.
func (l *line) StopTape() (flow.Recording, bool) {
	if !l.tape.started {
		return flow.Recording{}, false
	}
	t := l.tape
	l.tape = tape{}
	r := flow.Recording{Duration: t.duration(l.clock.Time)}
	if r.Duration >= time.Second {
		l.recordings++
		r.File = "recording-" + strconv.Itoa(l.recordings)
		l.tell("the recording of the call, %s, is kept as %s", flow.Seconds(r.Duration), r.File)
		t.Ready(r.File)
	}
	return r, true
}

// Hush implements flow.Hushing.
func (l *line) Hush() func() {
	if !l.tape.started {
		return func() {}
	}
	l.tell("the recording hears nothing of the caller")
	return func() { l.tell("the recording hears the caller again") }
}

// SendDigits implements flow.Keypad.
func (l *line) SendDigits(ctx context.Context, digits string) error {
	pauses := strings.Count(strings.ToLower(digits), "w")
	return l.clock.Wait(ctx, time.Duration(len(digits)-pauses)*flow.DigitLength+time.Duration(pauses)*flow.DigitPause)
}

// Greeting tells how the far end of a story answers.
type Greeting struct {
	Who  string        `yaml:"who"`  // Human, Machine, Unknown
	Long time.Duration `yaml:"long"` // until that is clear; 1 s else, 3 s of a machine
	Beep time.Duration `yaml:"beep"` // after so long comes the beep; 0: none does
}

// beepWait is how long a machine's beep is waited for, from the answer on.
const beepWait = 30 * time.Second

// DetectMachine implements flow.Detecting.
func (l *line) DetectMachine(ctx context.Context, limit time.Duration, beep bool) (flow.Detection, error) {
	g := l.world.Greeting
	who := []string{flow.DetectedHuman, flow.DetectedMachine, flow.DetectedUnknown}
	switch {
	case g.Who == "":
		g.Who = flow.DetectedHuman
	case !slices.Contains(who, g.Who):
		return flow.Detection{}, fmt.Errorf("the world's greeting is of %q; there are %s", g.Who, strings.Join(who, ", "))
	}
	if g.Long == 0 {
		if g.Long = time.Second; g.Who == flow.DetectedMachine {
			g.Long = 3 * time.Second
		}
	}
	if g.Who == flow.DetectedUnknown || g.Long > limit {
		return flow.Detection{Who: flow.DetectedUnknown, Evidence: "not clear after " + flow.Seconds(limit)}, l.clock.Wait(ctx, limit)
	}
	from := l.clock.Time
	if err := l.clock.Wait(ctx, g.Long); err != nil {
		return flow.Detection{}, err
	}
	d := flow.Detection{Who: g.Who, Evidence: "greeting of " + flow.Seconds(g.Long)}
	if g.Who != flow.DetectedMachine || !beep {
		return d, nil
	}
	if g.Beep == 0 || g.Beep > beepWait {
		d.Evidence += "; no beep came"
		return d, l.clock.Wait(ctx, beepWait-l.clock.Time.Sub(from))
	}
	d.Evidence += "; beep at " + flow.Seconds(g.Beep)
	return d, l.clock.Wait(ctx, max(g.Beep-l.clock.Time.Sub(from), 0))
}

// detected tells of a past call how the far end answered.
func (r *reader) detected(who, evidence string) {
	took := max(r.now.Sub(r.began), 100*time.Millisecond)
	g := pastGreeting{Who: who, Long: seconds(took)}
	if strings.Contains(evidence, "beep of") && r.params["WaitForBeep"] == "yes" {
		g.Long, g.Beep = seconds(min(took, time.Second)), seconds(took)
	}
	r.out.World.Greeting = g
}

var (
	_ flow.Taping    = (*line)(nil)
	_ flow.Hushing   = (*line)(nil)
	_ flow.Keypad    = (*line)(nil)
	_ flow.Detecting = (*line)(nil)
)
