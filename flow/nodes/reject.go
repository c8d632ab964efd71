package nodes

import (
	"context"

	"ringflow/flow"
)

func init() { flow.Register("RejectNode", func() flow.Node { return new(reject) }) }

type reject struct{ reason string }

func (r *reject) Spec(s *flow.Spec) {
	s.Title, s.Category = "Reject", flow.VoiceNodes
	s.Doc = "Refuses a call that is not answered yet; on an answered one it hangs up."
	s.Needs(flow.Voice)
	s.String(&r.reason, "Reason", "Busy", "What the caller's side is told: Busy 486, Declined 603, NotFound 404, Unavailable 480, Forbidden 403.").
		PossibleValues("Busy", "Declined", "NotFound", "Unavailable", "Forbidden")
}

func (r *reject) Run(ctx context.Context, x *flow.Execution) (string, error) {
	if x.Line.Answered() {
		x.Logf("hung up: the call was answered already")
	} else {
		x.Logf("refused the call: %s", r.reason)
	}
	if err := x.Line.Reject(ctx, r.reason); err != nil {
		return "", err
	}
	return "", &flow.Stop{Refuse: flow.Refusal(r.reason), Reason: r.reason}
}
