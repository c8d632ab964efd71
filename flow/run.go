package flow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// waited is how long a step must have taken to count as waiting for somebody.
const waited = 20 * time.Millisecond

// run is one walk through a program, all of it in one goroutine.
type run struct {
	p        *Program   // at work
	programs []*Program // of each frame of the state; nil: not loaded yet
	x        *Execution
	async    bool // an asynchronous branch: there is no call

	step    Step     // the step at work, as told last
	fired   []string // asynchronous transitions that it fired
	notes   []string // what had to be changed of its parameters
	members []Read   // of the rows of the list at hand: those that came from elsewhere
	secret  []string // texts of its parameters that no log may show
	hidden  bool     // its transition would tell a secret

	resumed *Reply          // with which a suspended run goes on; nil: it does not, or it was taken
	note    json.RawMessage // the node's, of a chat: see Execution.Note
	begun   bool            // the step at work was begun by a run that is no more
}

// Run runs the flow in the calling goroutine until it ends; x serves one run.
// The error is for a program or a state that can't be run at all; how the flow
// ended is in the Result.
func (p *Program) Run(ctx context.Context, x *Execution) (Result, error) {
	return p.run(ctx, x, false)
}

func (p *Program) run(ctx context.Context, x *Execution, async bool) (Result, error) {
	if p.start < 0 {
		return Result{}, errors.New("flow: no start node")
	}
	x.defaults()
	if x.State == nil {
		x.State = &State{}
	}
	r := &run{p: p, x: x, async: async}
	x.run = r
	if err := r.frames(ctx); err != nil {
		return Result{}, err
	}
	again, err := r.resume()
	if err != nil {
		return Result{}, err
	}
	x.jumps.begin(r.p)
	defer x.jumps.end()
	ctx, cancel := x.Clock.WithTimeout(ctx, x.Limits.Call, &LimitError{What: callInWords(x.Limits.Call)})
	defer cancel()
	res := r.loop(ctx, again)
	if res.End != Suspended {
		r.unwind(ctx, &res)
	}
	r.finish(ctx, &res)
	return res, nil
}

// frames makes the first frame of a new run, or finds the programs of a stored
// one: the last frame is the flow at work, which may be another than p.
func (r *run) frames(ctx context.Context) error {
	s, p := r.x.State, r.p
	if len(s.Frames) == 0 {
		s.Frames = []Frame{{FlowID: p.id, Version: p.version, Params: r.x.Params}}
		r.pin(ctx)
	}
	r.programs = make([]*Program, len(s.Frames))
	if f := s.Frames[0]; f.FlowID == p.id && (f.Version == p.version || r.x.Flows == nil) {
		r.programs[0] = p
	}
	p, err := r.programAt(ctx, len(s.Frames)-1)
	if err != nil {
		return err
	}
	r.p = p
	f := s.top()
	if f.Node == "" {
		f.Node = p.nodes[p.start].id
	} else if _, ok := p.index[f.Node]; !ok {
		return fmt.Errorf("flow: version %d has no node %q to go on from", p.version, f.Node)
	}
	return nil
}

func callInWords(d time.Duration) string {
	if d%time.Hour == 0 {
		return Thousands(int(d/time.Hour)) + " h a call"
	}
	return d.String() + " a call"
}

// loop walks from node to node. again: the first one is the one at which the
// run was suspended, or broken off.
func (r *run) loop(ctx context.Context, again bool) Result {
	s := r.x.State
	for ; ; again = false {
		if err := context.Cause(ctx); err != nil {
			return r.ended(err)
		}
		r.step.Resumed = again
		if !again {
			if err := r.count(); err != nil {
				return r.ended(err)
			}
		}
		before := r.x.Now()
		to, res := r.walk(ctx, r.p.nodes[r.p.index[s.top().Node]])
		if r.x.Now().Sub(before) >= waited {
			s.StepsNoWait = 0
		}
		for res == nil && (to.over || to.exit != "") {
			if len(s.Frames) == 1 {
				return Result{End: Ended, Exit: to.exit, Refuse: refusalAfter(s.LastDial)}
			}
			to, res = r.back(ctx, to.exit)
		}
		if res != nil {
			return *res
		}
		s.top().Node = r.p.nodes[to.node].id
	}
}

// count counts a step and tells when there were too many.
func (r *run) count() error {
	s, l := r.x.State, r.x.Limits
	if s.Steps++; s.Steps > l.Steps {
		return &LimitError{What: Thousands(l.Steps) + " steps a session"}
	}
	if s.StepsNoWait++; s.StepsNoWait > l.StepsNoWait {
		return &LimitError{What: Thousands(l.StepsNoWait) + " steps without waiting"}
	}
	return nil
}

// walk runs one node and finds where to go from it; a Result ends the run.
func (r *run) walk(ctx context.Context, n *node) (target, *Result) {
	r.begin(n, r.x.State.Steps)
	if r.resumed != nil && r.x.Session.BodySecret && r.resumed.Text != "" {
		r.secret = append(r.secret, r.resumed.Text)
	}
	if to, res, refused := r.unserved(n); refused {
		return to, res
	}
	if n.starts != nil {
		return r.enter(ctx, n)
	}
	made := n.typ.make()
	reads, targets, err := r.fill(n, made)
	r.tell(Step{Part: Entered, Params: reads})
	for _, note := range r.notes {
		r.event(note)
	}
	var transition string
	var outputs []Read
	if err == nil {
		var jump string
		transition, jump, err = r.work(ctx, made)
		if wait := r.suspended(err); wait != nil && jump == "" {
			return target{}, r.suspend(wait)
		}
		r.x.State.Begun, r.begun = 0, false
		var failed error
		if outputs, failed = r.collect(n, targets); failed != nil {
			err = failed
		}
		r.fire(n)
		if jump != "" {
			r.tell(Step{Part: Left, Outputs: outputs, Transition: "sent on from outside", Connected: true, To: r.p.nodes[r.p.index[jump]].name})
			return target{node: r.p.index[jump]}, nil
		}
	}
	if err != nil {
		return r.failed(ctx, n, outputs, err)
	}
	return r.leave(n, outputs, transition)
}

