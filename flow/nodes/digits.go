package nodes

import (
	"context"
	"errors"
	"strings"
	"time"

	"ringflow/flow"
)

func init() { flow.Register("CollectDigitsNode", func() flow.Node { return new(collectDigits) }) }

type collectDigits struct {
	prompt         flow.Prompt
	min, max       int
	finish         string
	timeout, inter time.Duration
	retries        int
	invalid        string
	secret         bool
	digits         flow.Value
}

func (n *collectDigits) Spec(s *flow.Spec) {
	s.Title, s.Category = "Collect Digits", flow.VoiceNodes
	s.Doc = "Asks the caller for digits, such as a PIN or an extension. A digit stops the prompt and counts; digits typed before count too. " +
		"In a chat the text is sent, and the digits of the next message are taken, up to FinishOnKey if that is in it; too many are invalid as well."
	s.Needs(flow.Voice, flow.Chat)
	s.Prompt(&n.prompt)
	s.Int(&n.min, "MinDigits", 1, "Fewer are invalid.").Range(0, 100)
	s.Int(&n.max, "MaxDigits", 20, "With so many it is done.").Range(1, 100)
	s.String(&n.finish, "FinishOnKey", "#", "Ends the input and is no part of it; empty: no key does.")
	s.Seconds(&n.timeout, "TimeoutInSeconds", 5*time.Second, "How long to wait for the first digit, once the prompt is over.").Range(0, 3600).InChat(flow.Number(chatTimeout.Seconds()))
	s.Seconds(&n.inter, "InterDigitTimeoutInSeconds", 3*time.Second, "How long to wait for each further digit.").Range(0, 3600)
	s.Int(&n.retries, "Retries", 2, "How often to ask again.").Range(0, 100)
	s.String(&n.invalid, "InvalidText", "", "Said after too few digits.").LargeText()
	s.Bool(&n.secret, "Secret", false, "The digits show as dots in logs and traces, and what the caller says or presses meanwhile is silence in recordings.")
	s.Output(&n.digits, "Digits", flow.StringType, "What the caller pressed.")
	s.Exit("Done", "Enough digits were pressed.")
	s.Exit("No Input", "Not enough were, however often the caller was asked.")
}

func (n *collectDigits) Run(ctx context.Context, x *flow.Execution) (string, error) {
	if chatting(x) {
		return n.chat(ctx, x)
	}
	if err := answer(ctx, x); err != nil {
		return "", err
	}
	if line, ok := x.Line.(flow.Hushing); ok && n.secret {
		defer line.Hush()()
	}
	var pending rune // pressed while the caller heard that it was invalid
	for range n.retries + 1 {
		digits, finished, err := n.collect(ctx, x, pending)
		if err != nil {
			return "", err
		}
		pending = 0
		if len(digits) >= n.min && (digits != "" || finished) {
			n.give(x, digits)
			return "Done", nil
		}
		if digits == "" && !finished {
			x.Logf("heard no digits")
			continue
		}
		x.Logf("heard %s: too few, at least %d are asked for", n.show(digits), n.min)
		pending, err = play(ctx, x, flow.Prompt{Text: n.invalid, Voice: n.prompt.Voice}, anyDigit)
		if err != nil && !unplayed(err) {
			return "", err
		}
	}
	return "No Input", nil
}

// collect asks once. finished: the finishing key was pressed.
func (n *collectDigits) collect(ctx context.Context, x *flow.Execution, pending rune) (digits string, finished bool, err error) {
	key := pending
	if key == 0 {
		key, err = ask(ctx, x, n.prompt, n.timeout)
	}
	for ; err == nil; key, err = x.Line.Digit(ctx, n.inter) {
		if strings.ContainsRune(n.finish, key) {
			return digits, true, nil
		}
		if digits += string(key); len(digits) >= n.max {
			return digits, false, nil
		}
	}
	if errors.Is(err, flow.ErrTimeout) {
		err = nil
	}
	return digits, false, err
}

// give makes the digits the node's output and the session's field.
func (n *collectDigits) give(x *flow.Execution, digits string) {
	x.Logf("heard %s", n.show(digits))
	n.digits = flow.Text(digits)
	if n.secret {
		n.digits = n.digits.Secret()
	}
	x.Session.Digits, x.Session.DigitsSecret = digits, n.secret
}

func (n *collectDigits) show(digits string) string {
	if n.secret {
		return "secret digits"
	}
	if digits == "" {
		return "the finishing key alone"
	}
	return digits
}
