package explore

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"time"

	"ringflow/flow"
)

// Lengths of what is played, as on the line of stories, and how long a caller
// may hear nothing.
const (
	perCharacter = 60 * time.Millisecond
	fileLength   = 3 * time.Second
	longSilence  = 20 * time.Second
)

var (
	errNoEngine = errors.New("no engine can speak it")
	errNoFile   = errors.New("there is no such file")
)

// line is the simulated caller of one call.
type line struct {
	c        *call
	answered bool
	heard    bool          // anything at all
	silent   time.Duration // since the last sound
	keys     []rune        // typed ahead
	ready    func(string)  // of the recording of the call; nil: none runs
	paused   bool          // it is
}

func (l *line) Answer(ctx context.Context) error {
	l.answered = true
	return context.Cause(ctx)
}

func (l *line) Answered() bool { return l.answered }

// sound tells that the caller hears something, or speaks.
func (l *line) sound() { l.heard, l.silent = true, 0 }

// quiet tells that the caller hears nothing for d.
func (l *line) quiet(d time.Duration) {
	if !l.answered || l.c.spoiled {
		return
	}
	was := l.silent
	if l.silent += d; l.silent > longSilence && was <= longSilence {
		l.c.find(Silence, "", "the caller hears nothing for "+flow.Seconds(l.silent))
	}
}

// happens decides what happens at the node at work; hang-ups are done here.
func (l *line) happens(ctx context.Context, what string, options ...string) (string, error) {
	if l.c.e.oracle.over() {
		return "", l.hangup()
	}
	picked := options[l.c.choose(what, options)]
	if picked == hangsUp {
		return "", l.hangup()
	}
	return picked, context.Cause(ctx)
}

const hangsUp = "the caller hangs up"

func (l *line) hangup() error {
	l.c.cancel(flow.ErrHungUp)
	return flow.ErrHungUp
}

func (l *line) Play(ctx context.Context, p flow.Prompt, stopOn string) (rune, error) {
	length := time.Duration(len([]rune(p.Text))) * perCharacter
	if p.File != "" || p.URL != "" {
		length = fileLength
	}
	if why := l.unplayable(p); why != "" {
		l.c.find(Prompt, "", why)
		return 0, &flow.PromptError{Prompt: p, Err: errNoFile}
	}
	if len(l.keys) > 0 && strings.ContainsRune(stopOn, l.keys[0]) {
		return l.key(), nil
	}
	options := []string{"", "the prompt can't be played", hangsUp}
	if stopOn != "" && len(stopOn) <= 12 {
		options = append(options, "the caller presses "+stopOn[:1])
	}
	picked, err := l.happens(ctx, "play", options...)
	switch {
	case err != nil:
		return 0, err
	case picked == options[1]:
		l.c.spoiled = true
		return 0, &flow.PromptError{Prompt: p, Err: errNoEngine}
	}
	l.sound()
	if picked != "" {
		return rune(stopOn[0]), l.c.clock.pass(ctx, length/2)
	}
	return 0, l.c.clock.pass(ctx, length)
}

// unplayable tells why a prompt can never be played.
func (l *line) unplayable(p flow.Prompt) string {
	switch {
	case p.File != "":
		if has := l.c.e.options.HasFile; has != nil && p.File != leftMessage && !has(p.File) {
			return "there is no audio file " + p.File
		}
	case p.URL != "":
		if u, err := url.Parse(p.URL); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			return "no audio can be had from " + p.URL
		}
	case strings.TrimSpace(p.Text) == "":
		return "there is nothing to be heard"
	}
	return ""
}

func (l *line) key() rune {
	k := l.keys[0]
	l.keys = l.keys[1:]
	return k
}

func (l *line) Digit(ctx context.Context, timeout time.Duration) (rune, error) {
	if err := context.Cause(ctx); err != nil {
		return 0, err
	}
	if len(l.keys) > 0 {
		return l.key(), nil
	}
	if timeout <= 0 {
		return 0, flow.ErrTimeout
	}
	if !l.heard && !l.c.spoiled && !l.c.elsewhere {
		l.c.find(Silence, "", "the caller is asked for a key, but has heard nothing yet")
	}
	options := []string{""}
	if !l.c.typed { // once a node, then the caller has said all
		for _, keys := range l.c.inputs() {
			options = append(options, presses+keys)
		}
	}
	picked, err := l.happens(ctx, "digit", append(options, hangsUp)...)
	switch {
	case err != nil:
		return 0, err
	case picked == "":
		before := l.c.clock.Time
		err := l.c.clock.pass(ctx, timeout)
		l.quiet(l.c.clock.Time.Sub(before))
		if err == nil {
			err = flow.ErrTimeout
		}
		return 0, err
	}
	l.c.typed, l.silent = true, 0
	keys := strings.TrimPrefix(picked, presses)
	if keys == rightPin {
		keys = l.c.param("Pin").Text() + "#"
	}
	l.keys = []rune(keys)
	return l.key(), l.c.clock.pass(ctx, time.Second)
}

