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
	speech  bool
	choice  string
}

type choice struct{ key, words, value, name string }

func (n *menu) Spec(s *flow.Spec) {
	s.Title, s.Category = "Menu", flow.VoiceNodes
	s.Doc = "Offers choices, of which the caller presses one. A digit stops the prompt and counts; digits typed before count too. " +
		"With Speech the caller may say one of a choice's words instead, also while the prompt plays, which stops it. How well that is understood depends on who recognises speech: " +
		"pocketsphinx takes whatever is said for the nearest of the words, in American English; a service understands other things too, which then are No Matches. " +
		"In a chat the text is sent, and the next message is the answer: the key, the value or one of the words of a choice, in capital or small letters."
	s.Needs(flow.Voice, flow.Chat)
	s.Prompt(&n.prompt)
	flow.Rows(s, &n.choices, "Choices", "The choices.", func(c *choice, s *flow.Spec) {
		s.RowName(&c.name)
		s.String(&c.key, "Key", "", "What to press, one digit or more.")
		s.String(&c.words, "Words", "", "What to say instead, separated by commas.")
		s.String(&c.value, "Value", "", "Names the transition; empty: the key does.")
	})
	s.Seconds(&n.timeout, "TimeoutInSeconds", 5*time.Second, "How long to wait for a digit, once the prompt is over.").Range(0, 3600).InChat(flow.Number(chatTimeout.Seconds()))
	s.Int(&n.retries, "Retries", 2, "How often to ask again.").Range(0, 100)
	s.Bool(&n.speech, "Speech", false, "The caller may say a choice's words instead of pressing its key.")
	s.String(&n.invalid, "InvalidText", "", "Said after something that is no choice.").LargeText()
	s.Output(&n.choice, "Choice", flow.StringType, "The choice's value, else its key.")
	s.ExitPerRow("Choices", "The caller chose this.", "Value", "Key")
	s.Exit("No Input", "Nothing was pressed or said, however often the caller was asked.")
	s.Exit("No Matches", "What was pressed or said is no choice.").Or("No Input")
}

func (n *menu) Run(ctx context.Context, x *flow.Execution) (string, error) {
	if chatting(x) {
		return n.chat(ctx, x)
	}
	if err := answer(ctx, x); err != nil {
		return "", err
	}
	outcome := "No Input"
	var pending rune // pressed while the caller heard that it was invalid
	for range n.retries + 1 {
		a, err := n.listen(ctx, x, pending)
		if err != nil {
			return "", err
		}
		pending = 0
		switch {
		case a.chosen != nil:
			return n.take(x, a), nil
		case a.failed != nil:
			x.Logf("what was said could not be understood: %v", a.failed)
		case a.said && a.text == "":
			x.Logf("heard speech that could not be understood")
		case a.said:
			x.Logf("heard %s, which is no choice", x.Quote(a.text))
		case a.pressed == "":
			x.Logf("heard nothing")
			outcome = "No Input"
			continue
		default:
			x.Logf("heard %s, which is no choice", a.pressed)
		}
		outcome = "No Matches"
		pending, err = play(ctx, x, flow.Prompt{Text: n.invalid, Voice: n.prompt.Voice}, anyDigit)
		if err != nil && !unplayed(err) {
			return "", err
		}
	}
	return outcome, nil
}

// answered is what the caller made of the question.
type answered struct {
	chosen  *choice
	pressed string
	said    bool // it was spoken
	text    string
	failed  error // why speech could not be understood
}

func (n *menu) take(x *flow.Execution, a answered) string {
	c := a.chosen
	n.choice = c.value
	if n.choice == "" {
		n.choice = c.key
	}
	x.Session.Digits, x.Session.DigitsSecret = a.pressed, false
	heard := a.pressed
	if a.said {
		heard = x.Quote(a.text)
	}
	x.Logf("heard %s: %s", heard, n.choice)
	return c.name
}

// listen asks once.
func (n *menu) listen(ctx context.Context, x *flow.Execution, pending rune) (a answered, err error) {
	key := pending
	switch {
	case key != 0:
	case n.speech:
		var h flow.Heard
		if h, err = hear(ctx, x, n.prompt, n.timeout, n.words()); err == nil && h.Key == 0 {
			return answered{chosen: n.fits(h.Text), said: true, text: h.Text, failed: h.Err}, nil
		}
		key = h.Key
	default:
		key, err = ask(ctx, x, n.prompt, n.timeout)
	}
	for ; err == nil; key, err = x.Line.Digit(ctx, longKey) {
		a.pressed += string(key)
		var longer bool
		if a.chosen, longer = n.match(a.pressed); !longer {
			return a, nil
		}
	}
	if errors.Is(err, flow.ErrTimeout) {
		err = nil
	}
	return a, err
}

// words are all that may be said.
func (n *menu) words() []string {
	var all []string
	for i := range n.choices {
		all = append(all, phrases(n.choices[i].words)...)
	}
	return all
}

// fits finds the choice whose words are said in a text, whole words only; the
// longest phrase counts, of the same length the first.
func (n *menu) fits(text string) (chosen *choice) {
	said, best := spoken(text), 0
	for i := range n.choices {
		for _, p := range phrases(n.choices[i].words) {
			if words := spoken(p); len(words) > best && says(said, words) {
				chosen, best = &n.choices[i], len(words)
			}
		}
	}
	return chosen
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
