package flow

import "context"

type run struct {
	fired  []string
	hidden bool
}

func (r *run) event(string)               {}
func (r *run) assign(string, Value) error { return nil }
func (r *run) jump(string) bool           { return false }

// Run runs the flow in the calling goroutine until it ends. The error is nil
// unless the run could not start at all; how it ended is in the Result.
func (p *Program) Run(ctx context.Context, x *Execution) (Result, error) {
	return p.run(ctx, x, false)
}

func (p *Program) run(ctx context.Context, x *Execution, async bool) (Result, error) {
	return Result{}, nil
}
