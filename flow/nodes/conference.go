package nodes

import (
	"context"
	"errors"
	"strings"
	"time"

	"ringflow/flow"
)

func init() { flow.Register("ConferenceNode", func() flow.Node { return new(conference) }) }

type conference struct {
	room, pin                     string
	moderator, waits, ends, muted bool
	max                           int
	music                         string
	announce, record              bool
}

func (n *conference) Spec(s *flow.Spec) {
	s.Title, s.Category = "Conference", flow.VoiceNodes
	s.Doc = "Takes the caller into a conference of the account, where each hears all the others. Who is alone, or waits for the moderator, hears music. " +
		"*6 mutes oneself and ends that again; the other keys do nothing and nobody hears them. A conference is there as long as somebody is in it."
	s.Needs(flow.Voice)
	s.String(&n.room, "Room", "", "Its name: callers who give the same one meet. Capital or small letters are the same.")
	s.String(&n.pin, "Pin", "", "Digits that the caller is asked for, three times at most; digits typed before count. Empty: nobody is asked.").Secret()
	s.Bool(&n.moderator, "IsModerator", false, "The caller is a moderator of the conference.")
	s.Bool(&n.waits, "WaitForModerator", false, "The caller waits until a moderator is there, and hears nobody before.")
	s.Bool(&n.ends, "EndWhenModeratorLeaves", false, "When its last moderator leaves, the conference is over for all.")
	s.Bool(&n.muted, "Muted", false, "The caller is muted at first.")
	s.Int(&n.max, "MaxMembers", 50, "With so many in it the conference is full.").Range(2, 500)
	s.Ref(&n.music, "MusicOnHold", flow.AudioFileType, "Heard while alone or waiting; empty: the call's music, as Set Music On Hold, the endpoint or the account sets it, else silence.")
	s.Bool(&n.announce, "AnnounceNames", false, "The others hear who comes and goes: the caller's name, else the number digit by digit.")
	s.Bool(&n.record, "RecordCall", false, "Records the conference, all voices in one, from when two are in it until the last one leaves: once, however many ask for it.")
	s.Exit("Done", "The conference is over.")
	s.Exit("Room Full", "As many as may be are in it.").Or("Done")
	s.Exit("Wrong Pin", "The PIN was wrong, or none came, three times.").Or("Done")
	s.AsyncExit("Recording Ready", "The recording is ready. Of one conference, it is followed in the call that began the recording.")
}

// What a caller hears who has to give a PIN.
const (
	askPin   = "Please enter the PIN of the conference, then press the hash key."
	wrongPin = "That is not the right PIN."
	pinTries = 3

	pinTimeout = 10 * time.Second // for the first digit
	pinPause   = 3 * time.Second  // between two of them

	longestName = 60 // characters that are announced
)

func (n *conference) Run(ctx context.Context, x *flow.Execution) (string, error) {
	if err := answer(ctx, x); err != nil {
		return "", err
	}
	line, ok := x.Line.(flow.Conferencer)
	if !ok {
		x.Logf("there are no conferences here")
		return "Wrong Pin", nil
	}
	if n.room = strings.TrimSpace(n.room); n.room == "" {
		x.Logf("Room names no conference: the caller is in none")
		return "Done", nil
	}
	right, err := n.admits(ctx, x)
	if err != nil || !right {
		return "Wrong Pin", err
	}
	if n.music == "" {
		n.music = x.Session.MusicOnHold
	}
	r, err := line.Confer(ctx, flow.Conference{
		Room: n.room, Moderator: n.moderator, Wait: n.waits, EndsWithout: n.ends, Muted: n.muted, Max: n.max,
		Announce: n.announce, Name: spokenName(x.Session), Record: n.record, Music: flow.Prompt{File: n.music}, Log: x.Logf,
	})
	if r.Recording != nil && r.Recording.File != "" {
		x.Session.RecordingFileID = r.Recording.File
		x.Fire("Recording Ready")
	}
	switch {
	case r.Full:
		x.Logf("the conference %s is full: %s are in it", x.Quote(n.room), flow.Thousands(n.max))
		return "Room Full", err
	case err != nil:
		return "", err
	}
	x.Logf("the conference is over, after %s", flow.Seconds(r.Duration))
	return "Done", nil
}

// admits asks for the PIN, if there is one.
func (n *conference) admits(ctx context.Context, x *flow.Execution) (bool, error) {
	want := strings.Map(func(r rune) rune {
		if strings.ContainsRune(" -.", r) {
			return -1
		}
		return r
	}, n.pin)
	if want == "" {
		return true, nil
	}
	if strings.Trim(want, "0123456789") != "" {
		x.Logf("the PIN has something else than digits in it: nobody can enter it")
	}
	if line, ok := x.Line.(flow.Hushing); ok {
		defer line.Hush()()
	}
	for range pinTries {
		got, err := n.askPin(ctx, x, want)
		switch {
		case err != nil:
			return false, err
		case got == want:
			x.Logf("heard secret digits: the right PIN")
			return true, nil
		case got == "":
			x.Logf("heard no PIN")
			continue
		}
		x.Logf("heard secret digits: a wrong PIN")
		if _, err := play(ctx, x, flow.Prompt{Text: wrongPin}, ""); err != nil && !unplayed(err) {
			return false, err
		}
	}
	return false, nil
}

// askPin collects digits until they are the PIN, the hash key, or a pause.
func (n *conference) askPin(ctx context.Context, x *flow.Execution, want string) (digits string, err error) {
	key, err := ask(ctx, x, flow.Prompt{Text: askPin}, pinTimeout)
	for ; err == nil && key != '#'; key, err = x.Line.Digit(ctx, pinPause) {
		if digits += string(key); digits == want || len(digits) >= 20 {
			return digits, nil
		}
	}
	if errors.Is(err, flow.ErrTimeout) {
		err = nil
	}
	return digits, err
}

// spokenName is how the party of the call is announced: by name, else by number
// digit by digit.
func spokenName(s *flow.Session) string {
	name, number := s.FromName, s.FromAddress
	if s.Direction == "Outgoing" {
		name, number = "", s.ToAddress // From is us
	}
	if name = strings.TrimSpace(name); name != "" && strings.Trim(name, "+0123456789 ()-.") != "" {
		if r := []rune(name); len(r) > longestName { // a stranger's phone may give any
			return string(r[:longestName])
		}
		return name
	}
	if number == "" || strings.EqualFold(number, "anonymous") {
		return "Somebody"
	}
	if strings.Trim(number, "+0123456789") != "" {
		return number // a SIP user name
	}
	return strings.Join(strings.Split(strings.TrimPrefix(number, "+"), ""), " ")
}
