package session

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"ringflow/endpoints"
)

// day is a day in a call centre: callers who hang up and agents who miss, answer
// and go for lunch, all by chance. After each step on the floor it is looked
// whether all is right.
type day struct {
	t     *testing.T
	seed  uint64
	f     *floor
	teams [][]string

	mu        sync.Mutex
	rand      *rand.Rand
	ends      map[string]int // of callers, by how
	talks     map[string]*waiter
	callbacks sync.WaitGroup
}

// step does something on the floor, and checks what came of it.
func (d *day) step(what string, do func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	before := map[string]*waiter{}
	for id, a := range d.f.agents {
		before[id] = a.with
	}
	do()
	d.f.mu.Lock()
	defer d.f.mu.Unlock()
	waits := func(w *waiter, id string) bool { return len(w.offered) == 0 && slices.Contains(w.rule.Members, id) }
	for id, a := range d.f.agents {
		switch w := a.with; {
		case w != nil && w.talks != id && !slices.Contains(w.offered, id):
			d.t.Errorf("seed %d: %s: %s is reserved for a caller who has it not", d.seed, what, id)
		case w != nil && before[id] != w && what != "pick up":
			if d.f.telephones(id) {
				d.t.Errorf("seed %d: %s: %s is offered a call, and telephones", d.seed, what, id)
			}
			if a.State != endpoints.Ready {
				d.t.Errorf("seed %d: %s: %s is offered a call, and is %s", d.seed, what, id, a.State)
			}
			for _, o := range d.f.waiting {
				if waits(o, id) && endpoints.Before(o.rule, w.rule) < 0 {
					d.t.Errorf("seed %d: %s: caller %d was passed over by %d at %s", d.seed, what, o.rule.Arrived, w.rule.Arrived, id)
				}
			}
		case w == nil && a.State == endpoints.Ready && !d.f.telephones(id):
			if slices.ContainsFunc(d.f.waiting, func(o *waiter) bool { return waits(o, id) }) {
				d.t.Errorf("seed %d: %s: %s is free, and somebody waits for it", d.seed, what, id)
			}
		}
	}
	holder := map[string]*waiter{}
	for _, w := range d.f.waiting {
		for _, id := range w.offered {
			if holder[id] != nil || d.f.agents[id].with != w {
				d.t.Errorf("seed %d: %s: %s is offered to two", d.seed, what, id)
			}
			holder[id] = w
		}
	}
}

func (d *day) chance(n int) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.rand.IntN(n)
}

func (d *day) seconds(n int) time.Duration {
	return time.Duration(d.chance(n*1000)+1) * time.Millisecond
}

// after lets an agent do something later.
func (d *day) after(wait time.Duration, id string, state endpoints.AgentState) {
	d.callbacks.Add(1)
	time.AfterFunc(wait, func() {
		defer d.callbacks.Done()
		d.step(string(state), func() { d.f.state(id, state, endpoints.SetByUser, time.Now()) })
	})
}

// telephones lets an agent have a call that is no queue's, later and for a while.
func (d *day) telephones(wait, long time.Duration, id string) {
	d.callbacks.Add(1)
	time.AfterFunc(wait, func() {
		d.step("telephone", func() { d.f.phoned(id, 1, true, false, time.Now()) })
		time.AfterFunc(long, func() {
			defer d.callbacks.Done()
			d.step("telephone no more", func() { d.f.phoned(id, -1, true, true, time.Now()) })
		})
	})
}

// pickUp lets a colleague who talks to nobody take an offer; false: he hangs up
// before he is connected, or there is none.
func (d *day) pickUp(w *waiter) bool {
	by, hangsUp := fmt.Sprint("agent ", d.chance(20)), d.chance(4) == 0
	d.mu.Lock()
	busy := d.talks[by] != nil
	d.mu.Unlock()
	if busy {
		return false
	}
	d.step("telephone", func() { d.f.phoned(by, 1, true, false, time.Now()) })
	defer d.step("telephone no more", func() { d.f.phoned(by, -1, true, true, time.Now()) })
	time.Sleep(d.seconds(2)) // the whisper
	if hangsUp {
		d.step("release", func() { d.f.released(w) })
		return false
	}
	d.step("pick up", func() { d.f.took(w, by) })
	time.Sleep(d.seconds(60))
	return true
}

// caller comes, waits, and is gone: how tells in which way.
func (d *day) caller(strategy endpoints.Strategy) (how string) {
	team := d.chance(len(d.teams))
	w := newWaiter(endpoints.Waiting{Queue: fmt.Sprint(team), Members: d.teams[team], Priority: d.chance(3), Strategy: strategy})
	patience := time.NewTimer(d.seconds(300))
	defer patience.Stop()
	in := isIn
	d.step("join", func() { in, _ = d.f.join(w, 150) })
	if in != isIn {
		return []string{"", "full", "nobody"}[in]
	}
	wrapUp := d.seconds(5)
	defer func() { d.step("leave", func() { d.f.leave(w, wrapUp, time.Now()) }) }()
	for {
		st := d.f.look(w)
		if len(st.offered) == 0 {
			if st.nobody {
				return "nobody"
			}
			select {
			case <-w.changed:
				continue
			case <-patience.C:
				return "gave up"
			}
		}
		// Of those who are rung the first to answer has the call.
		ring, by := 15*time.Second, ""
		for _, id := range st.offered {
			if d.chance(3) > 0 {
				if at := d.seconds(20); at < ring {
					ring, by = at, id
				}
			}
		}
		if d.chance(10) == 0 {
			if d.pickUp(w) {
				return "picked up"
			}
			continue
		}
		select {
		case <-time.After(ring):
		case <-patience.C:
			return "gave up while it rang"
		}
		if by == "" {
			missed := st.offered
			d.step("miss", func() { d.f.missed(w, time.Now()) })
			for _, id := range missed {
				d.after(d.seconds(60), id, endpoints.Ready)
			}
			continue
		}
		d.step("answer", func() { d.f.only(w, by) })
		d.step("talk", func() {
			d.f.took(w, by)
			if d.talks[by] != nil {
				d.t.Errorf("seed %d: %s talks to two", d.seed, by)
			}
			d.talks[by] = w
		})
		time.Sleep(d.seconds(60))
		d.step("hang up", func() { delete(d.talks, by) })
		return "talked"
	}
}

