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

// Flow tells which version of which flow the branch is of.
func (b Branch) Flow() (id string, version int) {
	if len(b.State.Frames) == 0 {
		return "", 0
	}
	f := b.State.top()
	return f.FlowID, f.Version
}
