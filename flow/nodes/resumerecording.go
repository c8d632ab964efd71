package nodes

import (
	"context"

	"ringflow/flow"
)

func init() { flow.Register("ResumeRecordingNode", func() flow.Node { return new(resumeRecording) }) }

type resumeRecording struct{}

func (*resumeRecording) Spec(s *flow.Spec) {
	s.Title, s.Category = "Resume Recording", flow.VoiceNodes
	s.Doc = "Goes on recording after Pause Recording."
	s.Needs(flow.Voice)
	s.Exit("Done", "It records again, or nothing was paused.")
}

func (*resumeRecording) Run(_ context.Context, x *flow.Execution) (string, error) {
	if line, ok := x.Line.(flow.Taping); ok && line.ResumeTape() {
		x.Logf("the recording goes on")
	} else {
		x.Logf("there is no paused recording")
	}
	return "Done", nil
}
