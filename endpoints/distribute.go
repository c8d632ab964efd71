package endpoints

import (
	"cmp"
	"slices"
	"time"
)

// Strategy tells which of the free agents of a queue is offered a call.
type Strategy string

const (
	RingAll     Strategy = "RingAll"     // all of them: the first to answer has it
	LongestIdle Strategy = "LongestIdle" // who has been free for the longest time
	RoundRobin  Strategy = "RoundRobin"  // the next one in the team's order
	FewestCalls Strategy = "FewestCalls" // who has taken the fewest calls; of several, who has been free for longer
)

// Waiting is a caller to whom no agent is reserved.
type Waiting struct {
	Queue    string // callers of the same one wait for the same agents
	Members  []string
	Priority int    // higher first
	Arrived  uint64 // of the same priority, lower first; no two are equal
	Strategy Strategy
}

// Idle is an agent who takes calls and isn't reserved.
type Idle struct {
	Since time.Time
	Calls int
}

// Offer is which agents a caller is offered to; Caller is its index.
type Offer struct {
	Caller int
	Agents []string
}

// Distribute tells who is offered to whom, in the order in which the callers are
// served: the highest priority first, and of one priority who came first. A
// caller is passed over only when none of its queue's agents is left, and each
// agent is in one offer at most. last is who was offered last, by queue.
//
// It is a rule: the same is always answered with the same, and nothing is
// changed.
func Distribute(waiting []Waiting, idle map[string]Idle, last map[string]string) []Offer {
	order := make([]int, len(waiting))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return Before(waiting[a], waiting[b]) })
	var offers []Offer
	taken := make(map[string]bool, len(idle))
	turn := map[string]string{}
	for _, i := range order {
		if len(taken) == len(idle) {
			break
		}
		w := &waiting[i]
		var free []string
		for _, id := range w.Members {
			if _, ok := idle[id]; ok && !taken[id] && !slices.Contains(free, id) {
				free = append(free, id)
			}
		}
		if len(free) == 0 {
			continue
		}
		before, ok := turn[w.Queue]
		if !ok {
			before = last[w.Queue]
		}
		agents := choose(w, free, idle, before)
		for _, id := range agents {
			taken[id] = true
		}
		turn[w.Queue] = agents[len(agents)-1]
		offers = append(offers, Offer{i, agents})
	}
	return offers
}

// Before is the order in which callers are served.
func Before(a, b Waiting) int {
	return cmp.Or(cmp.Compare(b.Priority, a.Priority), cmp.Compare(a.Arrived, b.Arrived))
}

// choose picks of the free agents, who stand in the team's order.
func choose(w *Waiting, free []string, idle map[string]Idle, last string) []string {
	var better func(a, b string) int
	longer := func(a, b string) int { return idle[a].Since.Compare(idle[b].Since) }
	switch w.Strategy {
	case RingAll:
		return free
	case RoundRobin:
		from := slices.Index(w.Members, last) + 1
		for n := range w.Members {
			if id := w.Members[(from+n)%len(w.Members)]; slices.Contains(free, id) {
				return []string{id}
			}
		}
	case FewestCalls:
		better = func(a, b string) int { return cmp.Or(cmp.Compare(idle[a].Calls, idle[b].Calls), longer(a, b)) }
	default:
		better = longer
	}
	return []string{slices.MinFunc(free, better)}
}
