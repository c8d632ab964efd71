package nodes

import (
	"context"

	"ringflow/flow"
)

func init() { flow.Register("StopRecordingNode", func() flow.Node { return new(stopRecording) }) }

type stopRecording struct{}

func (*stopRecording) Spec(s *flow.Spec) {
	s.Title, s.Category = "Stop Recording", flow.VoiceNodes
	s.Doc = "Ends the recording that Start Recording began and stores it; Recording Ready of that node follows. Less than a second is not kept. Another recording may be started afterwards."
	s.Needs(flow.Voice)
	s.Exit("Done", "It is stored, or nothing was being recorded.")
}

func (*stopRecording) Run(_ context.Context, x *flow.Execution) (string, error) {
	line, ok := x.Line.(flow.Taping)
	if !ok {
		x.Logf("no recording runs")
		return "Done", nil
	}
	r, ok := line.StopTape()
	switch {
	case !ok:
		x.Logf("no recording runs")
	case r.File == "":
		x.Logf("nothing was kept of %s", flow.Seconds(r.Duration))
	default:
		x.Logf("the recording of %s is kept as %s", flow.Seconds(r.Duration), r.File)
	}
	return "Done", nil
}
