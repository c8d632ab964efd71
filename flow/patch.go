package flow

import (
	"fmt"

	"github.com/expr-lang/expr/ast"
)

// scopeName is how the compiled program names the scope; nobody can write it.
const scopeName = "$scope"

// closures are those of expr's builtins which run a predicate for each item.
var closures = []string{"all", "any", "none", "one", "filter", "map", "find", "findIndex", "count", "sum", "reduce"}

// patcher rewrites the tree before expr compiles it: a root's field becomes a
// look-up, and whatever can take long becomes a call of an operation of ours.
// The tree is walked from the leaves up.
type patcher struct {
	problem *problemAt
	extra   Source // a root beyond the usual ones
	roots   int    // root names that are not yet part of a field's name
	names   int    // function names that are not yet called
	depths  map[ast.Node]int
	whole   *lookupCall // the last look-up made
}

type lookupCall struct {
	root Source
	name string
	call *ast.CallNode
}

func (p *patcher) fail(n ast.Node, format string, args ...any) {
	if p.problem == nil {
		p.problem = &problemAt{column: n.Location().From + 1, text: fmt.Sprintf(format, args...)}
	}
}

func call(name string, args ...ast.Node) *ast.CallNode {
	args = append([]ast.Node{&ast.IdentifierNode{Value: scopeName}}, args...)
	return &ast.CallNode{Callee: &ast.IdentifierNode{Value: name}, Arguments: args}
}

// Visit implements ast.Visitor.
func (p *patcher) Visit(node *ast.Node) {
	switch n := (*node).(type) {
	case *ast.IdentifierNode:
		switch _, isFunction := functions[n.Value]; {
		case p.isRoot(n.Value):
			p.roots++
		case isFunction:
			p.names++
		case n.Value == scopeName || n.Value == "$env" || operations[n.Value].f != nil:
			p.fail(n, "unknown name %s", n.Value)
		}
	case *ast.MemberNode:
		p.member(node, n)
	case *ast.ChainNode: // a field of nothing is nothing anyway
		ast.Patch(node, n.Node)
	case *ast.BinaryNode:
		switch n.Operator {
		case "??":
		case "and", "or", "&&", "||":
			n.Left, n.Right = yes(n.Left), yes(n.Right)
		default:
			ast.Patch(node, call("$op", &ast.StringNode{Value: n.Operator}, n.Left, n.Right))
		}
	case *ast.UnaryNode:
		p.unary(node, n)
	case *ast.ConditionalNode:
		n.Cond = yes(n.Cond)
	case *ast.SliceNode:
		ast.Patch(node, call("$slice", n.Node, orNil(n.From), orNil(n.To)))
	case *ast.CallNode:
		p.call(n)
	case *ast.PredicateNode:
		p.predicate(n)
	case *ast.BuiltinNode:
		p.builtin(n)
	case *ast.VariableDeclaratorNode:
		if _, ok := functions[n.Name]; ok || p.isRoot(n.Name) {
			p.fail(n, "%s is taken: choose another name", n.Name)
		}
	}
}

// yes reads n as a yes or a no, whatever it gives.
func yes(n ast.Node) ast.Node { return call("$yes", n) }

// figure reads n as a number.
func figure(n ast.Node) ast.Node {
	return call("$op", &ast.StringNode{Value: "-"}, n, &ast.IntegerNode{})
}

// unary makes the operators of one operand take any value.
func (p *patcher) unary(node *ast.Node, n *ast.UnaryNode) {
	switch n.Operator {
	case "-":
		ast.Patch(node, call("$op", &ast.StringNode{Value: "-"}, &ast.NilNode{}, n.Node))
	case "+":
		ast.Patch(node, figure(n.Node))
	default:
		n.Node = yes(n.Node)
	}
}

// builtin makes a closure take any value for its list, and for what its
// predicate gives.
func (p *patcher) builtin(n *ast.BuiltinNode) {
	n.Arguments[0] = call("$list", n.Arguments[0])
	var predicate *ast.PredicateNode
	if len(n.Arguments) > 1 {
		predicate, _ = n.Arguments[1].(*ast.PredicateNode)
	}
	switch {
	case n.Name == "map":
	case n.Name == "reduce":
		if len(n.Arguments) == 2 { // it begins with the first item, which then must be there
			n.Arguments[0] = call("$some", n.Arguments[0])
		}
	case n.Name == "sum" && predicate == nil:
		n.Arguments[0] = call("$numbers", n.Arguments[0])
	case n.Name == "sum":
		predicate.Node = figure(predicate.Node)
	case predicate != nil:
		predicate.Node = yes(predicate.Node)
	}
}

func (p *patcher) isRoot(name string) bool {
	return isRoot(name) || p.extra != "" && name == string(p.extra)
}

func orNil(n ast.Node) ast.Node {
	if n == nil {
		return &ast.NilNode{}
	}
	return n
}

func (p *patcher) member(node *ast.Node, n *ast.MemberNode) {
	id, ok := n.Node.(*ast.IdentifierNode)
	if !ok || !p.isRoot(id.Value) {
		ast.Patch(node, call("$member", n.Node, n.Property))
		return
	}
	p.roots--
	c := call("$get", &ast.StringNode{Value: id.Value}, n.Property)
	if name, ok := n.Property.(*ast.StringNode); ok {
		p.whole = &lookupCall{root: Source(id.Value), name: name.Value, call: c}
	}
	ast.Patch(node, c)
}

func (p *patcher) call(n *ast.CallNode) {
	id, ok := n.Callee.(*ast.IdentifierNode)
	if !ok {
		p.fail(n, "only functions can be called")
		return
	}
	f, ok := functions[id.Value]
	if !ok {
		p.fail(n, "unknown function %s; there are %s", id.Value, functionNames())
		return
	}
	p.names--
	if len(n.Arguments) < f.least || len(n.Arguments) > f.most {
		p.fail(n, "%s takes %s", id.Value, f.arguments())
		return
	}
	n.Arguments = append([]ast.Node{&ast.IdentifierNode{Value: scopeName}}, n.Arguments...)
}

// predicate makes each turn of a closure burn fuel, and bounds their nesting.
func (p *patcher) predicate(n *ast.PredicateNode) {
	if p.depths == nil {
		p.depths = map[ast.Node]int{}
	}
	inner := &deepest{depths: p.depths}
	ast.Walk(&n.Node, inner)
	p.depths[n] = inner.depth + 1
	if inner.depth+1 > maxClosures {
		p.fail(n, "more than %d closures inside each other", maxClosures)
	}
	n.Node = call("$turn", n.Node)
}

// deepest finds the greatest depth noted of the nodes of a tree.
type deepest struct {
	depths map[ast.Node]int
	depth  int
}

func (d *deepest) Visit(node *ast.Node) { d.depth = max(d.depth, d.depths[*node]) }
