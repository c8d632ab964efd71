package flow

import (
	"context"
	"errors"
	"fmt"

	"go.uber.org/zap"
)

// A Flow node runs another flow: it pushes a frame on the stack of the state,
// and the run goes on in there. When that flow ends, the frame is taken off,
// its outputs are written, and the node is left by the exit.

// StartsFlow says that the node starts the flow that its url names: parameters
// and transitions beyond the declared ones are that flow's.
func (s *Spec) StartsFlow() { s.starts = true }

// starting is what a Flow node starts.
type starting struct {
	flow string // id
	args []argument
}

// argument is what the node gives to a parameter of the flow, or, for an
// output, where its value goes.
type argument struct {
	name  string
	param *Param
	value value
}

// pin fixes the versions of all flows that a session can come to, when it begins.
func (r *run) pin(ctx context.Context) {
	const most = 200 // flows; further ones are fixed when they are entered
	if len(r.p.starts) == 0 || r.x.Flows == nil {
		return
	}
	r.fix(r.p.id, r.p.version)
	tried := map[string]bool{r.p.id: true}
	for queue := r.p.starts; len(queue) > 0 && len(tried) < most; queue = queue[1:] {
		id := queue[0]
		if tried[id] {
			continue
		}
		tried[id] = true
		// A chat whose flow starts anew keeps the versions that it began with.
		if p, err := r.x.Flows.Program(ctx, id, r.x.State.Versions[id]); err == nil && p != nil { // an error is told when it matters
			r.fix(id, p.version)
			queue = append(queue[:len(queue):len(queue)], p.starts...)
		}
	}
}

func (r *run) fix(id string, version int) {
	if r.x.State.Versions == nil {
		r.x.State.Versions = map[string]int{}
	}
	r.x.State.Versions[id] = version
}

// load finds the program of a flow, in the version that the session has of it.
func (r *run) load(ctx context.Context, id string) (*Program, error) {
	version := r.x.State.Versions[id]
	if root := r.programs[0]; root != nil && id == root.id && (version == 0 || version == root.version) {
		return root, nil
	}
	if r.x.Flows == nil {
		return nil, errNoFlows
	}
	p, err := r.x.Flows.Program(ctx, id, version)
	var broken *FlowError
	switch {
	case errors.Is(err, ErrNoFlow), errors.As(err, &broken): // the flow's fault, not ours
		return nil, &ParameterError{Parameter: StartedFlow + " " + id, Text: err.Error()}
	case err != nil:
		return nil, fmt.Errorf("flow %s: %w", id, err)
	case p == nil || p.start < 0:
		return nil, &ParameterError{Parameter: StartedFlow + " " + id, Text: "it can't run"}
	}
	if version == 0 {
		r.fix(id, p.version)
	}
	return p, nil
}

var errNoFlows = &ParameterError{Parameter: StartedFlow, Text: "no other flow can be started here"}

// programAt is the program of frame i. After a restart it is loaded anew.
func (r *run) programAt(ctx context.Context, i int) (*Program, error) {
	if p := r.programs[i]; p != nil {
		return p, nil
	}
	f := &r.x.State.Frames[i]
	if root := r.programs[0]; root != nil && f.FlowID == root.id && f.Version == root.version {
		r.programs[i] = root
		return root, nil
	}
	if r.x.Flows == nil {
		return nil, errNoFlows
	}
	p, err := r.x.Flows.Program(ctx, f.FlowID, f.Version)
	if err != nil {
		return nil, fmt.Errorf("flow %s, version %d: %w", f.FlowID, f.Version, err)
	}
	if _, ok := p.index[f.Node]; !ok && f.Node != "" {
		return nil, fmt.Errorf("flow: version %d has no node %q to go on from", p.version, f.Node)
	}
	r.programs[i] = p
	return p, nil
}

