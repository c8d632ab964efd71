package nodes

import (
	"context"
	"strings"

	"ringflow/flow"
)

func init() { flow.Register("RetrieveNode", func() flow.Node { return new(retrieve) }) }

type retrieve struct{ slot, lot string }

func (n *retrieve) Spec(s *flow.Spec) {
	s.Title, s.Category = "Retrieve", flow.VoiceNodes
	s.Doc = "Lets the caller talk to one who is parked, of the same account. It does not answer a call that finds nobody. Of several who retrieve one call at the same time, one gets it."
	s.Needs(flow.Voice)
	s.String(&n.slot, "Slot", "", "The slot, such as 701: digits as they were typed.")
	s.String(&n.lot, "Lot", flow.DefaultLot, "The lot; each has slots of its own.")
	s.Exit("Done", "The two have talked, the other side has hung up, and the caller goes on.")
	s.Exit("Not Found", "Nobody is parked there, or somebody else was faster.")
}

func (n *retrieve) Run(ctx context.Context, x *flow.Execution) (string, error) {
	line, ok := x.Line.(flow.Parker)
	if !ok {
		x.Logf("no call can be retrieved here")
		return "Not Found", nil
	}
	want := flow.Retrieval{Lot: flow.LotName(n.lot), Slot: strings.TrimSpace(n.slot), Log: x.Logf}
	r, err := line.Retrieve(ctx, want)
	if r.Found {
		x.Logf("talked for %s; %s", flow.Seconds(r.Talked), sides[r.Ended])
	}
	switch {
	case err != nil:
		return "", err
	case !r.Found:
		want.Missing()
		return "Not Found", nil
	case r.Ended == flow.Near:
		return "", flow.ErrHungUp
	}
	return "Done", nil
}
