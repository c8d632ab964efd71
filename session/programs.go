package session

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"go.uber.org/zap"

	"ringflow/endpoints"
	"ringflow/flow"
)

// programKey names one version of a flow, which never changes.
type programKey struct {
	id      string
	version int
}

// compiled is a version of a flow with what is wrong with it.
type compiled struct {
	account string // whose it is
	name    string
	program *flow.Program
	starts  []string // ids of other flows
	errors  []flow.Problem
}

// library is the flows that an account has of those that are started.
type library map[string]flow.Signature

func (l library) Signature(id string) (flow.Signature, bool) {
	sig, ok := l[id]
	return sig, ok
}

// version is a version of a flow, compiled; 0 is the one that is live.
func (c *cache) version(ctx context.Context, id string, version int) (*compiled, error) {
	if version == 0 {
		f, err := c.flow(ctx, id)
		if err != nil {
			return nil, err
		}
		return c.compile(f), nil
	}
	c.mu.Lock()
	p := c.programs[programKey{id, version}]
	c.mu.Unlock()
	if p != nil {
		return p, nil
	}
	f, err := c.store.FlowVersion(ctx, id, version)
	if err != nil {
		return nil, err
	}
	return c.compile(f), nil
}

// compile makes the program of f, once for each version.
func (c *cache) compile(f *flow.Flow) *compiled {
	key := programKey{f.ID, f.Version}
	c.mu.Lock()
	p := c.programs[key]
	c.mu.Unlock()
	if p != nil {
		return p
	}
	p = &compiled{account: f.AccountID, name: f.Name}
	if g, err := f.Graph(); err != nil {
		p.errors = []flow.Problem{{Severity: flow.SeverityError, Text: err.Error()}}
	} else {
		var problems []flow.Problem
		p.program, problems = flow.Compile(g)
		p.starts, p.errors = g.Starts(), flow.Errors(problems)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.programs == nil || len(c.programs) >= maxProgram {
		c.programs = map[programKey]*compiled{}
	}
	c.programs[key] = p
	return p
}

// missing are the errors of a flow that starts others which its account doesn't
// have. They come and go with those, so they are no part of what is compiled.
func (c *cache) missing(ctx context.Context, f *flow.Flow, starts []string) ([]flow.Problem, error) {
	known := library{}
	for _, id := range starts {
		other, err := c.flow(ctx, id)
		switch {
		case err == nil && other.AccountID == f.AccountID:
			known[id] = flow.Signature{Name: other.Name}
		case err != nil && !errors.Is(err, fs.ErrNotExist):
			return nil, fmt.Errorf("flow %s, which %q starts: %w", id, f.Name, err)
		}
	}
	if len(known) == len(starts) {
		return nil, nil
	}
	g, err := f.Graph()
	if err != nil {
		return nil, err
	}
	_, problems := flow.CompileWith(g, known)
	return flow.Errors(problems), nil
}

// unrunnable is a flow that no call can have.
type unrunnable struct {
	name     string // of the flow, if there is one
	problems []flow.Problem
	err      error
}

func (e *unrunnable) Error() string {
	switch {
	case e.err != nil:
		return e.err.Error()
	case e.name == "":
		return "no flow is set"
	}
	text := fmt.Sprintf("flow %q has %d errors", e.name, len(e.problems))
	if len(e.problems) == 1 {
		text = fmt.Sprintf("flow %q has an error", e.name)
	}
	for i, p := range e.problems {
		if i == 20 {
			return fmt.Sprintf("%s; and %d more", text, len(e.problems)-i)
		}
		text += "; " + p.String()
	}
	return text
}

// broken tells that there should be a flow: without one, messages are for people.
func (e *unrunnable) broken() bool { return e.err != nil || e.name != "" }

// program is the flow with this id as it can be run now; an *unrunnable says why
// it can't. An unknown flow wraps fs.ErrNotExist.
func (s *Switchboard) program(ctx context.Context, id string) (*flow.Flow, *flow.Program, error) {
	if id == "" {
		return nil, nil, &unrunnable{}
	}
	f, err := s.cache.flow(ctx, id)
	if err != nil {
		return nil, nil, fmt.Errorf("flow %s: %w", id, err)
	}
	p := s.cache.compile(f)
	problems := p.errors
	if len(problems) == 0 {
		if problems, err = s.cache.missing(ctx, f, p.starts); err != nil {
			return f, nil, err
		}
	}
	if len(problems) > 0 {
		return f, nil, &unrunnable{name: f.Name, problems: problems}
	}
	return f, p.program, nil
}

// runs puts into p the flow that runs for an endpoint now. Without one the call
// gets a record all the same, which says why it was refused: the program is nil
// then, and the flow holds what is known.
func (s *Switchboard) runs(ctx context.Context, p *spec, ep *endpoints.Endpoint) {
	id, params, state, err := s.flowNow(ctx, ep, p.settings)
	p.params, p.state, p.flow = params, state, &flow.Flow{ID: id}
	if err != nil {
		s.log().Error("the schedule of an endpoint can't be read", zap.String("endpoint", ep.ID), zap.Error(err))
		p.unrunnable = &unrunnable{err: fmt.Errorf("the schedule of %s can't be read: %w", ep.DisplayName, err)}
		return
	}
	f, program, err := s.program(ctx, id)
	if f != nil {
		p.flow = f
	}
	if errors.Is(err, fs.ErrNotExist) {
		err = &unrunnable{err: fmt.Errorf("the flow %s of %s does not exist", id, ep.DisplayName)}
	}
	p.program, p.unrunnable = program, err
}
