package explore

import "ringflow/flow"

// reach gives the nodes to which something leads that can be followed.
func reach(o flow.Outline) map[string]bool {
	nodes := map[string]flow.NodeOutline{}
	for _, n := range o.Nodes {
		nodes[n.ID] = n
	}
	seen := map[string]bool{}
	for queue := []string{o.Start, o.OnHangup}; len(queue) > 0; queue = queue[1:] {
		id := queue[0]
		if id == "" || seen[id] {
			continue
		}
		seen[id] = true
		for _, w := range nodes[id].Ways {
			if w.To != "" && !w.Never {
				queue = append(queue, w.To)
			}
		}
	}
	return seen
}

// static finds what shows without any call.
func (e *explorer) static() {
	reachable := reach(e.outline)
	for _, n := range e.outline.Nodes {
		if !reachable[n.ID] {
			e.find(Finding{Kind: Unreachable, FlowID: e.graph.ID, NodeID: n.ID, NodeName: n.Name, Text: "nothing leads here"})
		}
	}
}
