package nodes

import (
	"context"
	"errors"
	"slices"
	"strings"

	"ringflow/flow"
)

// chat offers the choices to the party of a chat, whose next message is the answer.
func (n *menu) chat(ctx context.Context, x *flow.Execution) (string, error) {
	var a asked
	text, err := a.answer(ctx, x, n.prompt, n.timeout, false)
	for {
		if errors.Is(err, flow.ErrTimeout) {
			x.Logf("no message came")
			return "No Input", nil
		}
		if err != nil {
			return "", err
		}
		if c := n.written(text); c != nil {
			if n.choice = c.value; n.choice == "" {
				n.choice = c.key
			}
			x.Session.Digits, x.Session.DigitsSecret = strings.ToUpper(strings.TrimSpace(c.key)), false
			x.Logf("got %s: %s", x.Quote(text), n.choice)
			return c.name, nil
		}
		x.Logf("got %s, which is no choice", x.Quote(text))
		if a.Times > n.retries {
			return "No Matches", question(ctx, x, flow.Prompt{Text: n.invalid})
		}
		text, err = a.again(ctx, x, n.invalid, n.prompt, n.timeout, false)
	}
}

// written finds the choice whose key, value or words a message is, whatever its
// case, and whatever signs are around the words.
func (n *menu) written(text string) *choice {
	text = strings.TrimSpace(written(text))
	said := spoken(text)
	for i := range n.choices {
		c := &n.choices[i]
		for _, t := range append([]string{c.key, c.value}, strings.Split(c.words, ",")...) {
			if t = strings.TrimSpace(t); t != "" && (strings.EqualFold(t, text) || len(said) > 0 && slices.Equal(spoken(t), said)) {
				return c
			}
		}
	}
	return nil
}
