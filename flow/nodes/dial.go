package nodes

import (
	"context"
	"time"

	"ringflow/flow"
)

func init() { flow.Register("DialNode", func() flow.Node { return new(dial) }) }

type dial struct {
	destinations []destination
	strategy     string
	timeout      time.Duration
	callerID     string
	callerName   string
	passCallerID bool
	ringback     string
	record       bool
	channels     string
	whisper      flow.Prompt
	screen       bool
	screenText   string
	max          time.Duration
	transcribe   bool
	goOn         bool
	headers      []header

	status     string
	answeredBy string
	duration   time.Duration
	sipCode    flow.Value
}

type header struct{ name, value string }

func (n *dial) Spec(s *flow.Spec) {
	s.Title, s.Category = "Dial", flow.VoiceNodes
	s.Doc = "Rings users, teams, numbers or devices and lets the caller talk to the first who answers. It does not answer the call itself: the caller hears ringing until the far end does."
	s.Needs(flow.Voice)
	flow.Rows(s, &n.destinations, "Destinations", "Who to ring.", func(d *destination, s *flow.Spec) {
		s.Typed(&d.to, "Destination", "A User, a Team, whose members ring by the strategy, an Endpoint, a PhoneNumber, a SipTrunk, or text: a number, a user's SIP name or e-mail address, the id of a user or a team.")
		s.String(&d.number, "Number", "", "What to dial at a SipTrunk.")
		s.Seconds(&d.delay, "DelayInSeconds", 0, "How long to wait before it rings.").Range(0, 3600)
		s.Seconds(&d.timeout, "TimeoutInSeconds", 0, "How long it rings; 0: as long as the node says.").Range(0, 3600)
	})
	s.String(&n.strategy, "Strategy", "Simultaneous", "All at once, one after the other, or one after the other beginning each time with the one after who was first last time.").PossibleValues("Simultaneous", "Sequential", roundRobin)
	s.Seconds(&n.timeout, "TimeoutInSeconds", 30*time.Second, "How long each rings.").Range(1, 3600)
	s.Ref(&n.callerID, "CallerId", flow.PhoneNumberType, "The number shown to the outside world, one of the account's; empty: chosen by the rules for caller ID.")
	s.String(&n.callerName, "CallerName", "", "The name shown to the outside world; empty: none. The account's own users see the caller's.")
	s.Bool(&n.passCallerID, "PassCallerId", false, "Shows the caller's own number, where the trunk allows it.")
	s.Ref(&n.ringback, "Ringback", flow.AudioFileType, "Heard while it rings, instead of the ringing tone and of the far end's own sound before it answers.")
	s.Bool(&n.record, "RecordCall", false, "Records the call, caller on the left, far end on the right.")
	s.Bool(&n.transcribe, "Transcribe", false, "Writes down what is said in the recording and keeps it with it, if somebody who recognises speech is set up.")
	s.String(&n.channels, "Channels", "Stereo", "Of the recording: one for each side, or both in one.").PossibleValues("Mono", "Stereo")
	s.String(&n.whisper.Text, "WhisperText", "", "Said to who takes the call, alone, before the two are joined.").LargeText()
	s.Ref(&n.whisper.File, "WhisperAudioFile", flow.AudioFileType, "Played instead; wins over the text.")
	s.Bool(&n.screen, "ScreenCalls", false, "Asks who answers whether to take the call: 1 accepts, 2 declines. The others ring on until somebody accepts.")
	s.String(&n.screenText, "ScreenText", "", "What is asked; empty: who calls, and what to press.").LargeText()
	s.Seconds(&n.max, "MaxDurationInSeconds", 0, "Ends the conversation after so long; 0: never. If that is more than a minute, both hear a beep 30 seconds before.").Range(0, 24*3600)
	s.Bool(&n.goOn, "ContinueAfterHangup", false, "When the far end hangs up, the caller goes on in the flow.")
	flow.Rows(s, &n.headers, "Headers", "SIP headers for the far end.", func(h *header, s *flow.Spec) {
		s.String(&h.name, "Name", "", "Name of the header.")
		s.String(&h.value, "Value", "", "Its value.")
	})
	s.Output(&n.status, "DialStatus", flow.StringType, "Answered, NoAnswer, Busy, Rejected, Failed or Cancelled.")
	s.Output(&n.answeredBy, "AnsweredBy", flow.StringType, "Name or number of who answered.")
	s.Output(&n.duration, "Duration", flow.NumberType, "Length of the conversation in seconds.")
	s.Output(&n.sipCode, "SipCode", flow.NumberType, "The last final SIP code; nothing when there was none.")
	s.Exit("Done", "The far end hung up, and the caller goes on.").OnlyIf("ContinueAfterHangup")
	s.Exit("No Answer", "Nobody answered in time.")
	s.Exit("Busy", "The far end is busy.").Or("No Answer")
	s.Exit("Rejected", "The far end refused.").Or("No Answer")
	s.Exit("Failed", "It could not be dialled: no device is registered, the number or the caller ID is not allowed.").Or("No Answer")
	s.AsyncExit("Recording Ready", "The recording of the call is ready.")
	s.AsyncExit(flow.TranscriptionReady, "What is said in it is in Session.Transcription, and with the file.").OnlyIf("Transcribe")
}

