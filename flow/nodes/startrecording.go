package nodes

import (
	"context"
	"errors"

	"ringflow/flow"
)

func init() { flow.Register("StartRecordingNode", func() flow.Node { return new(startRecording) }) }

type startRecording struct{ channels string }

func (n *startRecording) Spec(s *flow.Spec) {
	s.Title, s.Category = "Start Recording", flow.VoiceNodes
	s.Doc = "Records the call from here on, whatever it does: prompts, and whoever it is put through to. It ends with the call, or at a Stop Recording node. " +
		"One recording at a time: where one runs already, that one goes on. Secret digits are not in it."
	s.Needs(flow.Voice)
	s.String(&n.channels, "Channels", "Stereo", "Stereo keeps the caller left and what the caller hears right; Mono has both in one.").PossibleValues("Mono", "Stereo")
	s.Exit("Done", "It records, or says in the log why not.")
	s.AsyncExit("Recording Ready", "The recording has ended and is stored, also when the caller hung up.")
}

func (n *startRecording) Run(ctx context.Context, x *flow.Execution) (string, error) {
	if err := answer(ctx, x); err != nil {
		return "", err
	}
	line, ok := x.Line.(flow.Taping)
	if !ok {
		x.Logf("this call can't be recorded")
		return "Done", nil
	}
	ready := x.Later("Recording Ready")
	err := line.StartTape(ctx, flow.TapeOptions{Stereo: n.channels == "Stereo", Ready: func(file string) {
		x.Session.RecordingFileID = file
		ready()
	}})
	switch {
	case errors.Is(err, flow.ErrTaping):
		x.Logf("a recording runs already, and goes on")
	case context.Cause(ctx) != nil:
		return "", context.Cause(ctx)
	case err != nil:
		x.Logf("the call can't be recorded: %v", err)
	case n.channels == "Stereo":
		x.Logf("records in stereo")
	default:
		x.Logf("records in mono")
	}
	return "Done", nil
}
