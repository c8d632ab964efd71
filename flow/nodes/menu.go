package nodes

import (
	"context"
	"errors"
	"strings"
	"time"

	"ringflow/flow"
)

func init() { flow.Register("MenuNode", func() flow.Node { return new(menu) }) }

// longKey is how long to wait for the next digit of a choice with several.
const longKey = 3 * time.Second

type menu struct {
	prompt  flow.Prompt
	choices []choice
	timeout time.Duration
	retries int
	invalid string
	choice  string
}

type choice struct{ key, words, value, name string }

func (n *menu) Spec(s *flow.Spec) {
	s.Title, s.Category = "Menu", flow.VoiceNodes
	s.Doc = "Offers choices, of which the caller presses one. A digit stops the prompt and counts; digits typed before count too."
	s.Needs(flow.Voice)
	s.Prompt(&n.prompt)
	flow.Rows(s, &n.choices, "Choices", "The choices.", func(c *choice, s *flow.Spec) {
		s.RowName(&c.name)
		s.String(&c.key, "Key", "", "What to press, one digit or more.")
		s.String(&c.words, "Words", "", "What to say instead, separated by commas.")
		s.String(&c.value, "Value", "", "Names the transition; empty: the key does.")
	})
	s.Seconds(&n.timeout, "TimeoutInSeconds", 5*time.Second, "How long to wait for a digit, once the prompt is over.").Range(0, 3600)
	s.Int(&n.retries, "Retries", 2, "How often to ask again.").Range(0, 100)
	s.String(&n.invalid, "InvalidText", "", "Said after something that is no choice.").LargeText()
	s.Output(&n.choice, "Choice", flow.StringType, "The choice's value, else its key.")
	s.ExitPerRow("Choices", "The caller chose this.", "Value", "Key")
	s.Exit("No Input", "Nothing was pressed, however often the caller was asked.")
	s.Exit("No Matches", "What was pressed is no choice.").Or("No Input")
}

func (n *menu) Run(ctx context.Context, x *flow.Execution) (string, error) {
	if err := answer(ctx, x); err != nil {
		return "", err
	}
	outcome := "No Input"
	var pending rune // pressed while the caller heard that it was invalid
	for range n.retries + 1 {
		pressed, chosen, err := n.listen(ctx, x, pending)
		if err != nil {
			return "", err
		}
		pending = 0
		if chosen != nil {
			return n.take(x, chosen, pressed), nil
		}
		if pressed == "" {
			x.Logf("heard nothing")
			outcome = "No Input"
			continue
		}
		x.Logf("heard %s, which is no choice", pressed)
		outcome = "No Matches"
		pending, err = play(ctx, x, flow.Prompt{Text: n.invalid, Voice: n.prompt.Voice}, anyDigit)
		if err != nil && !unplayed(err) {
			return "", err
		}
	}
	return outcome, nil
}

func (n *menu) take(x *flow.Execution, c *choice, pressed string) string {
	n.choice = c.value
	if n.choice == "" {
		n.choice = c.key
	}
	x.Session.Digits, x.Session.DigitsSecret = pressed, false
	x.Logf("heard %s: %s", pressed, n.choice)
	return c.name
}

// listen asks once: what was pressed, and the choice if it is one.
func (n *menu) listen(ctx context.Context, x *flow.Execution, pending rune) (pressed string, chosen *choice, err error) {
	key := pending
	if key == 0 {
		key, err = ask(ctx, x, n.prompt, n.timeout)
	}
	for ; err == nil; key, err = x.Line.Digit(ctx, longKey) {
		pressed += string(key)
		var longer bool
		if chosen, longer = n.match(pressed); !longer {
			return pressed, chosen, nil
		}
	}
	if errors.Is(err, flow.ErrTimeout) {
		err = nil
	}
	return pressed, chosen, err
}

// match finds the choice of what was pressed so far, and whether more digits
// could make another one of it.
func (n *menu) match(pressed string) (chosen *choice, longer bool) {
	for i := range n.choices {
		c := &n.choices[i]
		switch key := strings.ToUpper(strings.TrimSpace(c.key)); {
		case key == "":
		case key == pressed && chosen == nil:
			chosen = c
		case strings.HasPrefix(key, pressed) && key != pressed:
			longer = true
		}
	}
	return chosen, longer
}
