package nodes

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"ringflow/flow"
)

// mailbox is somebody's time in a voicemail box: which message is at hand, and
// what the keys do. It is of one call.
type mailbox struct {
	x    *flow.Execution
	line flow.Mailbox
	box  flow.Box
}

const (
	boxTries   = 3 // prompts without an answer, and PINs
	boxTimeout = 5 * time.Second
)

// What else is heard.
const (
	boxNext    = "Press 1 to hear it again, 2 to save it, 3 to delete it, 4 to call back, 5 to forward it, or the hash key for the next message."
	boxMain    = "To hear your messages, press 1. To record your greeting, press 7. For the default greeting, press 8. To change your PIN, press 9. To end, press the hash key."
	boxEnd     = "There are no more messages."
	boxSaved   = "Saved."
	boxDeleted = "Deleted."
	boxFailed  = "That did not work. Please try again later."
	boxNoCall  = "That number can't be called from here."
	boxWhom    = "Please enter the extension, then press the hash key."
	boxNobody  = "Nobody has this extension."
	boxSent    = "The message has been forwarded."
	boxSpeak   = "Please speak your greeting after the tone, then press the hash key."
	boxSet     = "Your greeting has been saved."
	boxDefault = "Your greeting is the default again."
	boxNewPIN  = "Please enter your new PIN, 4 to 12 digits, then press the hash key."
	boxRepeat  = "Please enter it once more."
	boxPINSet  = "Your PIN has been changed."
	boxBadPIN  = "That can't be your PIN."
)

func (m *mailbox) say(ctx context.Context, text string) error {
	_, err := play(ctx, m.x, flow.Prompt{Text: text}, "")
	if unplayed(err) {
		err = nil
	}
	return err
}

// admits asks for the PIN where it is wanted.
func (m *mailbox) admits(ctx context.Context, ask bool) (bool, error) {
	switch {
	case !ask || !m.box.HasPIN && m.box.Own:
		return true, nil
	case !m.box.HasPIN:
		m.x.Logf("the box has no PIN, and it is not its owner who calls")
		return false, m.say(ctx, boxNoPIN)
	}
	for range boxTries {
		pin, err := m.secret(ctx, boxPIN)
		if err != nil {
			return false, err
		}
		if pin == "" {
			m.x.Logf("heard no PIN")
			continue
		}
		opens, err := m.line.OpenBox(ctx, m.box, pin)
		switch {
		case errors.Is(err, flow.ErrBoxLocked):
			m.x.Logf("%v", err)
			return false, m.say(ctx, boxLocked)
		case err != nil:
			return false, err
		case opens:
			m.x.Logf("heard secret digits: the right PIN")
			return true, nil
		}
		m.x.Logf("heard secret digits: a wrong PIN")
		if err := m.say(ctx, boxWrong); err != nil {
			return false, err
		}
	}
	m.x.Logf("no right PIN in %d tries", boxTries)
	return false, nil
}

