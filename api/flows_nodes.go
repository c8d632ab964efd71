package api

import (
	"context"
	"net/http"

	"ringflow/flow"
	"ringflow/store"
)

// library is the account's flows for the checks of Flow nodes; a nil one takes
// any for known.
type library map[string]flow.Signature

func (l library) Signature(id string) (flow.Signature, bool) {
	sig, ok := l[id]
	return sig, ok
}

// signatures are the live flows of an account; none for no account.
func (s *Server) signatures(ctx context.Context, accountID string) ([]store.FlowSignature, error) {
	if accountID == "" {
		return nil, nil
	}
	all, err := s.Store.FlowSignatures(ctx, accountID, maxAll)
	if mine := keptTo(ctx); mine != nil && err == nil {
		return s.signaturesOf(ctx, all, accountID, mine)
	}
	return all, err
}

// validateFlow compiles a flow and keeps nothing. With an account, or as one of
// its logins, the flows that it starts are looked up there.
func (s *Server) validateFlow(r *Request, q *ValidateFlow) (*ValidateFlowResponse, error) {
	f := &flow.Flow{Name: q.Name, Raw: flow.Raw{Nodes: q.Nodes, Parameters: q.Parameters, Exits: q.Exits}}
	if err := rightShape(f); err != nil {
		return nil, err
	}
	g, err := f.Graph()
	if err != nil {
		return nil, fail(http.StatusBadRequest, "ArgumentException", "%v", err)
	}
	var others flow.Library
	if r.found.accountID != "" && len(g.Starts()) > 0 {
		all, err := s.signatures(r.Context(), r.found.accountID)
		if err != nil {
			return nil, err
		}
		known := library{}
		for _, sig := range all {
			known[sig.ID] = sig.Signature
		}
		others = known
	}
	_, problems := flow.CompileWith(g, others)
	return &ValidateFlowResponse{Problems: flowProblems(problems)}, nil
}

func flowProblems(all []flow.Problem) []FlowProblem {
	out := make([]FlowProblem, len(all))
	for i, p := range all {
		out[i] = FlowProblem{NodeId: p.NodeID, Parameter: p.Parameter, Severity: string(p.Severity), Text: p.Text}
		if p.Column > 0 {
			out[i].Column = &p.Column
		}
	}
	return out
}

// availableNodes lists the node types, and a Flow node for each of the
// account's flows.
func (s *Server) availableNodes(r *Request, _ *GetAvailableNodes) ([]FlowNodeSpec, error) {
	all := flow.Available()
	flows, err := s.signatures(r.Context(), r.found.accountID)
	if err != nil {
		return nil, err
	}
	for _, f := range flows {
		all = append(all, flow.StartInfo(f.ID, f.Signature))
	}
	return nodeSpecs(all), nil
}
