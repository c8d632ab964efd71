package nodes

import (
	"context"
	"errors"

	"ringflow/flow"
)

func init() { flow.Register("VoicemailMenuNode", func() flow.Node { return new(voicemailMenu) }) }

type voicemailMenu struct {
	user   string
	askPin bool
}

func (n *voicemailMenu) Spec(s *flow.Spec) {
	s.Title, s.Category = "Voicemail Menu", flow.VoiceNodes
	s.Doc = "Lets the caller listen to a voicemail box: the new messages first, each with its caller and time. While and after a message: 1 plays it again, 2 saves it, 3 deletes it, " +
		"4 calls its caller back by the account's rules (on a call of a user), 5 forwards a copy to the box of the user whose extension or SIP name's digits are pressed, ended by the hash key; the hash key goes to the next and leaves it as it is; the star key goes to the main menu. " +
		"There, 1 plays the messages, 7 records one's own greeting, 8 takes it back, 9 changes the PIN, the hash key ends. A message that was heard to its end is saved."
	s.Needs(flow.Voice)
	s.Ref(&n.user, "User", flow.UserType, "A User or a Team: whose box it is; empty: the user who calls.")
	s.Bool(&n.askPin, "AskPin", true, "The caller is asked for the PIN, three times at most. A box without a PIN opens to its owner's own phone alone.")
	s.Exit("Done", "The caller has listened, or may not.")
}

// What a caller hears who listens to a box.
const (
	boxPIN     = "Please enter your PIN, then press the hash key."
	boxWrong   = "That is not the right PIN."
	boxLocked  = "This voicemail box is locked. Please try again later."
	boxNoPIN   = "This voicemail box has no PIN yet, and opens to its owner's phone only."
	boxGoodbye = "Goodbye."
)

func (n *voicemailMenu) Run(ctx context.Context, x *flow.Execution) (string, error) {
	if err := answer(ctx, x); err != nil {
		return "", err
	}
	line, ok := x.Line.(flow.Mailbox)
	if !ok {
		x.Logf("there is no voicemail here")
		return "Done", nil
	}
	box, err := line.Box(ctx, n.user)
	if errors.Is(err, flow.ErrNoBox) {
		if n.user == "" {
			x.Logf("no user calls: User says nobody whose box it is")
		} else {
			x.Logf("%s is neither a user nor a team of the account", x.Quote(n.user))
		}
		return "Done", nil
	} else if err != nil {
		return "", err
	}
	m := &mailbox{x: x, line: line, box: box}
	x.Logf("the box of %q", box.Name)
	opens, err := m.admits(ctx, n.askPin)
	if err == nil && opens {
		err = m.run(ctx)
	}
	if err != nil {
		return "", err
	}
	return "Done", m.say(ctx, boxGoodbye)
}