// run is the whole visit: the messages, then the main menu until it is left.
func (m *mailbox) run(ctx context.Context) error {
	if err := m.listen(ctx); err != nil {
		return err
	}
	for tries := 0; tries < boxTries; {
		key, err := m.choice(ctx, flow.Prompt{Text: boxMain}, "1789#")
		if err != nil {
			return err
		}
		tries = 0
		switch key {
		case '1':
			err = m.listen(ctx)
		case '7':
			err = m.greet(ctx)
		case '8':
			err = m.done(ctx, m.line.SetGreeting(ctx, m.box, ""), "the default greeting again", boxDefault)
		case '9':
			err = m.changePIN(ctx)
		default:
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// listen goes through the messages, as they are now.
func (m *mailbox) listen(ctx context.Context) error {
	all, err := m.line.Messages(ctx, m.box)
	if err != nil {
		return m.failed(ctx, err)
	}
	fresh := 0
	for _, l := range all {
		if l.New {
			fresh++
		}
	}
	m.x.Logf("%d new messages, %d saved", fresh, len(all)-fresh)
	if err := m.say(ctx, fmt.Sprintf("You have %s and %s.", messages(fresh, "new"), messages(len(all)-fresh, "saved"))); err != nil {
		return err
	}
	for i, l := range all {
		goOn, err := m.message(ctx, i, l)
		if err != nil || !goOn {
			return err
		}
	}
	if len(all) > 0 {
		return m.say(ctx, boxEnd)
	}
	return nil
}

// messages counts them in words.
func messages(n int, kind string) string {
	switch n {
	case 0:
		return "no " + kind + " messages"
	case 1:
		return "1 " + kind + " message"
	}
	return flow.Thousands(n) + " " + kind + " messages"
}

// message plays one and does what the keys say; false: to the main menu.
func (m *mailbox) message(ctx context.Context, i int, l flow.LeftMessage) (goOn bool, err error) {
	const keys = "12345#*"
	var key rune
	for again := true; again; {
		again = false
		key, err = play(ctx, m.x, flow.Prompt{Text: m.about(i, l)}, keys)
		if key == 0 && (err == nil || unplayed(err)) {
			key, err = play(ctx, m.x, flow.Prompt{File: l.ID}, keys)
			if key == 0 && err == nil && l.New {
				l.New = false
				err = m.line.SaveMessage(ctx, m.box, l.ID)
			}
		}
		if err != nil && !unplayed(err) {
			return false, err
		}
		for !again {
			if key == 0 {
				if key, err = m.choice(ctx, flow.Prompt{Text: boxNext}, keys); err != nil {
					return false, err
				}
			} else {
				m.x.Logf("heard %c", key)
			}
			switch key {
			case '1':
				again = true
			case '2':
				return true, m.done(ctx, m.line.SaveMessage(ctx, m.box, l.ID), "the message is saved", boxSaved)
			case '3':
				return true, m.done(ctx, m.line.DeleteMessage(ctx, m.box, l.ID), "the message is deleted", boxDeleted)
			case '4':
				err = m.callBack(ctx, l)
			case '5':
				err = m.forward(ctx, l)
			case '*':
				return false, nil
			default:
				return true, nil
			}
			if err != nil {
				return false, err
			}
			key = 0
		}
	}
	return true, nil
}

// about is said before a message.
func (m *mailbox) about(i int, l flow.LeftMessage) string {
	kind := "Saved"
	if l.New {
		kind = "New"
	}
	zone, err := m.x.Zone("")
	if err != nil {
		zone = time.UTC
	}
	at, now := l.At.In(zone), m.x.Now().In(zone)
	day := at.Format("Monday, January 2")
	switch at.Format(time.DateOnly) {
	case now.Format(time.DateOnly):
		day = "today"
	case now.AddDate(0, 0, -1).Format(time.DateOnly):
		day = "yesterday"
	}
	return fmt.Sprintf("Message %d. %s, from %s, %s at %s.", i+1, kind, spokenName(&flow.Session{FromName: l.Name, FromAddress: l.From}), day, at.Format("3:04 PM"))
}

// choice asks until one of the keys is pressed; 0 once nobody answers.
func (m *mailbox) choice(ctx context.Context, p flow.Prompt, keys string) (rune, error) {
	for range boxTries {
		key, err := ask(ctx, m.x, p, boxTimeout)
		switch {
		case errors.Is(err, flow.ErrTimeout):
			m.x.Logf("heard no key")
			continue
		case err != nil:
			return 0, err
		}
		m.x.Logf("heard %c", key)
		if strings.ContainsRune(keys, key) {
			return key, nil
		}
	}
	return 0, nil
}

// done tells that something is done, or could not be.
func (m *mailbox) done(ctx context.Context, err error, what, text string) error {
	if err != nil {
		return m.failed(ctx, err)
	}
	m.x.Logf("%s", what)
	return m.say(ctx, text)
}

// failed tells of a fault of ours; the visit goes on.
func (m *mailbox) failed(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	m.x.Logf("that did not work: %v", err)
	return m.say(ctx, boxFailed)
}
