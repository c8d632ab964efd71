package flow

import (
	"context"
	"errors"
	"sync"
)

var errJump = errors.New("flow: sent to another node")

// jumps lets other goroutines send a running flow to another node. One that
// comes between two nodes is remembered and ends the next node at once.
type jumps struct {
	mu      sync.Mutex
	program *Program
	to      string
	cancel  context.CancelCauseFunc // of the node at work
}

func (j *jumps) begin(p *Program) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.program, j.to = p, ""
}

// move makes p the program in which the flow is; a jump that was asked for and
// has no place there is forgotten.
func (j *jumps) move(p *Program) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.program = p
	if _, ok := p.index[j.to]; !ok {
		j.to = ""
	}
}

func (j *jumps) end() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.program, j.cancel = nil, nil
}

func (j *jumps) arm(cancel context.CancelCauseFunc) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.cancel = cancel
	if j.to != "" {
		cancel(errJump)
	}
}

// disarm gives the node to go to, if one was asked for.
func (j *jumps) disarm() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	to := j.to
	j.to, j.cancel = "", nil
	return to
}

func (j *jumps) jump(node string) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.program == nil {
		return false
	}
	if _, ok := j.program.index[node]; !ok {
		return false
	}
	j.to = node
	if j.cancel != nil {
		j.cancel(errJump)
	}
	return true
}
