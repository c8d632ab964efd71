package nodes

import (
	"context"
	"math/rand/v2"
	"testing"

	"ringflow/flow"
)

// Ways are taken as often as they weigh: 10,000 times, within five standard
// deviations of each share, which are at most 50 each.
func TestRandomShares(t *testing.T) {
	for seed := range uint64(5) {
		x := &flow.Execution{Rand: rand.New(rand.NewPCG(seed, 1))}
		n := &random{choices: []randomChoice{{"A", "A", 1}, {"never", "never", 0}, {"B", "B", 2}, {"C", "C", 7}}}
		taken := map[string]int{}
		for range 10_000 {
			exit, err := n.Run(context.Background(), x)
			if err != nil {
				t.Fatal(err)
			}
			taken[exit]++
		}
		for name, want := range map[string]int{"A": 1000, "B": 2000, "C": 7000, "never": 0} {
			if got := taken[name]; got < want-250 || got > want+250 || want == 0 && got > 0 {
				t.Errorf("seed %d: %s was taken %d times, want about %d", seed, name, got, want)
			}
		}
	}
}

// The same seed takes the same ways.
func TestRandomIsOfTheExecution(t *testing.T) {
	ways := func() (all string) {
		x := &flow.Execution{Rand: rand.New(rand.NewPCG(4, 2))}
		for range 100 {
			exit, _ := (&random{choices: []randomChoice{{"A", "A", 1}, {"B", "B", 1}}}).Run(context.Background(), x)
			all += exit
		}
		return all
	}
	if first := ways(); first != ways() {
		t.Error("the second time it went otherwise")
	}
}
