package nodes

import (
	"context"
	"errors"
	"strings"

	"ringflow/flow"
)

// chat asks the party of a chat, whose next message has the digits.
func (n *collectDigits) chat(ctx context.Context, x *flow.Execution) (string, error) {
	var a asked
	text, err := a.answer(ctx, x, n.prompt, n.timeout, n.secret)
	for {
		if errors.Is(err, flow.ErrTimeout) {
			x.Logf("no message came")
			return "No Input", nil
		}
		if err != nil {
			return "", err
		}
		digits, finished := n.written(text)
		switch {
		case digits == "" && !(finished && n.min == 0):
			x.Logf("got a message without digits")
		case len(digits) < n.min:
			x.Logf("got %s: too few, at least %d are asked for", n.show(digits), n.min)
		case len(digits) > n.max:
			x.Logf("got %s: too many, at most %d are asked for", n.show(digits), n.max)
		default:
			n.give(x, digits)
			return "Done", nil
		}
		if a.Times > n.retries {
			return "No Input", question(ctx, x, flow.Prompt{Text: n.invalid})
		}
		text, err = a.again(ctx, x, n.invalid, n.prompt, n.timeout, n.secret)
	}
}

// written are the digits of a message. finished: a finishing key is in it.
func (n *collectDigits) written(text string) (digits string, finished bool) {
	for _, r := range written(text) {
		switch {
		case strings.ContainsRune(n.finish, r) && strings.ContainsRune("0123456789*#", r):
			if finished = true; digits != "" {
				return digits, true
			}
		case strings.ContainsRune("0123456789*#", r):
			digits += string(r)
		}
	}
	return digits, finished
}
