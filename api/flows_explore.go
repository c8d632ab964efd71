package api

import (
	"context"
	"errors"
	"fmt"

	"ringflow/endpoints"
	"ringflow/flow/explore"
)

// maxCalls bounds the calls of an exploration.
const maxCalls = 20_000

// exploreFlow explores a flow with all that the account has. When its time is
// up, what was found until then is the answer.
func (s *Server) exploreFlow(r *Request, q *ExploreFlow) (*ExploreFlowResponse, error) {
	if q.Calls < 0 || q.Calls > maxCalls {
		return nil, &endpoints.Invalid{Field: "calls", Text: fmt.Sprintf("%d is not between 1 and %d", q.Calls, maxCalls)}
	}
	f, err := s.versionToRun(r, q.Version)
	if err != nil {
		return nil, err
	}
	raw, err := flowJSON(f)
	if err != nil {
		return nil, err
	}
	ctx, done, err := s.turn(r.Context())
	if err != nil {
		return nil, err
	}
	defer done()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	a := s.accountOf(ctx, f)
	report, err := explore.Explore(ctx, raw, explore.Options{Flow: a.flow, Whole: true, HasFile: a.hasFile, Runs: q.Calls})
	switch {
	case a.failed != nil:
		return nil, a.failed
	case report == nil:
		return nil, &endpoints.Invalid{Field: "nodes", Text: err.Error()}
	case err != nil && !errors.Is(err, errRunTime):
		return nil, err
	}
	out := &ExploreFlowResponse{Findings: make([]FlowFinding, len(report.Findings)), Calls: report.Calls, Nodes: report.Nodes, Walked: report.Walked, Bounded: report.Bounded}
	for i, found := range report.Findings {
		out.Findings[i] = FlowFinding{Kind: string(found.Kind), FlowId: found.FlowID, NodeId: found.NodeID, Node: found.NodeName, What: found.What, Text: found.Text, Path: found.Path}
	}
	return out, nil
}
