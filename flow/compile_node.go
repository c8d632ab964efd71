package flow

import (
	"maps"
	"regexp"
	"slices"
	"strings"
)

// compileNode compiles the parameters and transitions of node i.
func (c *compiler) compileNode(i int) {
	g, n := &c.graph.Nodes[i], c.program.nodes[i]
	if g.Spec.URL == "" {
		c.fail("", "the node's spec has no url")
	}
	if n.typ == nil {
		c.fail("", "unknown node type %q", g.Spec.TypeName)
		c.checkIDs("", g.Parameters)
		return
	}
	spec := n.typ.spec
	c.checkIDs("", g.Parameters)
	if spec.starts {
		c.compileStarting(n, g)
		return
	}
	n.values = make([]value, len(spec.params))
	for k, p := range spec.params {
		if np, ok := g.Parameters[p.Name]; ok && np.Type != TransitionType {
			n.values[k] = c.value(p.Name, p, np)
		}
		if v := &n.values[k]; p.Target && (!v.given || v.source == FromValue && v.literal.Blank()) {
			c.fail(p.Name, "the variable has no name")
		}
	}
	c.patterns(spec, n.values)
	names := c.rowNames(spec, n.values)
	for _, name := range slices.Sorted(maps.Keys(g.Parameters)) {
		np := g.Parameters[name]
		known := spec.exit(name) != nil || slices.Contains(names, name)
		if p := spec.param(name); p != nil && np.Type != TransitionType {
			continue
		}
		switch {
		case known:
			c.connect(n, name, np)
		case np.Type == TransitionType:
			c.warn(name, "%s has no transition %s", spec.Title, name)
		default:
			c.warn(name, "%s has no parameter %s", spec.Title, name)
		}
	}
	c.unconnected(n, names)
}

// checkIDs checks that each parameter has an id that no other has.
func (c *compiler) checkIDs(path string, m NodeParameterMap) {
	for _, name := range slices.Sorted(maps.Keys(m)) {
		p, at := m[name], path+name
		if first, twice := c.ids[p.ID]; twice {
			c.fail(at, "the parameter's id %s is that of %s", p.ID, first)
		} else if p.ID == "" {
			c.fail(at, "the parameter has no id")
		} else {
			c.ids[p.ID] = strings.TrimSpace(c.node + " " + at)
		}
		for i, row := range p.ListParameters {
			c.checkIDs(at+"["+Thousands(i+1)+"].", row)
		}
		c.checkIDs(at+".", p.StructParameters)
	}
}

// rowNames names the transitions of the rows of a list, and checks the names.
func (c *compiler) rowNames(spec *Spec, values []value) []string {
	r := spec.rowExit
	if r == nil {
		return nil
	}
	at := slices.IndexFunc(spec.params, func(p *Param) bool { return p.Name == r.list })
	list := &values[at]
	if list.given && list.source != FromValue {
		c.fail(r.list, "its rows name transitions, so they must be stored here, not taken from %s", list.source)
		return nil
	}
	var names []string
	for i := range list.rows {
		row := &list.rows[i]
		path := r.list + "[" + Thousands(i+1) + "]"
		for _, member := range r.members {
			for k, p := range spec.params[at].Rows {
				if p.Name == member && row.name == "" {
					row.name = row.values[k].name()
				}
			}
		}
		switch {
		case row.name == "":
			c.fail(path, "the row has no literal %s to name its transition", strings.Join(r.members, " or "))
		case slices.Contains(names, row.name):
			c.fail(path, "another row is named %s too", row.name)
		case spec.exit(row.name) != nil:
			c.fail(path, "%s is the name of another transition", row.name)
		case spec.param(row.name) != nil:
			c.fail(path, "%s is the name of a parameter or an output", row.name)
		default:
			names = append(names, row.name)
		}
	}
	return names
}

// patterns checks the regular expressions among the members of rows.
func (c *compiler) patterns(spec *Spec, values []value) {
	for k, list := range spec.params {
		for m, member := range list.Rows {
			mode := slices.IndexFunc(spec.params, func(p *Param) bool { return p.Name == member.PatternIf[0] })
			if mode < 0 || !strings.EqualFold(values[mode].literal.Text(), member.PatternIf[1]) {
				continue
			}
			for i, row := range values[k].rows {
				v := row.values[m]
				if !v.given || v.source != FromValue || v.template != nil {
					continue
				}
				if _, err := regexp.Compile(v.literal.Text()); err != nil {
					c.fail(list.Name+"["+Thousands(i+1)+"]."+member.Name, "bad pattern: %v", err)
				}
			}
		}
	}
}

// connect notes where a transition leads.
func (c *compiler) connect(n *node, name string, p NodeParameter) {
	to := strings.TrimSpace(p.literal().Text())
	if to == "" {
		return
	}
	i, isNode := c.program.index[to]
	switch {
	case isNode && c.program.nodes[i].typ != nil && c.program.nodes[i].typ.spec.entry:
		c.fail(name, "nothing may lead to %s", c.program.nodes[i].name)
	case isNode:
		n.exits[name] = target{node: i}
	case c.program.exits[to]:
		n.exits[name] = target{exit: to}
	default:
		c.fail(name, "leads to %q, which is neither a node nor an exit", to)
	}
}

// unconnected warns of transitions that can be followed but lead nowhere.
func (c *compiler) unconnected(n *node, rows []string) {
	spec := n.typ.spec
	for _, e := range spec.exits {
		if _, _, ok := n.follow(e.Name); ok || e.Async && !spec.entry || never(n, e) {
			continue
		}
		if e.Else != "" { // the more general one is warned of
			continue
		}
		c.warn(e.Name, "%s is not connected: the flow ends there", e.Name)
	}
	for _, name := range rows {
		if _, ok := n.exits[name]; !ok {
			c.warn(name, "%s is not connected: the flow ends there", name)
		}
	}
}

// never tells whether e can't be followed, as the parameter that allows it is a constant no.
func never(n *node, e *Exit) bool {
	for k, p := range n.typ.spec.params {
		if p.Name == e.Only {
			v := n.values[k]
			return !v.given && !p.Default.Bool() || v.given && v.source == FromValue && v.template == nil && !v.literal.Bool()
		}
	}
	return false
}
