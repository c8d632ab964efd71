package flow

import (
	"maps"
	"slices"
)

// Outline is the shape of a program, for whoever looks at flows from outside:
// what no story walked, what nothing leads to.
type Outline struct {
	Start      string   // id of the start node; empty: none
	OnHangup   string   // id of the node that a hang-up starts; empty: none
	OnMessages []string // ids of the nodes that messages in a chat room start
	Nodes      []NodeOutline
}

// NodeOutline is a node with its ways out.
type NodeOutline struct {
	ID, Name, TypeName string
	Starts             string // id of the flow that it starts
	Ways               []WayOutline
	Uses               []FieldUse
}

// WayOutline is a transition of a node: a declared one, a row's, or an exit of
// the flow that it starts.
type WayOutline struct {
	Name      string
	Async     bool
	Row       bool   // a row of a list names it
	Connected bool   // leads somewhere by itself
	Covered   bool   // it is not connected, but a more general one that is taken instead is
	Never     bool   // can't be followed: the parameter that allows it is a constant no
	To        string // node id; empty: an exit of the flow
}

// FieldUse tells that a parameter is a field as a whole, by its source, by a
// template or by an expression of nothing else. Takes tells whether the
// parameter can take a text.
type FieldUse struct {
	Source Source
	Name   string
	Takes  func(text string) bool
}

// Outline gives p's shape.
func (p *Program) Outline() Outline {
	var o Outline
	if p.start >= 0 {
		o.Start = p.nodes[p.start].id
	}
	if p.onHangup >= 0 {
		o.OnHangup = p.nodes[p.onHangup].id
	}
	for _, i := range p.onMessages {
		o.OnMessages = append(o.OnMessages, p.nodes[i].id)
	}
	for _, n := range p.nodes {
		if n.typ == nil {
			continue
		}
		no := NodeOutline{ID: n.id, Name: n.name, TypeName: n.typ.name, Ways: p.ways(n)}
		if n.starts != nil {
			no.Starts = n.starts.flow
			for i := range n.starts.args {
				no.Uses = uses(no.Uses, n.starts.args[i].param, &n.starts.args[i].value)
			}
		}
		for i := range n.values {
			no.Uses = uses(no.Uses, n.typ.spec.params[i], &n.values[i])
		}
		o.Nodes = append(o.Nodes, no)
	}
	return o
}

func (p *Program) ways(n *node) []WayOutline {
	var ways []WayOutline
	add := func(name string, e *Exit, row bool) {
		w := WayOutline{Name: name, Row: row}
		if e != nil {
			w.Async, w.Never = e.Async, never(n, e)
		}
		to, ok := n.exits[name]
		w.Connected = ok
		if ok && to.exit == "" {
			w.To = p.nodes[to.node].id
		}
		if !ok {
			_, _, w.Covered = n.follow(name)
		}
		ways = append(ways, w)
	}
	if r := n.typ.spec.rowExit; r != nil {
		for i, param := range n.typ.spec.params {
			if param.Name != r.list {
				continue
			}
			for _, row := range n.values[i].rows {
				add(row.name, nil, true)
			}
		}
	}
	for _, e := range n.typ.spec.exits {
		add(e.Name, e, false)
	}
	for _, name := range slices.Sorted(maps.Keys(n.exits)) {
		if !slices.ContainsFunc(ways, func(w WayOutline) bool { return w.Name == name }) {
			add(name, nil, true)
		}
	}
	return ways
}

// uses adds the fields that v is, or that its rows are.
func uses(all []FieldUse, p *Param, v *value) []FieldUse {
	if p.Output || !v.given {
		return all
	}
	if p.Rows != nil {
		for i := range v.rows {
			for k := range v.rows[i].values {
				all = uses(all, p.Rows[k], &v.rows[i].values[k])
			}
		}
		return all
	}
	source, name := v.source, v.ref
	e := v.expr
	if v.template != nil && len(v.template.parts) == 1 {
		e = v.template.parts[0].e
	}
	if e != nil && !p.Code {
		source, name = e.root, e.name
	}
	switch source {
	case FromEndpoint, FromCustomer, FromUser, FromSystem, FromFlow, FromSession:
		all = append(all, FieldUse{Source: source, Name: name, Takes: p.takes})
	}
	return all
}

// takes tells whether the parameter can take text.
func (p *Param) takes(text string) bool {
	v := Text(text)
	if v.Blank() {
		return true
	}
	if len(p.Possible) > 0 {
		if _, ok := possible(p, text); !ok {
			return false
		}
	}
	if p.Form != nil && p.Form(text) != nil {
		return false
	}
	if p.Code {
		return text == "1"
	}
	if p.Type == NumberType && !p.AnyType {
		_, ok := v.Number()
		return ok
	}
	return true
}
