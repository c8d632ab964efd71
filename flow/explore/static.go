package explore

import (
	"slices"

	"ringflow/flow"
)

// reach gives the nodes to which something leads that can be followed.
func reach(o flow.Outline) map[string]bool {
	nodes := map[string]flow.NodeOutline{}
	for _, n := range o.Nodes {
		nodes[n.ID] = n
	}
	seen := map[string]bool{}
	for queue := append([]string{o.Start, o.OnHangup}, o.OnMessages...); len(queue) > 0; queue = queue[1:] {
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

// conditional are the node types that go on by data or by the time: that no
// call took one of their ways only tells that its data was not guessed.
var conditional = []string{"ExpressionNode", "BooleanComparisonNode", "NumberComparisonNode", "StringMatchNode", "DateRangeNode", "TimeOfDayNode", "ScheduleNode"}

// conditions finds the ways of conditions that lead nowhere and that no call took.
func (e *explorer) conditions() {
	for _, n := range e.outline.Nodes {
		if _, walked := e.walked[n.ID]; !walked || !slices.Contains(conditional, n.TypeName) ||
			!slices.ContainsFunc(n.Ways, func(w flow.WayOutline) bool { return w.Connected }) {
			continue
		}
		for _, w := range n.Ways {
			f := Finding{Kind: Unconnected, FlowID: e.graph.ID, NodeID: n.ID, NodeName: n.Name, What: w.Name, Text: "can be followed, but leads nowhere: the flow ends there"}
			if _, dead := e.findings[f.of(Dead).key()]; !dead && !w.Connected && !w.Covered {
				e.find(f)
			}
		}
	}
}
