package nodes

import (
	"context"
	"regexp"
	"strings"

	"ringflow/flow"
)

func init() { flow.Register("StringMatchNode", func() flow.Node { return new(stringMatch) }) }

type stringMatch struct {
	value      string
	choices    []matchChoice
	mode       string
	ignoreCase bool
}

type matchChoice struct{ value, name string }

func (n *stringMatch) Spec(s *flow.Spec) {
	s.Title, s.Category = "String Match", flow.Logic
	s.Doc = "Compares a text with choices and takes the first that fits."
	s.String(&n.value, "Value", "", "The text.")
	flow.Rows(s, &n.choices, "Choices", "What to compare it with; each names its transition.", func(c *matchChoice, s *flow.Spec) {
		s.RowName(&c.name)
		s.String(&c.value, "Value", "", "The choice, in mode Regex a pattern (RE2).").Pattern("Mode", "Regex")
	})
	s.String(&n.mode, "Mode", "Equals", "How to compare.").PossibleValues("Equals", "StartsWith", "EndsWith", "Contains", "Regex")
	s.Bool(&n.ignoreCase, "IgnoreCase", true, "Capital and small letters count as the same.")
	s.ExitPerRow("Choices", "This choice fits.", "Value")
	s.Exit("No Matches", "None fits.")
}

// Bounds of a pattern and of what it is held against: RE2 takes pattern times text.
const (
	maxPattern = 500
	maxSubject = 10_000
)

func (n *stringMatch) Run(_ context.Context, x *flow.Execution) (string, error) {
	if x.IsSecret(n.value) {
		x.HideTransition()
	}
	for i, c := range n.choices {
		fits, err := n.fits(c.value)
		if err != "" {
			x.Passed(&flow.ParameterError{Parameter: "Choices[" + flow.Thousands(i+1) + "].Value", Wrong: flow.NoForm, Text: x.Quote(c.value) + " can't be compared: " + err})
		}
		if fits {
			return c.name, nil
		}
	}
	return "No Matches", nil
}

func (n *stringMatch) fits(choice string) (bool, string) {
	value := n.value
	if n.mode == "Regex" {
		return n.matches(choice)
	}
	if n.ignoreCase {
		value, choice = strings.ToLower(value), strings.ToLower(choice)
	}
	switch n.mode {
	case "StartsWith":
		return strings.HasPrefix(value, choice), ""
	case "EndsWith":
		return strings.HasSuffix(value, choice), ""
	case "Contains":
		return strings.Contains(value, choice), ""
	}
	return value == choice, ""
}

func (n *stringMatch) matches(pattern string) (bool, string) {
	if len(pattern) > maxPattern || len(n.value) > maxSubject {
		return false, "the pattern or the text is too long"
	}
	if n.ignoreCase {
		pattern = "(?i)" + pattern
	}
	re, err := regexp.Compile(pattern)
	if err != nil {
		return false, err.Error()
	}
	return re.MatchString(n.value), ""
}
