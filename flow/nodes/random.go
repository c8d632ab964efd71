package nodes

import (
	"context"

	"ringflow/flow"
)

func init() { flow.Register("RandomNode", func() flow.Node { return new(random) }) }

type random struct{ choices []randomChoice }

type randomChoice struct {
	name, transition string
	weight           float64
}

func (n *random) Spec(s *flow.Spec) {
	s.Title, s.Category = "Random", flow.Logic
	s.Doc = "Takes one of several ways by chance, as with a percentage of the calls."
	flow.Rows(s, &n.choices, "Choices", "The ways.", func(c *randomChoice, s *flow.Spec) {
		s.RowName(&c.transition)
		s.String(&c.name, "Name", "", "Names the transition.")
		s.Number(&c.weight, "Weight", 1, "How often it is taken beside the others; 0: never.").Range(0, 1e9)
	})
	s.ExitPerRow("Choices", "Chance took this.", "Name")
}

func (n *random) Run(_ context.Context, x *flow.Execution) (string, error) {
	all := 0.0
	for _, c := range n.choices {
		all += c.weight
	}
	if all <= 0 {
		return "", &flow.ParameterError{Parameter: "Choices", Text: "no choice has a weight above 0"}
	}
	at, taken := x.Rand.Float64()*all, ""
	for _, c := range n.choices {
		if c.weight <= 0 {
			continue
		}
		taken = c.transition // the last one if rounding leaves none
		if at -= c.weight; at < 0 {
			break
		}
	}
	return taken, nil
}
