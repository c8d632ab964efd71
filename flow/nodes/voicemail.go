package nodes

import (
	"context"
	"errors"
	"time"

	"ringflow/flow"
)

func init() { flow.Register("VoicemailNode", func() flow.Node { return new(voicemail) }) }

type voicemail struct {
	user              string
	greeting          flow.Prompt
	max               time.Duration
	email, transcribe bool
	file              string
}

// messageSilence ends a message: who has said all waits for no more.
const messageSilence = 10 * time.Second

func (n *voicemail) Spec(s *flow.Spec) {
	s.Title, s.Category = "Voicemail", flow.VoiceNodes
	s.Doc = "Takes a message into the voicemail box of a user or a team. The caller hears a greeting and a beep; the hash key, 10 seconds of silence or a hang-up end the message. " +
		"It is saved before the caller hears so. Digits typed before are dropped, greeting and beep are not in the message."
	s.Needs(flow.Voice)
	s.Ref(&n.user, "User", flow.UserType, "A User or a Team: whose box it is. Text is a user's SIP name, e-mail address or extension.").Need("names nobody whose box it is")
	s.String(&n.greeting.Text, "Text", "", "The greeting, spoken; empty, and no file: that of the box, else a default that says its owner's name.").LargeText()
	s.Ref(&n.greeting.File, "AudioFile", flow.AudioFileType, "The greeting, played; wins over the text.")
	s.String(&n.greeting.Voice, "Voice", "", "Speaks the greeting; empty: the account's voice.")
	s.Seconds(&n.max, "MaxSeconds", 180*time.Second, "The longest message.").Range(1, 3600)
	s.Bool(&n.email, "SendEmail", true, "The message goes to the owner by e-mail too, if there is an address and the box says nothing else; that of a team to its members.")
	s.Bool(&n.transcribe, "Transcribe", false, "The message is written down too, where the server has a recogniser.")
	s.Output(&n.file, "File", flow.FileType, "The message.")
	s.Exit("Done", "A message was left, and is saved.")
	s.Exit("No Message", "Less than a second of sound came, it could not be saved, or nobody has such a box.")
	s.AsyncExit(flow.MessageReady, "The message is saved, also when the caller hung up.")
}

func (n *voicemail) Run(ctx context.Context, x *flow.Execution) (string, error) {
	if err := answer(ctx, x); err != nil {
		return "", err
	}
	line, ok := x.Line.(flow.Voicemail)
	if !ok {
		x.Logf("there is no voicemail here")
		return "No Message", nil
	}
	box, err := line.Box(ctx, n.user)
	if errors.Is(err, flow.ErrNoBox) {
		x.Logf("%s is neither a user nor a team of the account", x.Quote(n.user))
		return "No Message", nil
	} else if err != nil {
		return "", err
	}
	if _, err := play(ctx, x, n.hello(x, box), ""); err != nil && !unplayed(err) {
		return "", err
	}
	x.Line.DropDigits()
	m, err := line.LeaveMessage(ctx, flow.MessageOptions{
		Box: box, Max: n.max, Silence: messageSilence, FinishOnKey: "#", Email: n.email, Transcribe: n.transcribe,
	})
	switch {
	case m.File != "":
		n.file = m.File
		x.Session.RecordingFileID = m.File
		x.Logf("recorded %s%s", flow.Seconds(m.Duration), finishes[m.Finish])
		x.Fire(flow.MessageReady)
	case m.Lost != nil:
		x.Logf("the message could not be saved: %v", m.Lost)
	default:
		x.Logf("nothing was recorded")
	}
	if err != nil {
		return "", err
	}
	return n.told(ctx, x, m)
}

// hello is what the caller hears first.
func (n *voicemail) hello(x *flow.Execution, box flow.Box) flow.Prompt {
	p := n.greeting
	switch {
	case p.File != "" || p.Text != "":
		x.Logf("a message for %q", box.Name)
	case !box.Greeting.Empty():
		x.Logf("a message for %q, who has a greeting of one's own", box.Name)
		p.Text, p.File = box.Greeting.Text, box.Greeting.File
	default:
		x.Logf("a message for %q", box.Name)
		p.Text = box.DefaultGreeting()
	}
	return p
}

// told lets a caller who is still there hear what became of the message.
func (n *voicemail) told(ctx context.Context, x *flow.Execution, m flow.Message) (string, error) {
	exit, text := "No Message", ""
	switch {
	case m.File != "":
		exit, text = "Done", flow.MessageKept
		if m.Lost != nil {
			text = flow.MessageCut
		}
	case m.Lost != nil:
		text = flow.MessageLost
	}
	if _, err := play(ctx, x, flow.Prompt{Text: text, Voice: n.greeting.Voice}, ""); err != nil && !unplayed(err) {
		return "", err
	}
	return exit, nil
}
