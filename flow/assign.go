package flow

import (
	"fmt"
	"strings"
)

// checkTarget tells whether target can be written in this flow.
func (p *Program) checkTarget(target string) error {
	kind, name := splitTarget(target)
	if kind == FromSession {
		return checkVariable(name)
	}
	if kind != FromFlow {
		return fmt.Errorf("%q can't be written: a target is Name, Session.Name or Flow.Name", short(target))
	}
	f, ok := p.params[name]
	if !ok {
		return fmt.Errorf("the flow has no parameter %q to write", name)
	}
	if !f.IsOutput {
		return fmt.Errorf("the flow's parameter %s is no output", name)
	}
	return nil
}

// splitTarget takes a target apart; kind is empty for one that can't be written.
func splitTarget(target string) (kind Source, name string) {
	target = strings.TrimSpace(target)
	root, field, dotted := strings.Cut(target, ".")
	switch {
	case !dotted:
		return FromSession, target
	case root == string(FromSession):
		return FromSession, field
	case root == string(FromFlow):
		return FromFlow, field
	}
	return "", ""
}

// assign writes v to a target: see Execution.Set.
func (r *run) assign(target string, v Value) error {
	if err := r.p.checkTarget(target); err != nil { // of an evaluated one: Compile checks constants
		return err
	}
	kind, name := splitTarget(target)
	if kind == FromFlow {
		f := r.x.State.top()
		if f.Outputs == nil {
			f.Outputs = map[string]Value{}
		}
		return r.put(f.Outputs, name, v)
	}
	if f, ok := sessionFields[name]; ok {
		f.set(r.x.Session, v.Text())
		return nil
	}
	if r.x.State.Variables == nil {
		r.x.State.Variables = map[string]Value{}
	}
	return r.put(r.x.State.Variables, name, v)
}

// put writes a value and counts its bytes.
func (r *run) put(m map[string]Value, name string, v Value) error {
	s := r.x.State
	size := len(name) + v.Size()
	if old, ok := m[name]; ok {
		size -= len(name) + old.Size()
	}
	if s.Bytes+size > r.x.Limits.VariableBytes {
		return &LimitError{What: bytesInWords(r.x.Limits.VariableBytes) + " of variables"}
	}
	s.Bytes += size
	m[name] = v
	return nil
}

func bytesInWords(n int) string {
	if n%(1<<20) == 0 {
		return Thousands(n>>20) + " MB"
	}
	return Thousands(n) + " bytes"
}
