package explore

import (
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
)

// Bounds of one call and of the choices at one place.
const (
	mostDecisions = 60 // then the caller hangs up
	eachOption    = 3  // calls that begin with an option of a place not tried before
	mostQueued    = 20_000
)

// mode says how an oracle goes on after what it was told.
type mode int

const (
	fewest mode = iota // what was tried least
	first              // nothing happens
	chance             // anything
	again              // what happened at a place happens there each time; elsewhere nothing
)

// oracle decides what happens. A call is what was decided in it, one number
// after the other: the same numbers give the same call.
type oracle struct {
	mode   mode
	queue  [][]int
	probes [][]int        // the first way to each option of each place
	tried  map[string]int // of an option at a place
	queued map[string]int
	rand   *rand.Rand

	prefix, taken []int
	labels        []string
	before        map[string]int // what happened at a place of this call
}

func newOracle() *oracle {
	return &oracle{tried: map[string]int{}, queued: map[string]int{}, rand: rand.New(rand.NewPCG(11, 13))}
}

func (o *oracle) begin(prefix []int) {
	o.prefix, o.taken, o.labels, o.before = prefix, nil, nil, map[string]int{}
}

// over tells that the call is long enough.
func (o *oracle) over() bool { return o.mode != first && len(o.taken) >= mostDecisions }

// choose decides which of n things happens at a place; the first one is what
// happens when nothing does. label puts a thing in words, empty: not worth a word.
func (o *oracle) choose(place string, n int, label func(int) string) int {
	if n < 2 {
		return 0
	}
	key := func(i int) string { return place + "\x00" + strconv.Itoa(i) }
	at, pick := len(o.taken), 0
	switch {
	case at < len(o.prefix):
		pick = min(o.prefix[at], n-1)
	case o.mode == chance:
		pick = o.rand.IntN(n)
	case o.mode == again:
		pick = min(o.before[place], n-1)
	case o.mode == fewest:
		for i := range n {
			if o.tried[key(i)] < o.tried[key(pick)] {
				pick = i
			}
		}
		for i := range n {
			if i != pick && o.queued[key(i)] < eachOption && len(o.queue) < mostQueued && at < mostDecisions {
				if o.queued[key(i)]++; o.queued[key(i)] == 1 {
					o.probes = append(o.probes, append(slices.Clone(o.taken), i))
				}
				o.queue = append(o.queue, append(slices.Clone(o.taken), i))
			}
		}
	}
	o.tried[key(pick)]++
	o.before[place] = pick
	o.taken = append(o.taken, pick)
	if text := label(pick); text != "" {
		o.labels = append(o.labels, text)
	}
	return pick
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
