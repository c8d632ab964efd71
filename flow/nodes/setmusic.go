package nodes

import (
	"context"

	"ringflow/flow"
)

func init() { flow.Register("SetMusicOnHoldNode", func() flow.Node { return new(setMusic) }) }

type setMusic struct{ file string }

func (n *setMusic) Spec(s *flow.Spec) {
	s.Title, s.Category = "Set Music on Hold", flow.VoiceNodes
	s.Doc = "Sets what is heard from here on by whoever waits in this call: who is put on hold, and the caller while a request to the web is under way. " +
		"Before, it is the endpoint's music, else the account's."
	s.Needs(flow.Voice)
	s.Ref(&n.file, "AudioFile", flow.AudioFileType, "The music; empty: silence.")
	s.Exit("Done", "It is set.")
}

func (n *setMusic) Run(_ context.Context, x *flow.Execution) (string, error) {
	if x.Session.MusicOnHold = n.file; n.file == "" {
		x.Logf("whoever waits hears silence")
	} else {
		x.Logf("whoever waits hears the file %s", n.file)
	}
	return "Done", nil
}
