package nodes

import (
	"context"
	"time"

	"ringflow/flow"
)

func init() { flow.Register("DetectMachineNode", func() flow.Node { return new(detectMachine) }) }

type detectMachine struct {
	limit time.Duration
	beep  bool
}

func (n *detectMachine) Spec(s *flow.Spec) {
	s.Title, s.Category = "Detect Machine", flow.VoiceNodes
	s.Doc = "Listens how the far end answers: a person says a word or two and waits, a machine greets for long or beeps. The log tells by what it was told. " +
		"It can be wrong: a person may read a long greeting, and a machine may say just \"Hello\"."
	s.Needs(flow.Voice)
	s.Seconds(&n.limit, "MaxSeconds", 5*time.Second, "How long to listen before it stays unknown.").Range(1, 30)
	s.Bool(&n.beep, "WaitForBeep", false, "After a machine's greeting, wait for its beep, so that a message can be left: 30 s at most.")
	s.Exit("Human", "A short greeting, then silence.")
	s.Exit("Machine", "A long greeting, or a beep.")
	s.Exit("Unknown", "Nothing was said, or it was not clear in time.").Or("Human")
}

func (n *detectMachine) Run(ctx context.Context, x *flow.Execution) (string, error) {
	if err := answer(ctx, x); err != nil {
		return "", err
	}
	line, ok := x.Line.(flow.Detecting)
	if !ok {
		x.Logf("nobody can listen here")
		return flow.DetectedUnknown, nil
	}
	x.Logf("listens for up to %s", flow.Seconds(n.limit))
	d, err := line.DetectMachine(ctx, n.limit, n.beep)
	if cause := context.Cause(ctx); cause != nil {
		return "", cause
	}
	if err != nil {
		return "", err
	}
	x.Logf("%s: %s", d.Who, d.Evidence)
	return d.Who, nil
}