// Whatever callers and agents do: no caller is lost, none is offered to an agent
// that another one has, none is passed over; in the end nobody is reserved.
func TestFloor(t *testing.T) {
	seeds, callers, agents := uint64(1000), 200, 20
	if testing.Short() || raceDetector { // which is ten times slower
		seeds = 50
	}
	all := map[string]int{}
	for seed := range seeds {
		synctest.Test(t, func(t *testing.T) {
			d := &day{t: t, seed: seed, rand: rand.New(rand.NewPCG(seed, 4)), ends: map[string]int{}, talks: map[string]*waiter{},
				f: &floor{agents: map[string]*agent{}, last: map[string]string{}}}
			var ids []string
			for i := range agents {
				ids = append(ids, fmt.Sprint("agent ", i))
			}
			d.teams = [][]string{ids[:8], ids[6:14], ids[10:]} // some are in two
			for _, id := range ids {
				d.f.state(id, endpoints.Ready, endpoints.SetByUser, time.Now())
			}
			for range agents { // lunch, and back
				id := ids[d.chance(agents)]
				away := d.seconds(400)
				d.after(away, id, []endpoints.AgentState{endpoints.NotReady, endpoints.LoggedOut}[d.chance(2)])
				d.after(away+d.seconds(100), id, endpoints.Ready)
			}
			for range agents {
				d.telephones(d.seconds(400), d.seconds(60), ids[d.chance(agents)])
			}
			done := make(chan struct{})
			var clock sync.WaitGroup
			clock.Go(func() {
				tick := time.NewTicker(time.Second)
				defer tick.Stop()
				for {
					select {
					case <-done:
						return
					case <-tick.C:
						d.step("tick", func() { d.f.tick(time.Now(), 0) })
					}
				}
			})
			var wg sync.WaitGroup
			for range callers {
				comes := d.seconds(300)
				strategy := []endpoints.Strategy{endpoints.RingAll, endpoints.LongestIdle, endpoints.RoundRobin, endpoints.FewestCalls}[d.chance(4)]
				wg.Go(func() {
					time.Sleep(comes)
					how := d.caller(strategy)
					d.mu.Lock()
					defer d.mu.Unlock()
					d.ends[how]++
				})
			}
			wg.Wait()
			close(done)
			clock.Wait()
			d.callbacks.Wait()
			n := 0
			for how, k := range d.ends {
				n += k
				all[how] += k
			}
			if n != callers || len(d.f.waiting) != 0 {
				t.Errorf("seed %d: %v: %d of %d callers, %d still wait", seed, d.ends, n, callers, len(d.f.waiting))
			}
			for id, a := range d.f.agents {
				if a.with != nil || d.f.telephones(id) {
					t.Errorf("seed %d: %s is reserved in the end, or telephones", seed, id)
				}
			}
		})
		if t.Failed() {
			return
		}
	}
	t.Log(all)
	for _, how := range []string{"talked", "gave up", "gave up while it rang", "picked up"} {
		if all[how] < int(seeds) {
			t.Errorf("only %d %s", all[how], how)
		}
	}
}

// Places are by priority, then by arrival; a full queue takes nobody, nor does
// one without agents; who leaves lets the others move up.
func TestFloorPlaces(t *testing.T) {
	f := &floor{agents: map[string]*agent{}, last: map[string]string{}}
	rule := func(queue string, priority int) endpoints.Waiting {
		return endpoints.Waiting{Queue: queue, Members: []string{"a"}, Priority: priority}
	}
	if how, _ := f.join(newWaiter(rule("q", 0)), 10); how != hasNobody {
		t.Errorf("nobody is logged in: %v", how)
	}
	f.state("a", endpoints.NotReady, endpoints.SetByUser, time.Now())
	first, second, vip, other := newWaiter(rule("q", 0)), newWaiter(rule("q", 0)), newWaiter(rule("q", 5)), newWaiter(rule("r", 9))
	for i, w := range []*waiter{first, second, vip, other} {
		if how, place := f.join(w, 3); how != isIn || place != []int{1, 2, 1, 1}[i] {
			t.Errorf("caller %d: %v, number %d", i, how, place)
		}
	}
	if how, place := f.join(newWaiter(rule("q", 1)), 3); how != isFull || place != 2 {
		t.Errorf("the fourth: %v, number %d", how, place)
	}
	places := func() string {
		return fmt.Sprint(f.look(first).place, f.look(second).place, f.look(vip).place, f.look(other).place)
	}
	if got := places(); got != "2 3 1 1" {
		t.Errorf("places %s", got)
	}
	if ready, waiting := f.count("q", []string{"a"}); ready != 0 || waiting != 3 {
		t.Errorf("%d ready, %d waiting", ready, waiting)
	}
	f.leave(first, 0, time.Now())
	if got := f.look(second).place; got != 2 {
		t.Errorf("the second is number %d", got)
	}
	f.state("a", endpoints.LoggedOut, endpoints.SetByUser, time.Now())
	if !f.look(second).nobody {
		t.Error("the last agent logged out, and the caller does not know")
	}
}