// begin makes n the node of which is told from now on.
func (r *run) begin(n *node, number int) {
	if !r.step.Resumed {
		r.note, r.resumed = nil, nil // of the node before
	}
	r.fired, r.notes, r.secret, r.hidden = r.fired[:0], r.notes[:0], r.secret[:0], false
	r.step = Step{Number: number, Async: r.async, Chat: Channel(r.x.Session.Channel) == Chat, Resumed: r.step.Resumed, FlowID: r.p.id,
		NodeID: n.id, NodeName: n.name, TypeName: n.typ.name}
}

// leave follows a transition.
func (r *run) leave(n *node, outputs []Read, transition string) (target, *Result) {
	taken, to, ok := n.follow(transition)
	left := Step{Part: Left, Outputs: outputs, Transition: transition, Hidden: r.hidden}
	if !ok {
		r.tell(left)
		return target{over: true}, nil
	}
	left.Connected, left.Transition, left.To = true, taken, r.p.onward(to)
	if taken != transition {
		left.Wanted = transition
	}
	r.tell(left)
	return to, nil
}

// failed decides what an error of a node means: an end, or its On Failure.
func (r *run) failed(ctx context.Context, n *node, outputs []Read, err error) (target, *Result) {
	var stop *Stop
	switch cause := context.Cause(ctx); {
	case cause != nil:
		r.tell(Step{Part: Left, Outputs: outputs, Err: cause})
		res := r.ended(cause)
		return target{}, &res
	case errors.As(err, &stop):
		r.tell(Step{Part: Left, Outputs: outputs})
		return target{}, &Result{End: Ended, Stopped: true, Refuse: stop.Refuse, Reason: stop.Reason}
	case errors.Is(err, ErrHungUp), isLimit(err):
		r.tell(Step{Part: Left, Outputs: outputs, Err: err})
		res := r.ended(err)
		return target{}, &res
	}
	var bad *ParameterError
	if !errors.As(err, &bad) { // a flow's own fault is no fault of ours
		r.fault(n, err)
	}
	if exit := n.typ.spec.failureExit(); exit != "" {
		r.tell(Step{Part: Happened, Event: r.mask("failed: " + err.Error()), Err: err})
		return r.leave(n, outputs, exit)
	}
	r.tell(Step{Part: Left, Outputs: outputs, Err: err})
	return target{}, &Result{End: Failed, Refuse: RefuseError, Err: err}
}

// unserved handles a node that can't work here: its channel is another, or the call is over.
func (r *run) unserved(n *node) (target, *Result, bool) {
	spec, channel := n.typ.spec, Channel(r.x.Session.Channel)
	if channel == "" {
		channel = Voice
	}
	var why string
	switch nobody := len(spec.channels) > 0; {
	case !spec.serves(channel):
		why = "does not work on the channel " + string(channel)
	case nobody && channel == Voice && r.x.Line == nil:
		why = ErrNoLine.Error()
	case nobody && channel == Chat && r.x.Send == nil:
		why = "there is nobody to write to"
	default:
		return target{}, nil, false
	}
	r.tell(Step{Part: Entered})
	exit := spec.failureExit()
	if exit == "" && !spec.serves(channel) {
		for _, e := range spec.exits {
			if !e.Async {
				exit = e.Name
			}
		}
	}
	if exit == "" {
		r.tell(Step{Part: Left, Err: errors.New(why)})
		return target{}, &Result{End: Ended, Refuse: RefuseUnavailable}, true
	}
	r.event(why)
	to, res := r.leave(n, nil, exit)
	return to, res, true
}

// collect writes the outputs of a node that ran.
func (r *run) collect(n *node, targets []any) ([]Read, error) {
	var reads []Read
	var failed error
	var values map[string]Value
	for i, p := range n.typ.spec.params {
		if !p.Output {
			continue
		}
		v := given(targets[i])
		reads = append(reads, Read{Name: p.Name, Value: v})
		if values == nil {
			values = map[string]Value{}
		}
		if err := r.put(values, p.Name, v); err != nil {
			failed = err
		}
		to := n.values[i]
		if !to.given || to.ref == "" {
			continue
		}
		target := string(to.source) + "." + to.ref
		if err := r.assign(target, v); err != nil {
			failed = err
		}
	}
	if values != nil {
		r.remember(n, values)
	}
	return reads, failed
}

// remember keeps what n gave, which is counted already.
func (r *run) remember(n *node, values map[string]Value) {
	f := r.x.State.top()
	if f.Nodes == nil {
		f.Nodes = map[string]NodeOutputs{}
	}
	for name, v := range f.Nodes[n.id].Values { // replaced, so no longer counted
		r.x.State.Bytes -= len(name) + v.Size()
	}
	f.Nodes[n.id] = NodeOutputs{Step: r.x.State.Steps, Values: values}
}
