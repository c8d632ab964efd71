package flow

import (
	"fmt"
	"strings"
)

// compiler gathers the problems of one flow.
type compiler struct {
	graph    *Graph
	library  Library // nil: other flows are not looked at
	program  *Program
	problems []Problem
	ids      map[string]string // parameter ids, with where they stand
	node     string            // id of the node at hand
}

// Compile makes a Program of g and lists every Problem. The Program may only
// be run if none of them is an error.
func Compile(g *Graph) (*Program, []Problem) { return CompileWith(g, nil) }

// CompileWith also checks what the flow's Flow nodes start.
func CompileWith(g *Graph, others Library) (*Program, []Problem) {
	c := &compiler{
		graph: g, library: others,
		ids: map[string]string{},
		program: &Program{id: g.ID, version: g.Version, name: g.Name, start: -1, onHangup: -1,
			index: map[string]int{}, named: map[string][]int{}, params: map[string]FlowParameter{}, exits: map[string]bool{}},
	}
	c.flow()
	c.placeNodes()
	for i := range g.Nodes {
		c.node = g.Nodes[i].ID
		c.compileNode(i)
	}
	c.node = ""
	c.reach()
	return c.program, c.problems
}

func (c *compiler) problem(s Severity, parameter string, column int, format string, args ...any) {
	c.problems = append(c.problems, Problem{NodeID: c.node, Parameter: parameter, Column: column, Severity: s, Text: fmt.Sprintf(format, args...)})
}

func (c *compiler) fail(parameter, format string, args ...any) {
	c.problem(SeverityError, parameter, 0, format, args...)
}

func (c *compiler) warn(parameter, format string, args ...any) {
	c.problem(SeverityWarning, parameter, 0, format, args...)
}

// flow checks what belongs to the flow as a whole: its parameters and exits.
func (c *compiler) flow() {
	if strings.TrimSpace(c.graph.Name) == "" {
		c.warn("", "the flow has no name")
	}
	for _, p := range c.graph.Parameters {
		_, twice := c.program.params[p.Name]
		switch {
		case p.Name == "":
			c.fail("", "a parameter of the flow has no name")
			continue
		case twice:
			c.fail(p.Name, "the flow has two parameters %s", p.Name)
		case p.Type == StructType || p.Type == TransitionType:
			c.fail(p.Name, "a parameter of the flow can't be a %s", p.Type)
		case p.Type == ListType && p.ListType == nil:
			c.fail(p.Name, "a List needs a listType")
		case p.IsOutput && !p.IsPublic:
			c.fail(p.Name, "an output parameter must be public")
		}
		c.program.params[p.Name] = p
	}
	for _, e := range c.graph.Exits {
		switch _, clash := c.program.params[e.Name]; {
		case e.Name == "":
			c.fail("", "an exit has no name")
			continue
		case c.program.exits[e.Name]:
			c.fail(e.Name, "the flow has two exits %s", e.Name)
		case clash:
			c.fail(e.Name, "an exit has the name of the parameter %s", e.Name)
		}
		c.program.exits[e.Name] = true
	}
}

// placeNodes gives each node its place, so that transitions can refer to it.
func (c *compiler) placeNodes() {
	p := c.program
	for i, n := range c.graph.Nodes {
		c.node = n.ID
		if _, twice := p.index[n.ID]; twice {
			c.fail("", "two nodes have the id %s", n.ID)
		} else if n.ID == "" {
			c.fail("", "node %d has no id", i+1)
		} else {
			p.index[n.ID] = i
		}
		if p.exits[n.ID] {
			c.fail("", "the node has the id of the exit %s", n.ID)
		}
		t := lookup(n.Spec.TypeName)
		made := &node{id: n.ID, name: n.Name, typ: t, exits: map[string]target{}}
		if made.name == "" && t != nil {
			made.name = t.spec.Title
		} else {
			p.named[n.Name] = append(p.named[n.Name], i)
		}
		p.nodes = append(p.nodes, made)
		entry := t != nil && t.spec.entry
		if entry && t.spec.onMessages {
			p.onMessages = append(p.onMessages, i)
		} else if entry {
			if p.onHangup >= 0 {
				c.fail("", "a flow has at most one %s node", t.spec.Title)
			}
			p.onHangup = i
		}
		if n.IsStartNode {
			switch {
			case entry:
				c.fail("", "%s can't be the start node", t.spec.Title)
			case p.start >= 0:
				c.fail("", "two start nodes: %s is one already", p.nodes[p.start].id)
			default:
				p.start = i
			}
		}
	}
	c.node = ""
	if p.start < 0 {
		c.fail("", "the flow has no start node")
	}
}

// reach warns of nodes that nothing leads to.
func (c *compiler) reach() {
	p := c.program
	if p.start < 0 {
		return
	}
	seen := make([]bool, len(p.nodes))
	queue := []int{p.start}
	if p.onHangup >= 0 {
		queue = append(queue, p.onHangup)
	}
	queue = append(queue, p.onMessages...)
	for len(queue) > 0 {
		i := queue[0]
		queue = queue[1:]
		if seen[i] {
			continue
		}
		seen[i] = true
		for _, t := range p.nodes[i].exits {
			if t.exit == "" {
				queue = append(queue, t.node)
			}
		}
	}
	for i, n := range p.nodes {
		if !seen[i] {
			c.node = n.id
			c.warn("", "nothing leads to this node")
		}
	}
}
