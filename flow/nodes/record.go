package nodes

import (
	"context"
	"time"

	"ringflow/flow"
)

func init() { flow.Register("RecordNode", func() flow.Node { return new(record) }) }

type record struct {
	prompt       flow.Prompt
	beep         bool
	max, silence time.Duration
	finish       string
	fileName     string
	transcribe   bool
	file         string
	duration     time.Duration
}

func (n *record) Spec(s *flow.Spec) {
	s.Title, s.Category = "Record", flow.VoiceNodes
	s.Doc = "Records what the caller says. Prompt and beep are not in the file; digits typed before are dropped."
	s.Needs(flow.Voice)
	s.Prompt(&n.prompt)
	s.Bool(&n.beep, "PlayBeep", true, "A beep tells the caller to speak.")
	s.Seconds(&n.max, "MaxSeconds", 120*time.Second, "The longest recording.").Range(1, 4*3600)
	s.Seconds(&n.silence, "SilenceTimeoutInSeconds", 5*time.Second, "Silence that ends it; 0: none does.").Range(0, 3600)
	s.String(&n.finish, "FinishOnKey", "#", "Keys that end it; empty: none does.")
	s.String(&n.fileName, "FileName", "", "Name of the file; empty: made of the session and the time.")
	s.Bool(&n.transcribe, "Transcribe", false, "Writes down what is said and keeps it with the file, if somebody who recognises speech is set up; on the telephone that is good with a service, and weak with pocketsphinx.")
	s.Output(&n.file, "File", flow.FileType, "The recording.")
	s.Output(&n.duration, "Duration", flow.NumberType, "Its length in seconds.")
	s.Exit("Done", "Something was recorded.")
	s.Exit("No Recording", "Less than a second of sound came.")
	s.AsyncExit("Recording Ready", "The file is ready, also when the caller hung up.")
	s.AsyncExit(flow.TranscriptionReady, "What is said is in Session.Transcription, and with the file.").OnlyIf("Transcribe")
}

func (n *record) Run(ctx context.Context, x *flow.Execution) (string, error) {
	if err := answer(ctx, x); err != nil {
		return "", err
	}
	if _, err := play(ctx, x, n.prompt, ""); err != nil && !unplayed(err) {
		return "", err
	}
	x.Line.DropDigits()
	r, err := x.Line.Record(ctx, flow.RecordOptions{Beep: n.beep, Max: n.max, Silence: n.silence, FinishOnKey: n.finish, FileName: n.fileName, Transcribe: n.transcribe})
	if r.File != "" {
		n.file, n.duration = r.File, r.Duration
		x.Session.RecordingFileID = r.File
		x.Logf("recorded %s%s", flow.Seconds(r.Duration), finishes[r.Finish])
		x.Fire("Recording Ready")
		if n.transcribe {
			x.Fire(flow.TranscriptionReady)
		}
	} else {
		x.Logf("nothing was recorded")
	}
	switch {
	case err != nil:
		return "", err
	case r.File == "":
		return "No Recording", nil
	}
	return "Done", nil
}

// finishes tell in words what ended a recording.
var finishes = map[string]string{
	"key":     ", ended by a key",
	"silence": ", ended by silence",
	"limit":   ", the longest allowed",
	"hangup":  ", ended by the hang-up",
}
