package nodes

import (
	"context"

	"ringflow/flow"
)

func init() { flow.Register("ForEachNode", func() flow.Node { return new(forEach) }) }

type forEach struct {
	items, item, index flow.Value
}

func (n *forEach) Spec(s *flow.Spec) {
	s.Title, s.Category = "For Each", flow.Logic
	s.Doc = "Takes the items of a list, one each time that the flow comes here. After the last one, or when the list is shorter by then, it starts anew."
	s.Items(&n.items, "Items", "The list; what is no list is a list of itself.")
	s.Output(&n.item, "Item", flow.StringType, "The item.")
	s.Output(&n.index, "Index", flow.NumberType, "Which one it is, counted from 1.")
	s.Exit("Item", "There is an item.")
	s.Exit("Finished", "There are no more.")
}

func (n *forEach) Run(_ context.Context, x *flow.Execution) (string, error) {
	all := n.items.List()
	last, _ := x.Before()["Index"].Number()
	at := int(last)
	if at >= len(all) {
		return "Finished", nil
	}
	n.item, n.index = all[at], flow.Number(float64(at+1))
	if n.items.IsSecret() {
		n.item = n.item.Secret()
	}
	return "Item", nil
}
