package endpoints

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestDistribute(t *testing.T) {
	team := []string{"a", "b", "c"}
	at := func(s int) time.Time { return time.Unix(int64(s), 0) }
	idle := map[string]Idle{"a": {at(30), 0}, "b": {at(10), 2}, "c": {at(20), 1}}
	one := func(s Strategy) []Waiting { return []Waiting{{Queue: "q", Members: team, Strategy: s, Arrived: 1}} }
	for _, row := range []struct {
		name    string
		waiting []Waiting
		idle    map[string]Idle
		last    map[string]string
		want    []Offer
	}{
		{"nobody waits", nil, idle, nil, nil},
		{"nobody is free", one(LongestIdle), nil, nil, nil},
		{"nobody of the queue is free", one(LongestIdle), map[string]Idle{"x": {}}, nil, nil},
		{"all", one(RingAll), idle, nil, []Offer{{0, team}}},
		{"the longest idle", one(LongestIdle), idle, nil, []Offer{{0, []string{"b"}}}},
		{"equally long: the team's order", one(LongestIdle), map[string]Idle{"c": {}, "b": {}}, nil, []Offer{{0, []string{"b"}}}},
		{"the fewest calls", one(FewestCalls), idle, nil, []Offer{{0, []string{"a"}}}},
		{"equally few: the longest idle", one(FewestCalls), map[string]Idle{"a": {at(2), 1}, "c": {at(1), 1}}, nil, []Offer{{0, []string{"c"}}}},
		{"in turn: the first", one(RoundRobin), idle, nil, []Offer{{0, []string{"a"}}}},
		{"in turn: the next", one(RoundRobin), idle, map[string]string{"q": "a"}, []Offer{{0, []string{"b"}}}},
		{"in turn: round", one(RoundRobin), idle, map[string]string{"q": "c"}, []Offer{{0, []string{"a"}}}},
		{"in turn: who isn't free is left out", one(RoundRobin), map[string]Idle{"c": {}}, map[string]string{"q": "a"}, []Offer{{0, []string{"c"}}}},
		{"in turn: who was last has left the team", one(RoundRobin), idle, map[string]string{"q": "x"}, []Offer{{0, []string{"a"}}}},
		{"the oldest of the highest priority first", []Waiting{
			{Queue: "q", Members: team, Arrived: 1}, {Queue: "q", Members: team, Arrived: 3, Priority: 5},
			{Queue: "q", Members: team, Arrived: 2, Priority: 5}, {Queue: "q", Members: team, Arrived: 4}},
			idle, nil, []Offer{{2, []string{"b"}}, {1, []string{"c"}}, {0, []string{"a"}}}},
		{"one in two teams is offered once", []Waiting{
			{Queue: "q", Members: []string{"a"}, Arrived: 1}, {Queue: "r", Members: []string{"a", "b"}, Arrived: 2}},
			idle, nil, []Offer{{0, []string{"a"}}, {1, []string{"b"}}}},
		{"two of one queue in turn", []Waiting{
			{Queue: "q", Members: team, Arrived: 1, Strategy: RoundRobin}, {Queue: "q", Members: team, Arrived: 2, Strategy: RoundRobin}},
			idle, map[string]string{"q": "b"}, []Offer{{0, []string{"c"}}, {1, []string{"a"}}}},
	} {
		if got := Distribute(row.waiting, row.idle, row.last); !reflect.DeepEqual(got, row.want) {
			t.Errorf("%s: %v, want %v", row.name, got, row.want)
		}
	}
}

// Whatever waits and whoever is free: nobody is offered twice, nobody who isn't
// free or isn't of the team, and who gets nobody has none left.
func TestDistributeIsFair(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id := rapid.Custom(func(t *rapid.T) string { return fmt.Sprint("a", rapid.IntRange(0, 7).Draw(t, "agent")) })
		idle := rapid.MapOf(id, rapid.Custom(func(t *rapid.T) Idle {
			return Idle{Since: time.Unix(rapid.Int64Range(0, 5).Draw(t, "since"), 0), Calls: rapid.IntRange(0, 3).Draw(t, "calls")}
		})).Draw(t, "idle")
		waiting := make([]Waiting, rapid.IntRange(0, 12).Draw(t, "callers"))
		for i := range waiting {
			waiting[i] = Waiting{
				Queue: rapid.SampledFrom([]string{"q", "r"}).Draw(t, "queue"), Members: rapid.SliceOfN(id, 0, 6).Draw(t, "members"),
				Priority: rapid.IntRange(0, 2).Draw(t, "priority"), Arrived: uint64(i * 7 % 13),
				Strategy: rapid.SampledFrom([]Strategy{RingAll, LongestIdle, RoundRobin, FewestCalls}).Draw(t, "strategy"),
			}
		}
		last := map[string]string{"q": id.Draw(t, "last")}
		offers := Distribute(waiting, idle, last)
		by := map[string]int{}     // caller by agent
		gets := map[int][]string{} // agents by caller
		for i, o := range offers {
			if i > 0 && Before(waiting[offers[i-1].Caller], waiting[o.Caller]) >= 0 {
				t.Errorf("%v are not in order", offers)
			}
			gets[o.Caller] = o.Agents
			for _, a := range o.Agents {
				if _, twice := by[a]; twice {
					t.Errorf("%s is offered twice", a)
				}
				if _, ok := idle[a]; !ok {
					t.Errorf("%s isn't free", a)
				}
				by[a] = o.Caller
			}
			if len(o.Agents) == 0 || len(o.Agents) > 1 && waiting[o.Caller].Strategy != RingAll {
				t.Errorf("%v of %s", o, waiting[o.Caller].Strategy)
			}
		}
		for i, w := range waiting {
			for _, m := range w.Members {
				if _, free := idle[m]; !free || gets[i] != nil {
					continue
				}
				if c, taken := by[m]; !taken || Before(waiting[c], w) >= 0 {
					t.Errorf("caller %d was passed over: %s went to %d (%v)", i, m, c, taken)
				}
			}
		}
		if again := Distribute(waiting, idle, last); !reflect.DeepEqual(again, offers) {
			t.Errorf("another answer to the same: %v, %v", offers, again)
		}
	})
}
