package nodes

import (
	"context"

	"ringflow/flow"
)

func init() { flow.Register("PlayNode", func() flow.Node { return new(playNode) }) }

type playNode struct {
	file, url, stop string
	loop            int
}

func (n *playNode) Spec(s *flow.Spec) {
	s.Title, s.Category = "Play", flow.AudioNodes
	s.Doc = "Plays an audio file to the caller."
	s.Needs(flow.Voice)
	s.Ref(&n.file, "AudioFile", flow.AudioFileType, "The file; it wins over the address.")
	s.String(&n.url, "Url", "", "The http or https address of an audio file.")
	s.Int(&n.loop, "Loop", 1, "How often it is played.").Range(1, 1000)
	s.String(&n.stop, "StopOnKeys", "", "Keys that stop it, such as 1#; they are used up by it.")
	s.Exit("Done", "The file was played, or stopped by a key.")
	s.Exit("On Failure", "There is no such file, or it can't be played.")
}

func (n *playNode) Run(ctx context.Context, x *flow.Execution) (string, error) {
	if err := answer(ctx, x); err != nil {
		return "", err
	}
	p := flow.Prompt{File: n.file, URL: n.url}
	if p.Empty() {
		x.Logf("there is no file to play")
		return "On Failure", nil
	}
	for range n.loop {
		key, err := play(ctx, x, p, n.stop)
		if unplayed(err) {
			return "On Failure", nil
		}
		if err != nil {
			return "", err
		}
		if key != 0 {
			x.Logf("stopped by the key %c", key)
			break
		}
	}
	return "Done", nil
}
