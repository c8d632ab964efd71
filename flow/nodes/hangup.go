package nodes

import (
	"context"

	"ringflow/flow"
)

func init() { flow.Register("HangupNode", func() flow.Node { return new(hangup) }) }

type hangup struct{ reason string }

func (h *hangup) Spec(s *flow.Spec) {
	s.Title, s.Category = "Hangup", flow.VoiceNodes
	s.Doc = "Hangs up. A call that is not answered yet is declined."
	s.Needs(flow.Voice)
	s.String(&h.reason, "Reason", "", "Why, in words, for the log.")
}

func (h *hangup) Run(_ context.Context, x *flow.Execution) (string, error) {
	if h.reason == "" {
		x.Logf("hung up")
	} else {
		x.Logf("hung up: %s", h.reason)
	}
	return "", &flow.Stop{Refuse: flow.RefuseDeclined, Reason: h.reason}
}
