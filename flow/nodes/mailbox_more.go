package nodes

import (
	"context"
	"errors"
	"time"

	"ringflow/flow"
)

// What takes more than a key in a voicemail box.

const (
	boxPause    = 3 * time.Second // between two digits
	boxRings    = 30 * time.Second
	maxGreeting = 60 * time.Second
)

// digits collects digits up to the hash key or a pause.
func (m *mailbox) digits(ctx context.Context, prompt string) (digits string, err error) {
	key, err := ask(ctx, m.x, flow.Prompt{Text: prompt}, 2*boxTimeout)
	for ; err == nil && key != '#'; key, err = m.x.Line.Digit(ctx, boxPause) {
		if digits += string(key); len(digits) >= 20 {
			break
		}
	}
	if errors.Is(err, flow.ErrTimeout) {
		err = nil
	}
	return digits, err
}

// secret collects digits that no log and no recording has.
func (m *mailbox) secret(ctx context.Context, prompt string) (string, error) {
	if line, ok := m.x.Line.(flow.Hushing); ok {
		defer line.Hush()()
	}
	return m.digits(ctx, prompt)
}

// callBack calls who left a message, by the rules of the account, and comes back.
func (m *mailbox) callBack(ctx context.Context, l flow.LeftMessage) error {
	if !m.box.CanDial || l.From == "" {
		m.x.Logf("nobody can be called back here")
		return m.say(ctx, boxNoCall)
	}
	m.x.Logf("calls %s back", m.x.Quote(l.From))
	r, err := m.x.Line.Dial(ctx, flow.Dialling{
		Attempts:        []flow.Attempt{{Target: flow.Target{Type: string(flow.StringType), Value: l.From}, Timeout: boxRings}},
		KeepAfterHangup: true,
	})
	m.x.Dialled(r)
	if err != nil {
		return err
	}
	if r.Status != flow.DialAnswered {
		m.x.Logf("the call back came to nothing: %s %s", r.Status, r.Why)
		return m.say(ctx, boxNoCall)
	}
	return nil
}

// forward copies a message into somebody's box.
func (m *mailbox) forward(ctx context.Context, l flow.LeftMessage) error {
	digits, err := m.digits(ctx, boxWhom)
	if err != nil {
		return err
	}
	if digits == "" {
		m.x.Logf("heard no extension")
		return m.say(ctx, boxNobody)
	}
	to, err := m.line.Box(ctx, digits)
	switch {
	case errors.Is(err, flow.ErrNoBox):
		m.x.Logf("heard %s: nobody has this extension", digits)
		return m.say(ctx, boxNobody)
	case err != nil:
		return m.failed(ctx, err)
	}
	m.x.Logf("heard %s: forwards the message to %q", digits, to.Name)
	return m.done(ctx, m.line.ForwardMessage(ctx, m.box, l.ID, to), "the message is forwarded", boxSent)
}

// greet records the owner's own greeting.
func (m *mailbox) greet(ctx context.Context) error {
	if err := m.say(ctx, boxSpeak); err != nil {
		return err
	}
	m.x.Line.DropDigits()
	r, err := m.x.Line.Record(ctx, flow.RecordOptions{Beep: true, Max: maxGreeting, Silence: boxTimeout, FinishOnKey: "#", FileName: "Greeting of " + m.box.Name})
	switch {
	case err != nil && context.Cause(ctx) != nil:
		return err
	case err != nil:
		return m.failed(ctx, err)
	case r.File == "":
		m.x.Logf("nothing was recorded")
		return m.say(ctx, boxFailed)
	}
	return m.done(ctx, m.line.SetGreeting(ctx, m.box, r.File), "the greeting is the owner's own", boxSet)
}

// changePIN asks for another PIN, twice.
func (m *mailbox) changePIN(ctx context.Context) error {
	pin, err := m.secret(ctx, boxNewPIN)
	if err != nil {
		return err
	}
	again, err := m.secret(ctx, boxRepeat)
	if err != nil {
		return err
	}
	if pin == again {
		err = m.line.SetPIN(ctx, m.box, pin)
	}
	if pin != again || errors.Is(err, flow.ErrBadPIN) {
		m.x.Logf("heard secret digits: they can't be a PIN, or were not the same twice")
		return m.say(ctx, boxBadPIN)
	}
	return m.done(ctx, err, "heard secret digits: the PIN is another one", boxPINSet)
}