const presses = "the caller presses "

func (l *line) DropDigits() { l.keys = nil }

func (l *line) Record(ctx context.Context, o flow.RecordOptions) (flow.Recording, error) {
	if o.Beep {
		l.sound()
	}
	options := []string{"", "the caller speaks", "the caller speaks and hangs up"}
	picked, err := l.happens(ctx, "record", append(options, hangsUp)...)
	length := min(8*time.Second, o.Max)
	recording := flow.Recording{File: "recording", Duration: length, Finish: "silence"}
	switch {
	case err != nil:
		return flow.Recording{Finish: "hangup"}, err
	case picked == "":
		wait := o.Silence
		if wait <= 0 {
			wait = o.Max
		}
		return flow.Recording{Finish: "silence"}, l.c.clock.pass(ctx, min(wait, o.Max))
	}
	l.sound()
	err = l.c.clock.pass(ctx, length)
	if picked == options[2] {
		recording.Finish = "hangup"
		err = l.hangup()
	}
	return recording, err
}

// dialled are the ways in which a Dial can go.
var dialled = map[string]flow.DialResult{
	"":                               {Status: flow.DialNoAnswer, SipCode: 487},
	"the far end is busy":            {Status: flow.DialBusy, SipCode: 486},
	"the far end refuses":            {Status: flow.DialRejected, SipCode: 603},
	"nobody can be dialled":          {Status: flow.DialFailed, Why: "no device is registered"},
	"the far end answers":            {Status: flow.DialAnswered, SipCode: 200, Ended: flow.Far, Duration: time.Minute},
	"the far end talks for too long": {Status: flow.DialAnswered, SipCode: 200, Ended: flow.Limit},
}

func (l *line) Dial(ctx context.Context, d flow.Dialling) (flow.DialResult, error) {
	l.sound()
	options := []string{"", "the far end is busy", "the far end refuses", "nobody can be dialled", "the far end answers", hangsUp}
	if d.MaxDuration > 0 {
		options = append(options, "the far end talks for too long")
	}
	picked, err := l.happens(ctx, "dial", options...)
	if err != nil {
		return flow.DialResult{Status: flow.DialCancelled, SipCode: 487}, err
	}
	r := dialled[picked]
	length := time.Second
	switch {
	case r.Status == flow.DialAnswered:
		if r.Ended == flow.Limit {
			r.Duration = d.MaxDuration
		}
		l.answered, length = true, r.Duration
		r.By = flow.Party{Name: "Far end", Address: d.Attempts[0].Target.Value}
		if d.Answered != nil {
			d.Answered(r.By)
		}
		if d.Record {
			r.Recording = &flow.Recording{File: "recording", Duration: r.Duration, Finish: "hangup"}
		}
	case r.Status == flow.DialNoAnswer:
		length = d.Attempts[0].Timeout
	}
	err = l.c.clock.pass(ctx, length)
	l.sound()
	return r, err
}

func (l *line) Reject(ctx context.Context, _ string) error { return context.Cause(ctx) }

// Hold implements flow.Holder.
func (l *line) Hold(context.Context, flow.Prompt) func() {
	l.c.music = true
	return func() {
		l.c.music = false
		l.sound()
	}
}

// Apologize implements flow.Apologizer.
func (l *line) Apologize(ctx context.Context) error {
	l.sound()
	return l.c.clock.pass(ctx, fileLength)
}

// Members implements flow.Teams: every team has two members.
func (l *line) Members(_ context.Context, id string) ([]flow.Member, bool, error) {
	return []flow.Member{{ID: id + "-1", Name: "First"}, {ID: id + "-2", Name: "Second"}}, true, nil
}

// Turn implements flow.Teams.
func (l *line) Turn(string, []string) int { return 0 }
