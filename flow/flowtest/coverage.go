package flowtest

import (
	"fmt"
	"slices"
	"strings"

	"ringflow/flow"
)

// Covered tells what of a flow the stories walked.
type Covered struct {
	File        string
	Nodes       int      // of the flow
	Transitions int      // of it that lead somewhere
	NodesMissed []string // by name
	WaysMissed  []string // "Node: Transition"
}

func (c Covered) String() string {
	return fmt.Sprintf("%s: %d of %d nodes, %d of %d transitions", c.File, c.Nodes-len(c.NodesMissed), c.Nodes, c.Transitions-len(c.WaysMissed), c.Transitions)
}

// cover is what was walked of one flow.
type cover struct {
	outline flow.Outline
	nodes   map[string]bool
	ways    map[string]bool // node id, NUL, transition
}

// Coverage tells for each flow that the stories used which nodes and which
// connected transitions none of them walked, by the file of the flow.
func (s *Suite) Coverage() []Covered {
	flows := map[string]*cover{}
	for _, o := range s.Results {
		if o.Report == nil {
			continue
		}
		byID := map[string]*cover{}
		for _, u := range o.Report.Flows {
			c := flows[u.File]
			if c == nil {
				c = &cover{outline: u.Program.Outline(), nodes: map[string]bool{}, ways: map[string]bool{}}
				flows[u.File] = c
			}
			byID[u.ID] = c
		}
		o.Report.cover(byID)
	}
	var all []Covered
	for file, c := range flows {
		all = append(all, c.missed(file))
	}
	slices.SortFunc(all, func(a, b Covered) int { return strings.Compare(a.File, b.File) })
	return all
}

func (r *Report) cover(flows map[string]*cover) {
	for _, s := range r.Steps {
		if c := flows[s.FlowID]; c != nil {
			c.nodes[s.NodeID] = true
			if s.Connected {
				c.ways[s.NodeID+"\x00"+s.Transition] = true
			}
		}
	}
	for _, b := range r.Fired {
		id, _ := b.Flow()
		if c := flows[id]; c != nil {
			c.nodes[b.From] = true
			c.ways[b.From+"\x00"+b.Transition] = true
		}
	}
}

func (c *cover) missed(file string) Covered {
	out := Covered{File: file}
	for _, n := range c.outline.Nodes {
		out.Nodes++
		if !c.nodes[n.ID] {
			out.NodesMissed = append(out.NodesMissed, n.Name)
		}
		for _, w := range n.Ways {
			if !w.Connected {
				continue
			}
			out.Transitions++
			if !c.ways[n.ID+"\x00"+w.Name] {
				out.WaysMissed = append(out.WaysMissed, n.Name+": "+w.Name)
			}
		}
	}
	return out
}
