package nodes

import (
	"context"

	"ringflow/flow"
)

func init() { flow.Register("CounterNode", func() flow.Node { return new(counter) }) }

type counter struct {
	name string
	max  int
}

func (n *counter) Spec(s *flow.Spec) {
	s.Title, s.Category = "Counter", flow.Logic
	s.Doc = "Counts how often the flow comes here, for something to be done again at most so often. " +
		"The count is the session's variable with the counter's name; setting it to 0 starts anew."
	s.String(&n.name, "Name", "", "The counter's name; counters of one name count together.").Need("the counter has no name").Formed(flow.CheckVariable)
	s.Int(&n.max, "Max", 3, "How often Again is taken.").Range(0, 10_000)
	s.Exit("Again", "Not yet more often than Max.")
	s.Exit("Finished", "More often than Max; the counter starts anew.")
}

func (n *counter) Run(_ context.Context, x *flow.Execution) (string, error) {
	was, ok := x.State.Variables[n.name].Number()
	if !ok {
		return "", &flow.ParameterError{Parameter: "Name", Text: "the variable " + n.name + " is " + x.State.Variables[n.name].Show() + ", which is no number"}
	}
	count, exit := was+1, "Again"
	if count > float64(n.max) {
		count, exit = 0, "Finished"
	}
	if err := x.SetVariable(n.name, flow.Number(count)); err != nil {
		return "", err
	}
	if exit == "Again" {
		x.Logf("%s of %s", flow.ThousandsOf(count), flow.Thousands(n.max))
	}
	return exit, nil
}
