package flow

import (
	"errors"
	"fmt"
	"strings"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/vm"
)

// Bounds of an expression. An evaluation has fuel: each operation burns a unit
// and more for long text and lists, so that the worst ends within 50 ms. expr
// has no such measure of its own, so each of its operations that can take long
// is compiled to a function of ours (see patch.go) that burns fuel.
const (
	maxExpression = 4096 // bytes
	maxNodes      = 500  // of the tree
	maxClosures   = 2    // nested
	maxText       = 1 << 20
	maxDepth      = 100 // of lists and structs in each other
	fuel          = 100_000
	memoryBudget  = 100_000 // expr's own, in elements of arrays and maps that it makes
)

// fromNode is the root for outputs of nodes; it is no source of a parameter.
const fromNode Source = "Node"

// roots are the names that an expression starts from.
var roots = [...]Source{FromSession, FromEndpoint, FromCustomer, FromUser, FromSystem, FromFlow, fromNode}

func isRoot(name string) bool {
	for _, r := range roots {
		if string(r) == name {
			return true
		}
	}
	return false
}

// FromResponse is a root that only the mappings of an HTTP request have.
const FromResponse Source = "Response"

// expression is a compiled expression.
type expression struct {
	// The most usual one, Session.Name, is looked up without running anything.
	root Source
	name string

	program *vm.Program
}

// problemAt is an error in an expression or a template, with its column.
type problemAt struct {
	column int // in characters from 1; 0: of the whole
	text   string
}

func (p *problemAt) Error() string { return p.text }

// options are expr's settings; what they refer to is never changed.
func options(p *patcher) []expr.Option {
	env := map[string]any{scopeName: new(any)}
	for _, r := range roots {
		env[string(r)] = new(any)
	}
	if p.extra != "" {
		env[string(p.extra)] = new(any)
	}
	os := []expr.Option{expr.Env(env), expr.MaxNodes(maxNodes), expr.Optimize(false), expr.DisableAllBuiltins(), expr.Patch(p)}
	for _, name := range closures {
		os = append(os, expr.EnableBuiltin(name))
	}
	for name, f := range functions {
		os = append(os, expr.Function(name, f.call))
	}
	for name, f := range operations {
		os = append(os, expr.Function(name, f.call))
	}
	return os
}

// compileExpression compiles text; a *problemAt tells what is wrong with it.
func compileExpression(text string) (*expression, *problemAt) { return compileRooted(text, "") }

// compileRooted compiles an expression that has a root beyond the usual ones,
// unless extra is empty.
func compileRooted(text string, extra Source) (e *expression, err *problemAt) {
	if strings.TrimSpace(text) == "" {
		return nil, &problemAt{text: "the expression is empty"}
	}
	if len(text) > maxExpression {
		return nil, &problemAt{text: "the expression is longer than " + Thousands(maxExpression) + " characters"}
	}
	defer func() { // expr is asked to compile anything that a client sends
		if r := recover(); r != nil {
			e, err = nil, &problemAt{text: fmt.Sprint("the expression can't be compiled: ", r)}
		}
	}()
	p := &patcher{extra: extra}
	program, failed := expr.Compile(text, options(p)...)
	if p.problem != nil {
		return nil, p.problem
	}
	if failed != nil {
		return nil, problemOf(failed)
	}
	if p.roots > 0 {
		return nil, &problemAt{text: "a root stands alone: it takes a field, as in Session.FromAddress"}
	}
	if p.names > 0 {
		return nil, &problemAt{text: "a function stands alone: it is called, as in now()"}
	}
	e = &expression{program: program}
	if r := p.whole; r != nil && program.Node() == ast.Node(r.call) {
		e.root, e.name = r.root, r.name
	}
	return e, nil
}

// problemOf takes column and text of one of expr's errors.
func problemOf(err error) *problemAt {
	var f *file.Error
	if !errors.As(err, &f) {
		return &problemAt{text: err.Error()}
	}
	text := f.Message
	if name, ok := strings.CutPrefix(text, "unknown name "); ok {
		text = "unknown name " + name + "; there are Session, Endpoint, Customer, User, System, Flow and Node, and functions"
	}
	return &problemAt{column: f.Column + 1, text: text}
}

// eval runs the expression.
func (e *expression) eval(s *scope) (Value, error) {
	if e.root != "" {
		return s.get(e.root, e.name), nil
	}
	s.fuel = fuel
	machine := vm.VM{MemoryBudget: memoryBudget}
	out, err := machine.Run(e.program, map[string]any{scopeName: s})
	if err != nil {
		var f *file.Error
		if s.secret { // whose text the message may hold
			err = errors.New("it can't be computed from a secret, whose value is not shown")
		} else if errors.As(err, &f) {
			err = errors.New(f.Message)
		}
		return Value{}, err
	}
	s.fuel = max(s.fuel, fuel/2) // the result is walked once more
	if err := s.burnFor(out); err != nil {
		return Value{}, errors.New("the result is too large")
	}
	return s.mark(ValueOf(out)), nil
}
