package nodes

import (
	"context"

	"ringflow/flow"
)

func init() { flow.Register("PauseRecordingNode", func() flow.Node { return new(pauseRecording) }) }

type pauseRecording struct{}

func (*pauseRecording) Spec(s *flow.Spec) {
	s.Title, s.Category = "Pause Recording", flow.VoiceNodes
	s.Doc = "Leaves out of the recording what follows, until Resume Recording: the time of the pause is not in the file."
	s.Needs(flow.Voice)
	s.Exit("Done", "It is paused, or nothing was being recorded.")
}

func (*pauseRecording) Run(_ context.Context, x *flow.Execution) (string, error) {
	if line, ok := x.Line.(flow.Taping); ok && line.PauseTape() {
		x.Logf("pauses the recording")
	} else {
		x.Logf("no recording runs that could be paused")
	}
	return "Done", nil
}
