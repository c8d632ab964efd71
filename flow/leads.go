package flow

// Leads tells whether a transition of the node at work leads anywhere, itself or
// by the one that stands in for it.
func (x *Execution) Leads(transition string) bool {
	r := x.run
	if r == nil || x.State == nil {
		return false
	}
	_, _, ok := r.p.nodes[r.p.index[x.State.top().Node]].follow(transition)
	return ok
}
