package nodes

import (
	"context"

	"ringflow/flow"
)

func init() { flow.Register("AnswerNode", func() flow.Node { return new(answerNode) }) }

type answerNode struct{}

func (*answerNode) Spec(s *flow.Spec) {
	s.Title, s.Category = "Answer", flow.VoiceNodes
	s.Doc = "Answers the call. Nodes that need its audio do so by themselves."
	s.Needs(flow.Voice)
	s.Exit("Done", "The call is answered.")
}

func (*answerNode) Run(ctx context.Context, x *flow.Execution) (string, error) {
	return "Done", answer(ctx, x)
}