func (n *dial) Run(ctx context.Context, x *flow.Execution) (string, error) {
	attempts, why, err := n.attempts(ctx, x)
	if err != nil {
		return "", err
	}
	d := flow.Dialling{
		Attempts: attempts, CallerID: n.callerID, CallerName: n.callerName, PassCallerID: n.passCallerID,
		Ringback: flow.Prompt{File: n.ringback}, Record: n.record, Mono: n.channels == "Mono", Transcribe: n.transcribe, MaxDuration: n.max, KeepAfterHangup: n.goOn,
		Whisper: n.whisper, Screen: n.screening(x),
		Answered: func(by flow.Party) {
			x.Session.AnsweredByName = shown(by)
			x.Logf("%s answered", shown(by))
		},
	}
	if n.max > time.Minute {
		d.Warning = 30 * time.Second
	}
	for _, h := range n.headers {
		if h.name != "" {
			d.Headers = append(d.Headers, [2]string{h.name, h.value})
		}
	}
	r := flow.DialResult{Status: flow.DialFailed, Why: why}
	if len(d.Attempts) > 0 {
		r, err = x.Line.Dial(ctx, d)
	}
	return n.settle(x, r, err)
}

// settle makes outputs and a transition of how it went.
func (n *dial) settle(x *flow.Execution, r flow.DialResult, err error) (string, error) {
	if r.Status == "" {
		r.Status = flow.DialCancelled
	}
	n.status, n.duration = r.Status, r.Duration
	if r.SipCode != 0 {
		n.sipCode = flow.Number(float64(r.SipCode))
	}
	x.Dialled(r)
	if r.Status == flow.DialAnswered {
		n.answeredBy = shown(r.By)
		x.Session.AnsweredByName = n.answeredBy
	}
	if r.Recording != nil && r.Recording.File != "" {
		x.Session.RecordingFileID = r.Recording.File
		x.Logf("recorded the call, %s", flow.Seconds(r.Recording.Duration))
		x.Fire("Recording Ready")
		if n.transcribe {
			x.Fire(flow.TranscriptionReady)
		}
	}
	if err != nil {
		return "", err
	}
	if r.Status != flow.DialAnswered {
		x.Logf("%s%s", failures[r.Status], because(r))
		return exits[r.Status], nil
	}
	x.Logf("talked for %s; %s", flow.Seconds(r.Duration), sides[r.Ended])
	switch {
	case r.Ended == flow.Near:
		return "", flow.ErrHungUp
	case n.goOn:
		return "Done", nil
	}
	return "", &flow.Stop{Refuse: flow.RefuseUnavailable}
}

// because tells why a Dial failed: the SIP code, and what else is known.
func because(r flow.DialResult) string {
	s := ""
	if r.SipCode != 0 {
		s += ", SIP " + flow.FormatNumber(float64(r.SipCode))
	}
	if r.Why != "" {
		s += ": " + r.Why
	}
	return s
}

func shown(p flow.Party) string {
	if p.Name != "" {
		return p.Name
	}
	return p.Address
}

var exits = map[string]string{
	flow.DialNoAnswer:  "No Answer",
	flow.DialBusy:      "Busy",
	flow.DialRejected:  "Rejected",
	flow.DialFailed:    "Failed",
	flow.DialCancelled: "No Answer",
}

var failures = map[string]string{
	flow.DialNoAnswer:  "no answer",
	flow.DialBusy:      "busy",
	flow.DialRejected:  "rejected",
	flow.DialFailed:    "could not be dialled",
	flow.DialCancelled: "given up",
}

var sides = map[flow.Side]string{
	flow.Nobody: "it was ended from outside",
	flow.Near:   "the caller hung up",
	flow.Far:    "the far end hung up",
	flow.Limit:  "that is as long as it may be",
}
