// Package flowtest runs flows without a phone. A Story is one file: a flow,
// the data it runs on, the world that it meets, what the caller does and what
// is expected. It runs the real nodes and the real interpreter on a simulated
// line in virtual time: a call of ten minutes takes milliseconds and comes out
// the same each time.
package flowtest

import (
	"context"
	"fmt"

	"ringflow/flow"
)

// Play runs the story. The error is for a story that can't run at all, or
// what ended ctx.
func (s *Story) Play(ctx context.Context) (*Report, error) {
	raw, err := s.read(ctx, s.Flow)
	if err != nil {
		return nil, err
	}
	return s.PlayFlow(ctx, raw)
}

// PlayFlow runs the story with the flow given as JSON.
func (s *Story) PlayFlow(ctx context.Context, raw []byte) (*Report, error) {
	name := s.Flow
	if name == "" {
		name = "the flow"
	}
	g, err := flow.Parse(raw)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if g.ID == "" {
		g.ID, g.Version = "flow-1", 1
	}
	p, problems := flow.Compile(g)
	if errs := flow.Errors(problems); len(errs) > 0 {
		return nil, fmt.Errorf("%s: %s", name, errs[0])
	}
	return s.play(ctx, p)
}
