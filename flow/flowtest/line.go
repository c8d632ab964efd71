package flowtest

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"ringflow/flow"
	"ringflow/flow/virtual"
)

// Speech of the simulated engine, and lengths of what is played otherwise.
const (
	perCharacter = 60 * time.Millisecond
	fileLength   = 3 * time.Second
	beepLength   = 500 * time.Millisecond
)

// line is the simulated party.
type line struct {
	clock      *virtual.Clock
	script     *script
	world      *World
	centre     *centre
	answered   bool
	heard      []string
	dialled    []string
	heardAt    []int // lines of the transcript
	dialledAt  []int
	at         func() int // line of the transcript
	told       []string   // to those who are dialled
	toldAt     []int
	rota       map[string]*flow.Rota // by node
	recordings int
	fetched    []string // lots and slots of calls that were retrieved
	picked     []string // users whose ringing calls were picked up
	tape       tape     // of the call as a whole
	saved      []string // messages, by their files
	deleted    []string
	began      time.Time
	rejected   string
	tell       func(format string, args ...any)
	leave      func(bytes int)
}

func (l *line) Answer(ctx context.Context) error {
	l.up()
	return context.Cause(ctx)
}

func (l *line) up() {
	if !l.answered {
		l.answered = true
		l.tell("Answered")
	}
}

// hears notes what the caller hears.
func (l *line) hears(what string) {
	l.heard, l.heardAt = append(l.heard, what), append(l.heardAt, l.at())
	l.leave(len(what))
}

func (l *line) Answered() bool { return l.answered }

func (l *line) Play(ctx context.Context, p flow.Prompt, stopOn string) (rune, error) {
	what, length, err := l.prompt(p)
	if err != nil {
		return 0, err
	}
	l.hears(what)
	l.script.hear(what, l.clock.Time)
	var key rune
	_, err = l.clock.Until(ctx, l.clock.Time.Add(length), func() bool {
		if stopOn != "" {
			key = l.script.take(stopOn)
		}
		return key != 0
	})
	return key, err
}

// prompt is what of p is heard, and for how long; a *flow.PromptError if it can't be played.
func (l *line) prompt(p flow.Prompt) (what string, length time.Duration, err error) {
	what, length = p.Text, time.Duration(len([]rune(p.Text)))*perCharacter
	if p.File != "" || p.URL != "" {
		what, length = p.File, fileLength
		if what == "" {
			what = p.URL
		}
		if d, ok := l.world.Files[what]; ok {
			length = d
		}
	}
	for _, b := range l.world.Broken {
		if strings.Contains(what, b) {
			return what, 0, &flow.PromptError{Prompt: p, Err: errors.New("the world says that it is broken")}
		}
	}
	return what, length, nil
}

func (l *line) Digit(ctx context.Context, timeout time.Duration) (rune, error) {
	var key rune
	woke, err := l.clock.Until(ctx, l.clock.Time.Add(timeout), func() bool {
		key = l.script.take("")
		return key != 0
	})
	if err == nil && !woke {
		err = flow.ErrTimeout
	}
	return key, err
}

func (l *line) DropDigits() { l.script.digits = nil }

func (l *line) Record(ctx context.Context, o flow.RecordOptions) (flow.Recording, error) {
	if o.Beep {
		if err := l.clock.Wait(ctx, beepLength); err != nil {
			return flow.Recording{}, err
		}
	}
	from := l.clock.Time
	finish, err := l.record(ctx, o, from)
	r := flow.Recording{Duration: l.clock.Time.Sub(from), Finish: finish}
	if l.script.sound(from, l.clock.Time) >= time.Second {
		l.recordings++
		r.File = "recording-" + strconv.Itoa(l.recordings)
	}
	return r, err
}

// record waits for what ends a recording.
func (l *line) record(ctx context.Context, o flow.RecordOptions, from time.Time) (finish string, err error) {
	limit := from.Add(o.Max)
	for {
		quiet := from
		if l.script.talking.After(quiet) {
			quiet = l.script.talking
		}
		end := limit
		if o.Silence > 0 && quiet.Add(o.Silence).Before(end) {
			end = quiet.Add(o.Silence)
		}
		talking, key := l.script.talking, false
		woke, err := l.clock.Until(ctx, end, func() bool {
			key = o.FinishOnKey != "" && l.script.take(o.FinishOnKey) != 0
			return key || !l.script.talking.Equal(talking)
		})
		switch {
		case err != nil:
			return "hangup", err
		case key:
			return "key", nil
		case woke: // the caller began to speak: silence is to be counted anew
		case end.Equal(limit):
			return "limit", nil
		default:
			return "silence", nil
		}
	}
}

func (l *line) Reject(ctx context.Context, reason string) error {
	if !l.answered {
		l.rejected = reason
	}
	return context.Cause(ctx)
}

// Hold implements flow.Holder: time passes elsewhere, so it only notes what is heard.
func (l *line) Hold(_ context.Context, music flow.Prompt) func() {
	l.hears(music.File)
	return func() {}
}

// Apologize implements flow.Apologizer.
func (l *line) Apologize(ctx context.Context) error {
	l.hears("the apology")
	return l.clock.Wait(ctx, fileLength)
}

var (
	_ flow.Line       = (*line)(nil)
	_ flow.Apologizer = (*line)(nil)
	_ flow.Holder     = (*line)(nil)
	_ flow.Teams      = (*line)(nil)
)
