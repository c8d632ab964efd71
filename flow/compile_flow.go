package flow

import (
	"maps"
	"net/url"
	"slices"
	"strings"
)

// Library knows the other flows of the account, for the checks of Flow nodes.
type Library interface {
	// Signature is what the live version of a flow takes and gives; false: there is none.
	Signature(id string) (Signature, bool)
}

// Signature is what a flow looks like to another that starts it.
type Signature struct {
	Name       string
	Parameters []FlowParameter
	Exits      []FlowExit
}

// Signature gives the graph's own.
func (g *Graph) Signature() Signature {
	return Signature{Name: g.Name, Parameters: g.Parameters, Exits: g.Exits}
}

// FlowURL is the url of a Flow node that starts a flow.
func FlowURL(id string) string { return "/flows/start?flowId=" + url.QueryEscape(id) }

// startedFlow is the id in such an url.
func startedFlow(address string) string {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil || !strings.HasSuffix(u.Path, "/flows/start") {
		return ""
	}
	return u.Query().Get("flowId")
}

// Starts gives the ids of the flows that the graph's Flow nodes start, each once.
func (g *Graph) Starts() []string {
	var ids []string
	for i := range g.Nodes {
		if t := lookup(g.Nodes[i].Spec.TypeName); t == nil || !t.spec.starts {
			continue
		}
		if id := startedFlow(g.Nodes[i].Spec.URL); id != "" && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// compileStarting compiles a Flow node: what it gives to the flow, and where
// that one's exits lead. Without a library any name is taken, as the flow may
// change at any time anyway.
func (c *compiler) compileStarting(n *node, g *GraphNode) {
	n.starts = &starting{flow: startedFlow(g.Spec.URL)}
	if n.starts.flow == "" {
		c.fail("", "the url of a Flow node is %s and the flow's id", FlowURL(""))
		return
	}
	if !slices.Contains(c.program.starts, n.starts.flow) {
		c.program.starts = append(c.program.starts, n.starts.flow)
	}
	var sig Signature
	known := c.library != nil
	if known {
		if sig, known = c.signature(n.starts.flow); !known {
			c.fail("", "there is no flow %s", n.starts.flow)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(g.Parameters)) {
		np := g.Parameters[name]
		if np.Type == TransitionType {
			if known && n.typ.spec.exit(name) == nil && !sig.hasExit(name) {
				c.warn(name, "the flow %s has no exit %s", sig.Name, name)
			}
			c.connect(n, name, np)
			continue
		}
		c.argument(n, name, np, sig, known)
	}
	if known {
		c.unconnectedExits(n, sig)
	}
}

func (c *compiler) signature(id string) (Signature, bool) {
	if id == c.graph.ID {
		return c.graph.Signature(), true
	}
	return c.library.Signature(id)
}

func (s Signature) hasExit(name string) bool {
	return slices.ContainsFunc(s.Exits, func(e FlowExit) bool { return e.Name == name })
}

func (c *compiler) argument(n *node, name string, np NodeParameter, sig Signature, known bool) {
	p := &Param{Name: name, Type: np.Type, AnyType: true, Output: np.IsOutput}
	if known {
		i := slices.IndexFunc(sig.Parameters, func(p FlowParameter) bool { return p.Name == name && p.IsPublic })
		if i < 0 {
			c.warn(name, "the flow %s has no public parameter %s", sig.Name, name)
			return
		}
		p.Type, p.AnyType, p.Output = sig.Parameters[i].Type, false, sig.Parameters[i].IsOutput
	}
	n.starts.args = append(n.starts.args, argument{name: name, param: p, value: c.value(name, p, np)})
}

// unconnectedExits warns of exits that lead nowhere; of Done only where the
// flow has no other end.
func (c *compiler) unconnectedExits(n *node, sig Signature) {
	names := []string{"Done"}
	if len(sig.Exits) > 0 {
		names = names[:0]
		for _, e := range sig.Exits {
			names = append(names, e.Name)
		}
	}
	for _, name := range names {
		if _, ok := n.exits[name]; !ok {
			c.warn(name, "%s is not connected: the flow ends there", name)
		}
	}
}
