package flowtest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"ringflow/flow"
	"ringflow/flow/virtual"
)

// Report is what came of a story.
type Report struct {
	Story       *Story
	Result      flow.Result
	Session     flow.Session
	State       flow.State
	Path        []string    // "Node: Transition"
	Steps       []flow.Step // as they were left, those of branches too
	Fired       []flow.Branch
	Walked      []string // keys of Walked
	Branches    []string
	Heard       []string
	Dialled     []string
	ToldThem    []string // what those heard who were dialled
	Sent        []string // on a chat
	Unseen      []string // of Sent, what comes after the last that the script expects
	Requests    []Request
	Messages    []Message
	Mails       []Mail
	Opened      []OpenedRoom
	Cookies     map[string]flow.Value // that are kept
	Agents      map[string]string     // what they do in the end
	Refused     string
	Answered    bool
	Took        time.Duration   // virtual
	Transcript  []string        // with times
	Times       []time.Duration // of the lines of the transcript, since the call began
	Differences []Difference    // from what was expected; none: it passed
	Flows       []Used          // the flows that ran, that of the story first

	pathAt, heardAt, dialledAt, toldAt []int // lines of the transcript
	over                               int   // line at which the call ended
}

// Used is a flow that a story ran.
type Used struct {
	ID, File string
	Program  *flow.Program
}

// player is one telling of a story.
type player struct {
	story    *Story
	program  *flow.Program
	report   *Report
	clock    *virtual.Clock
	line     *line
	outside  *outside
	centre   *centre
	begin    time.Time
	branches []flow.Branch
	async    []string // path of the branch at work
	ids      int
	types    map[[2]string]string                         // type names of the nodes that were come to, by flow and node
	left     int                                          // bytes that are left behind
	stop     context.CancelCauseFunc                      // ends the story
	send     func(ctx context.Context, text string) error // of branches, to the party of a chat
}

func (s *Story) play(ctx context.Context, p *flow.Program) (*Report, error) {
	whole, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	ctx, cancel := context.WithCancelCause(whole) // of the call, which the caller ends
	defer cancel(nil)
	actions, err := s.actions()
	if err != nil {
		return nil, err
	}
	pl := &player{story: s, program: p, report: &Report{Story: s}, begin: s.At, types: map[[2]string]string{}, stop: stop}
	sc := &script{actions: actions, at: s.At, tell: pl.tell, hangup: func() { cancel(flow.ErrHungUp) }}
	pl.clock = &virtual.Clock{Time: s.At, Due: sc.due}
	pl.line = &line{began: s.At, clock: pl.clock, script: sc, world: &s.World, tell: pl.tell, leave: pl.leave, at: func() int { return len(pl.report.Transcript) }}
	pl.centre = &centre{world: &s.World, from: s.At, now: pl.clock.Now, set: map[string]string{}, user: flow.ValueOf(s.User["Id"]).Text()}
	pl.line.centre = pl.centre
	pl.outside = newOutside(s, pl.clock, pl.leave)
	x := pl.execution()
	x.Line = pl.line
	if x.Session, err = s.session(); err != nil {
		return nil, err
	}
	if err := s.suits(x.Session.Channel); err != nil {
		return nil, err
	}
	var res flow.Result
	if x.Session.Channel == string(flow.Chat) {
		pl.clock.Due = nil
		c := &chat{pl: pl, actions: actions, at: s.At, session: x.Session}
		err = c.play(ctx)
		res, x.State, sc.actions = c.result, c.state, c.actions
		if x.State == nil {
			x.State = &flow.State{}
		}
		pl.report.Unseen = pl.report.Sent[c.seen:]
		pl.send = pl.sender(x.Session.FromAddress)
	} else {
		res, err = p.Run(ctx, x)
	}
	if err == nil {
		err = context.Cause(whole)
	}
	if err != nil {
		return nil, err
	}
	pl.line.StopTape()
	r := pl.report
	r.Result, r.Session, r.State = res, *x.Session, *x.State
	r.Heard, r.Dialled, r.Answered = pl.line.heard, pl.line.dialled, pl.line.answered
	r.ToldThem, r.toldAt = pl.line.told, pl.line.toldAt
	r.heardAt, r.dialledAt, r.over = pl.line.heardAt, pl.line.dialledAt, len(r.Transcript)
	r.Took = pl.clock.Time.Sub(s.At)
	if !r.Answered && x.Session.Channel != string(flow.Chat) {
		if r.Refused = pl.line.rejected; r.Refused == "" {
			r.Refused = string(res.Refuse)
		}
	}
	left := slices.Clone(sc.actions)
	if err := pl.runBranches(whole); err != nil {
		return nil, err
	}
	r.Agents = pl.centre.states()
	r.Messages, r.Mails, r.Opened = pl.outside.messages, pl.outside.mails, pl.outside.rooms
	r.Requests, r.Cookies = pl.outside.requests, pl.outside.kept()
	r.Flows = []Used{{ID: p.ID(), File: s.flowFile(), Program: p}}
	for _, id := range slices.Sorted(maps.Keys(pl.outside.programs)) {
		r.Flows = append(r.Flows, Used{ID: id, File: filepath.Join(filepath.Dir(s.file), s.World.Flows[id]), Program: pl.outside.programs[id]})
	}
	r.compare(left)
	return r, nil
}

