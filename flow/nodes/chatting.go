package nodes

import (
	"context"
	"errors"
	"strings"
	"time"
	"unicode"

	"ringflow/flow"
)

// chatTimeout is how long a node waits for a message of a chat where the flow says
// nothing: people answer a text when they have time.
const chatTimeout = time.Hour

// chatting tells whether the other party writes.
func chatting(x *flow.Execution) bool { return x.Session.Channel == string(flow.Chat) }

// sendText sends a text to the party of a chat. One that can't be sent, for a reason
// that is no fault of ours, is told to the log and comes back as flow.ErrUnsent.
func sendText(ctx context.Context, x *flow.Execution, text string) error {
	if text == "" {
		return nil
	}
	err := x.Send(ctx, text)
	if errors.Is(err, flow.ErrUnsent) {
		x.Logf("not sent %s: %v", x.Quote(text), err)
		return err
	}
	if err == nil {
		x.Logf("sent %s", x.Quote(text))
	}
	return err
}

// question sends what a node asks. One that can't be sent is left out.
func question(ctx context.Context, x *flow.Execution, p flow.Prompt) error {
	if p.Text == "" && p.File != "" {
		x.Logf("the file %s can't be sent as a text: give the question as Text too", p.File)
	}
	if err := sendText(ctx, x, p.Text); err != nil && !errors.Is(err, flow.ErrUnsent) {
		return err
	}
	return nil
}

// asked is what a node that asks in a chat keeps until the answer is there.
type asked struct {
	Times int `json:"times"` // how often it asked
}

// answer waits for what the party answers to the question, which is sent before
// where the node begins. ErrTimeout: nothing came in time.
func (a *asked) answer(ctx context.Context, x *flow.Execution, p flow.Prompt, timeout time.Duration, secret bool) (string, error) {
	if !x.Noted(a) {
		if err := a.ask(ctx, x, p); err != nil {
			return "", err
		}
	}
	return a.wait(ctx, x, timeout, secret)
}

// again asks once more, after words about the answer before.
func (a *asked) again(ctx context.Context, x *flow.Execution, invalid string, p flow.Prompt, timeout time.Duration, secret bool) (string, error) {
	if err := question(ctx, x, flow.Prompt{Text: invalid}); err != nil {
		return "", err
	}
	if err := a.ask(ctx, x, p); err != nil {
		return "", err
	}
	return a.wait(ctx, x, timeout, secret)
}

func (a *asked) ask(ctx context.Context, x *flow.Execution, p flow.Prompt) error {
	a.Times++
	return question(ctx, x, p)
}

func (a *asked) wait(ctx context.Context, x *flow.Execution, timeout time.Duration, secret bool) (string, error) {
	x.Note(a)
	reply, err := x.Reply(ctx, timeout)
	var s *flow.Suspend
	switch {
	case errors.As(err, &s):
		s.Secret = secret
		return "", err
	case errors.Is(err, flow.ErrNoReply):
		x.Logf("%v", err)
		return "", flow.ErrTimeout
	case err == nil && reply.TimedOut:
		return "", flow.ErrTimeout
	}
	return reply.Text, err
}

// written is a message as it was meant: phones write digits in the letters of their country (１２, ١٢)
// and as pictures (1️⃣).
func written(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r < 0x80:
			return r
		case r == 0xfe0f || r == 0x20e3: // what makes a picture of a digit
			return -1
		case r == '＃':
			return '#'
		case r == '＊':
			return '*'
		case unicode.IsDigit(r):
			zero := r // all decimal digits stand in rows of ten
			for unicode.IsDigit(zero - 1) {
				zero--
			}
			return '0' + (r-zero)%10
		}
		return r
	}, text)
}