// enter starts the flow of n.
func (r *run) enter(ctx context.Context, n *node) (target, *Result) {
	s := r.x.State
	sub, err := r.load(ctx, n.starts.flow)
	var reads []Read
	params := map[string]Value{}
	if err == nil {
		reads, err = r.arguments(n, sub, params)
	}
	r.tell(Step{Part: Entered, Params: reads})
	if err == nil && len(s.Frames) > r.x.Limits.Depth {
		err = &LimitError{What: "sub-flow depth " + Thousands(r.x.Limits.Depth)}
	}
	if err != nil {
		return r.failed(ctx, n, nil, err)
	}
	if jump := r.x.jumps.disarm(); jump != "" {
		r.tell(Step{Part: Left, Transition: "sent on from outside", Connected: true, To: r.p.nodes[r.p.index[jump]].name})
		return target{node: r.p.index[jump]}, nil
	}
	r.event(fmt.Sprintf("the flow %s, version %d, starts", sub.shown(), sub.version))
	s.top().Step = r.step.Number
	s.Frames = append(s.Frames, Frame{FlowID: n.starts.flow, Version: sub.version, Params: params})
	r.programs = append(r.programs, sub)
	r.turnTo(sub)
	return target{node: sub.start}, nil
}

// turnTo makes p the program at work.
func (r *run) turnTo(p *Program) {
	r.p = p
	r.x.jumps.move(p)
}

// arguments evaluates what n gives to the parameters of the flow; what is
// nothing leaves the flow its default.
func (r *run) arguments(n *node, sub *Program, params map[string]Value) (reads []Read, err error) {
	for i := range n.starts.args {
		a := &n.starts.args[i]
		p, ok := sub.params[a.name]
		if !ok || !p.IsPublic {
			r.notes = append(r.notes, "the flow has no public parameter "+a.name)
			continue
		}
		if p.IsOutput {
			continue
		}
		read, err := r.eval(&a.value, a.param)
		read.Name = a.name
		if err != nil {
			return reads, at(a.name, err)
		}
		if read.Value.IsSecret() {
			r.hide(read.Value)
		}
		if reads = append(reads, read); read.Value.IsNothing() {
			continue
		}
		if err := r.put(params, a.name, read.Value); err != nil {
			return reads, err
		}
	}
	return reads, nil
}

// back takes the flow that ended off the stack and leaves the node that started it.
func (r *run) back(ctx context.Context, exit string) (target, *Result) {
	s := r.x.State
	sub, done, at := r.p, s.top(), len(s.Frames)-1
	scope := scope{x: r.x, program: sub}
	outputs := map[string]Value{}
	for name, p := range sub.params {
		if p.IsOutput {
			outputs[name], _ = scope.parameter(name)
		}
	}
	s.Bytes -= done.bytes(at > 0)
	s.Frames, r.programs = s.Frames[:at:at], r.programs[:at:at]
	p, err := r.programAt(ctx, at-1)
	if err != nil {
		r.x.Log.Error("the flow to go back to is away", zap.String("session", r.x.Session.ID), zap.String("flow", s.top().FlowID), zap.Error(err))
		return target{}, &Result{End: Failed, Refuse: RefuseError, Err: err}
	}
	r.turnTo(p)
	n := p.nodes[p.index[s.top().Node]]
	r.begin(n, s.top().Step)
	reads, err := r.take(n, outputs)
	if err != nil {
		return r.failed(ctx, n, reads, err)
	}
	if exit == "" {
		exit = "Done"
	}
	return r.leave(n, reads, exit)
}

// take keeps the outputs of a flow as those of the node that started it.
func (r *run) take(n *node, outputs map[string]Value) (reads []Read, failed error) {
	values := map[string]Value{}
	for _, name := range sortedNames(outputs) {
		reads = append(reads, Read{Name: name, Value: outputs[name]})
		if err := r.put(values, name, outputs[name]); err != nil {
			failed = err
		}
	}
	if len(values) > 0 {
		r.remember(n, values)
	}
	for i := range n.starts.args {
		a := &n.starts.args[i]
		v, ok := outputs[a.name]
		if !ok || a.value.ref == "" || a.value.source != FromSession && a.value.source != FromFlow {
			continue
		}
		if err := r.assign(string(a.value.source)+"."+a.value.ref, v); err != nil {
			failed = err
		}
	}
	return reads, failed
}

// unwind leaves the nodes that wait for flows which end with the run.
func (r *run) unwind(ctx context.Context, res *Result) {
	s := r.x.State
	left := Step{Part: Left, Err: res.Err}
	if res.End == Failed {
		left.Err = errors.New("the flow that it started failed")
	}
	for i := len(s.Frames) - 2; i >= 0; i-- {
		p, err := r.programAt(ctx, i)
		if err != nil {
			continue
		}
		r.p = p
		r.begin(p.nodes[p.index[s.Frames[i].Node]], s.Frames[i].Step)
		r.tell(left)
	}
	if p := r.programs[len(s.Frames)-1]; p != nil {
		r.p = p
	}
}