// runBranches runs the asynchronous branches, one after the other; they have no line.
func (pl *player) runBranches(ctx context.Context) error {
	pl.clock.Due = nil // the caller is gone
	for len(pl.branches) > 0 {
		b := pl.branches[0]
		pl.branches, pl.async = pl.branches[1:], []string{}
		x := pl.execution()
		x.Send = pl.send
		_, err := pl.program.RunBranch(ctx, x, b)
		if err == nil {
			err = context.Cause(ctx)
		}
		if err != nil {
			return err
		}
		line := b.Transition + ":"
		for i, n := range pl.async {
			if i > 0 {
				line += ","
			}
			line += " " + n
		}
		pl.report.Branches = append(pl.report.Branches, line)
	}
	return nil
}

// execution is what the flow gets to see; its chance and ids are always the same.
func (pl *player) execution() *flow.Execution {
	return &flow.Execution{
		Clock: pl.clock, Rand: rand.New(rand.NewPCG(1, 2+pl.story.seed)), Fields: fields{pl.story, pl.outside}, Params: values(pl.story.Params), Limits: pl.story.limits,
		Flows: pl.outside, Schedules: pl.outside, HTTP: pl.outside, Cookies: pl.outside, Finder: pl.outside, CallCentre: pl.centre, Messages: pl.outside, Rooms: pl.outside, Numbers: pl.story.numbers(),
		NewID: func() string { pl.ids++; return "id-" + strconv.Itoa(pl.ids) },
		Trace: pl.trace,
		Say:   func(format string, args ...any) { pl.tell(format, args...) },
		Async: func(b flow.Branch) {
			if b.Transition == flow.TranscriptionReady {
				if b.Session.Transcription = pl.story.World.Transcription; b.Session.Transcription == "" {
					pl.tell("Nothing was understood of what is said in the recording")
					return
				}
			}
			pl.branches = append(pl.branches, b)
			pl.report.Fired = append(pl.report.Fired, b)
			pl.leave(b.State.Bytes)
			pl.report.Walked = append(pl.report.Walked, Way(pl.typeOf(b), b.Transition))
		},
	}
}

func (pl *player) tell(format string, args ...any) {
	at := pl.clock.Time.Sub(pl.begin).Round(time.Millisecond)
	text := fmt.Sprintf(format, args...)
	pl.report.Transcript = append(pl.report.Transcript, fmt.Sprintf("%9.3f  %s", at.Seconds(), text))
	pl.report.Times = append(pl.report.Times, at)
	pl.leave(len(text))
	if pl.story.Told != nil {
		pl.story.Told(at, text)
	}
}

// piece is what anything that is left behind takes beside its text, about.
const piece = 200

// leave counts what the call leaves behind, and ends a story that leaves too much.
func (pl *player) leave(bytes int) {
	pl.left += bytes + piece
	if most := pl.story.Most; most > 0 && pl.left > most {
		pl.stop(fmt.Errorf("the call leaves more than %s bytes behind", flow.Thousands(most)))
	}
}

func (pl *player) trace(s flow.Step) {
	for _, l := range s.Lines() {
		pl.tell("%s", l)
	}
	pl.walk(s)
	if pl.story.seen != nil {
		pl.story.seen(s)
	}
	if s.Part != flow.Left {
		return
	}
	pl.report.Steps = append(pl.report.Steps, s)
	for _, o := range s.Outputs {
		if pl.story.Most > 0 {
			pl.leave(len(o.Value.Text()))
		}
	}
	if s.Async {
		pl.async = append(pl.async, s.NodeName)
		return
	}
	step := s.NodeName
	switch {
	case s.Wanted != "":
		step += ": " + s.Wanted
	case s.Transition != "":
		step += ": " + s.Transition
	}
	pl.report.Path = append(pl.report.Path, step)
	pl.report.pathAt = append(pl.report.pathAt, len(pl.report.Transcript))
}

// typeOf is the type of the node that a branch left, which may be long over.
func (pl *player) typeOf(b flow.Branch) string {
	id, _ := b.Flow()
	return pl.types[[2]string{id, b.From}]
}

// fields are the story's data.
type fields struct {
	story   *Story
	outside *outside
}

func (f fields) get(m map[string]any, root, name string) (flow.Value, string, bool) {
	a, ok := m[name]
	v := flow.ValueOf(a)
	if slices.Contains(f.story.Secrets, root+"."+name) {
		v = v.Secret()
	}
	return v, root + " Field", ok
}

func (f fields) Endpoint(n string) (flow.Value, string, bool) {
	return f.get(f.story.Endpoint, "Endpoint", n)
}
func (f fields) Customer(n string) (flow.Value, string, bool) {
	if found := f.outside.customer; found != nil {
		return f.get(found, "Customer", n)
	}
	return f.get(f.story.Customer, "Customer", n)
}
func (f fields) User(n string) (flow.Value, string, bool) { return f.get(f.story.User, "User", n) }
func (f fields) System(n string) (flow.Value, string, bool) {
	return f.get(f.story.System, "System", n)
}

func values(m map[string]any) map[string]flow.Value {
	out := make(map[string]flow.Value, len(m))
	for k, a := range m {
		out[k] = flow.ValueOf(a)
	}
	return out
}

// Err is nil when the story came out as expected, else the first difference
// with the transcript.
func (r *Report) Err() error {
	first := r.First()
	if first == nil {
		return nil
	}
	return errors.New(r.Story.Name + ": " + first.String() + "\n" + strings.Join(r.Told(), "\n"))
}

// Told is the transcript with the first difference at its place in it.
func (r *Report) Told() []string {
	first := r.First()
	if first == nil {
		return r.Transcript
	}
	mark := "    -->    " + first.What + "\n" + "           expected " + first.Expected + "\n" + "           was      " + first.Was
	return slices.Insert(slices.Clone(r.Transcript), first.Line, strings.Split(mark, "\n")...)
}
