package flow

import "context"

// Branch is an asynchronous transition that fired: where it leads, with a copy
// of the session's data. It is plain JSON, so that it can be stored.
type Branch struct {
	From       string  `json:"from"` // id of the node that it left
	Transition string  `json:"transition"`
	State      State   `json:"state"` // its Node is where the branch starts
	Session    Session `json:"session"`
}

// RunBranch runs an asynchronous branch in an execution of its own: x has no
// Line, its Session and State are taken from b. Nodes that need a live call
// take On Failure, or end the branch with a log line.
func (p *Program) RunBranch(ctx context.Context, x *Execution, b Branch) (Result, error) {
	state, session := b.State.clone(), b.Session
	x.Line, x.State, x.Session = nil, &state, &session
	return p.run(ctx, x, true)
}

// branch is that of frame i by which n is left for to.
func (r *run) branch(n *node, i int, transition string, to target) Branch {
	b := Branch{From: n.id, Transition: transition, State: r.x.State.clone(), Session: *r.x.Session}
	b.State.only(i)
	b.State.StepsNoWait, b.State.Waiting, b.State.Begun = 0, nil, 0
	b.State.Branch = r.x.NewID()
	b.State.top().Node = r.p.nodes[to.node].id
	return b
}

// Pending is the branch that Fire would start if the node at work were over
// now, with these outputs: to be kept before, for a server that dies meanwhile.
// It is false if the transition leads to no node. Only the goroutine of the
// flow may ask.
func (x *Execution) Pending(transition string, outputs map[string]Value) (Branch, bool) {
	r := x.run
	if r == nil || x.Async == nil {
		return Branch{}, false
	}
	n := r.p.nodes[r.p.index[x.State.top().Node]]
	to, ok := n.exits[transition]
	if !ok || to.exit != "" {
		return Branch{}, false
	}
	return r.branchGiving(n, len(x.State.Frames)-1, transition, to, outputs), true
}

// branchGiving is the branch of frame i in which n has given these outputs, which
// only the branch has.
func (r *run) branchGiving(n *node, i int, transition string, to target, outputs map[string]Value) Branch {
	x := r.x
	state, session := x.State, x.Session
	defer func() { x.State, x.Session = state, session }()
	s, own := state.clone(), *session
	s.only(i)
	x.State, x.Session = &s, &own
	for i, p := range n.typ.spec.params {
		v, given := outputs[p.Name]
		if to := n.values[i]; p.Output && given && to.given && to.ref != "" {
			_ = r.assign(string(to.source)+"."+to.ref, v) // a limit that it passes will be told when it is over
		}
	}
	r.remember(n, outputs)
	return r.branch(n, 0, transition, to)
}

// Flow tells which version of which flow the branch is of.
func (b Branch) Flow() (id string, version int) {
	if len(b.State.Frames) == 0 {
		return "", 0
	}
	f := b.State.top()
	return f.FlowID, f.Version
}
