package flowtest

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"time"

	"go.yaml.in/yaml/v3"

	"ringflow/flow"
)

// Agent is what a user does in the call centre: a state alone, or with what
// else there is to tell. Whether he takes a call that is offered to him, and
// how long he talks, is told by the parties.
type Agent struct {
	State   string        `yaml:"state"`
	Becomes string        `yaml:"becomes"` // another state, so long after the call has begun
	After   time.Duration `yaml:"after"`
	Idle    time.Duration `yaml:"idle"`  // has been free for so long then
	Calls   int           `yaml:"calls"` // that he has taken
}

// UnmarshalYAML implements yaml.Unmarshaler.
func (a *Agent) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		a.State = n.Value
		return nil
	}
	type plain Agent
	return n.Decode((*plain)(a))
}

// Queue is who waits for a team when the caller comes: so many are served before,
// each so long after the caller came, and leave.
type Queue struct {
	Ahead  int             `yaml:"ahead"`
	Served []time.Duration `yaml:"served"`
}

// centre is the call centre of a story. There is one caller to it, so its
// agents are free but when they talk to that one.
type centre struct {
	world *World
	from  time.Time // when the call began
	now   func() time.Time
	set   map[string]string // what was set, by user
	user  string            // who calls
}

func (c *centre) state(id string) string {
	if s, ok := c.set[id]; ok {
		return s
	}
	a := c.world.Agents[id]
	if a.Becomes != "" && c.now().Sub(c.from) >= a.After {
		return a.Becomes
	}
	if a.State == "" {
		return "LoggedOut"
	}
	return a.State
}

// turns are when agents change by themselves.
func (c *centre) turns() []time.Time {
	var all []time.Time
	for _, a := range c.world.Agents {
		if a.Becomes != "" {
			all = append(all, c.from.Add(a.After))
		}
	}
	return all
}

// SetAgent implements flow.CallCentre.
func (c *centre) SetAgent(_ context.Context, user, state string) (string, error) {
	if user == "" {
		user = c.user
	}
	_, agent := c.world.Agents[user]
	p, party := c.world.Parties[user]
	if user == "" || !agent && !party && user != c.user {
		return "", flow.ErrNoUser
	}
	c.set[user] = state
	if p.Name == "" {
		p.Name = user
	}
	return p.Name, nil
}

// Agents implements flow.CallCentre.
func (c *centre) Agents(_ context.Context, team string) (ready, waiting int, err error) {
	members, ok := c.world.Teams[team]
	if !ok {
		return 0, 0, flow.ErrNoTeam
	}
	for _, id := range members {
		if c.state(id) == "Ready" {
			ready++
		}
	}
	return ready, c.world.Queues[team].Ahead, nil
}

// waiting is the caller's time in a queue.
type waiting struct {
	*line
	q       flow.Queueing
	members []flow.Member
	from    time.Time
	ahead   int
	served  []time.Time
	rings   []*ringing // of an offer; nil: none
	told    time.Time  // when the place is told next
}

// Queue implements flow.Queuer.
func (l *line) Queue(ctx context.Context, q flow.Queueing) (flow.QueueResult, error) {
	l.up()
	members, ok, _ := l.Members(ctx, q.Team)
	if !ok {
		q.Log("there is no team %s", q.Team)
		return flow.QueueResult{End: flow.QueueNobody}, nil
	}
	there := l.world.Queues[q.Team]
	w := &waiting{line: l, q: q, members: members, from: l.clock.Now(), ahead: there.Ahead}
	for _, d := range there.Served {
		w.served = append(w.served, w.from.Add(d))
	}
	place := there.Ahead + 1
	switch {
	case w.nobody():
		return flow.QueueResult{End: flow.QueueNobody, Place: place}, nil
	case there.Ahead >= q.Most:
		return flow.QueueResult{End: flow.QueueFull, Place: place}, nil
	}
	q.Joins(place)
	res, err := w.run(ctx)
	if res.End != flow.QueueDone && res.By == (flow.Party{}) {
		res.Waited, res.Place = l.clock.Now().Sub(w.from), w.ahead+1
	}
	return res, err
}

func (w *waiting) nobody() bool {
	return !slices.ContainsFunc(w.members, func(m flow.Member) bool { return w.centre.state(m.ID) != "LoggedOut" })
}

// run lets time pass until the caller is out of the queue.
func (w *waiting) run(ctx context.Context) (flow.QueueResult, error) {
	now := w.clock.Now()
	w.plays(w.q.Welcome)
	if w.q.Announce > 0 {
		w.told = now.Add(w.length(w.q.Welcome))
	} else {
		w.music()
	}
	end := w.from.Add(w.q.MaxWait)
	for {
		now = w.clock.Now()
		for len(w.served) > 0 && !w.served[0].After(now) && w.ahead > 0 {
			w.served, w.ahead = w.served[1:], w.ahead-1
		}
		if !w.told.IsZero() && !w.told.After(now) {
			place := flow.Prompt{Text: flow.QueuePlace(w.ahead + 1)}
			w.plays(place)
			w.music()
			w.told = now.Add(w.length(place) + w.q.Announce)
		}
		if w.rings == nil && w.ahead == 0 {
			w.offer()
		}
		if w.rings == nil && w.nobody() {
			return flow.QueueResult{End: flow.QueueNobody}, nil
		}
		if !now.Before(end) {
			return flow.QueueResult{End: flow.QueueTimeout}, nil
		}
		var key rune
		woke, err := w.clock.Until(ctx, w.next(end), func() bool {
			if w.q.ExitKeys != "" {
				key = w.script.take(w.q.ExitKeys)
			}
			return key != 0
		})
		switch {
		case err != nil:
			return flow.QueueResult{}, err
		case woke:
			return flow.QueueResult{End: flow.QueueExit, Key: key}, nil
		}
		if res, over, err := w.hear(ctx); over || err != nil {
			return res, err
		}
	}
}

// next is when something happens.
func (w *waiting) next(end time.Time) time.Time {
	now := w.clock.Now()
	add := func(at time.Time) {
		if at.After(now) && at.Before(end) {
			end = at
		}
	}
	for _, at := range append(w.centre.turns(), w.told) {
		add(at)
	}
	if len(w.served) > 0 && w.ahead > 0 {
		add(w.served[0])
	}
	if r := earliest(w.rings); r != nil && r.ends.Before(end) {
		end = r.ends
	}
	return end
}

// offer rings those of the agents who are ready whom the strategy chooses.
func (w *waiting) offer() {
	var ready []flow.Member
	for _, m := range w.members {
		if w.centre.state(m.ID) == "Ready" {
			ready = append(ready, m)
		}
	}
	if len(ready) == 0 {
		return
	}
	agent := func(m flow.Member) Agent { return w.world.Agents[m.ID] }
	switch w.q.Strategy {
	case "LongestIdle":
		slices.SortStableFunc(ready, func(a, b flow.Member) int { return int(agent(b).Idle - agent(a).Idle) })
	case "FewestCalls":
		slices.SortStableFunc(ready, func(a, b flow.Member) int { return agent(a).Calls - agent(b).Calls })
	case "RoundRobin":
		ids := make([]string, len(ready))
		for i, m := range ready {
			ids[i] = m.ID
		}
		at := w.Turn(w.q.Team, ids)
		ready = append(slices.Clone(ready[at:]), ready[:at]...)
	}
	if w.q.Strategy != "RingAll" {
		ready = ready[:1]
	}
	var names []string
	for _, m := range ready {
		names = append(names, m.Name)
		r := &ringing{Attempt: flow.Attempt{Target: flow.Target{Type: string(flow.UserType), Value: m.ID}, Timeout: w.q.Ring}}
		w.ring(r)
		w.rings = append(w.rings, r)
	}
	w.q.Offers(names)
}

// hear looks what has become of an offer by now.
func (w *waiting) hear(ctx context.Context) (res flow.QueueResult, over bool, err error) {
	for {
		r := earliest(w.rings)
		if r == nil || r.ends.After(w.clock.Now()) {
			return res, false, nil
		}
		status := r.status
		r.status = ""
		if status == flow.DialAnswered {
			return w.answered(ctx, r)
		}
		if earliest(w.rings) == nil {
			w.missed(w.rings, r.why)
		}
	}
}

func (w *waiting) missed(rings []*ringing, why string) {
	var names []string
	for _, r := range rings {
		names = append(names, w.nameOf(r))
		w.centre.set[r.Target.Value] = "NotReady"
	}
	w.rings = nil
	w.q.Missed(names, why)
}

func (w *waiting) nameOf(r *ringing) string {
	for _, m := range w.members {
		if m.ID == r.Target.Value {
			return m.Name
		}
	}
	return r.Target.Value
}

// answered lets the agent hear the whisper, and the two talk.
func (w *waiting) answered(ctx context.Context, r *ringing) (flow.QueueResult, bool, error) {
	took, why := w.take(ctx, flow.Dialling{Whisper: w.q.Whisper}, r, nil)
	if err := context.Cause(ctx); err != nil {
		return flow.QueueResult{}, true, err
	}
	if !took {
		w.missed([]*ringing{r}, why)
		return flow.QueueResult{}, false, nil
	}
	res := flow.QueueResult{End: flow.QueueDone, Waited: w.clock.Now().Sub(w.from), Place: 1}
	d, err := w.talk(ctx, flow.Dialling{Record: w.q.Record, Answered: w.q.Answered}, r)
	if w.q.WrapUp > 0 && w.centre.state(r.Target.Value) == "Ready" {
		w.centre.set[r.Target.Value] = "WrapUp"
	}
	res.By, res.Talked, res.Ended, res.Recording = d.By, d.Duration, d.Ended, d.Recording
	return res, true, err
}

// plays notes what the caller hears while time passes elsewhere.
func (w *waiting) plays(p flow.Prompt) {
	what, _, err := w.prompt(p)
	switch {
	case p.Empty():
	case err != nil:
		w.tell("While waiting, %s can't be heard: %s", strconv.Quote(what), err)
	default:
		w.hears(what)
		w.script.hear(what, w.clock.Now())
	}
}

func (w *waiting) music() { w.plays(w.q.Music) }

// length is how long a prompt is; of one that can't be played, none.
func (w *waiting) length(p flow.Prompt) time.Duration {
	_, d, err := w.prompt(p)
	if err != nil {
		return 0
	}
	return d
}

// compareAgents notes which users do something else in the end.
func (r *Report) compareAgents(want map[string]string) {
	for _, id := range slices.Sorted(maps.Keys(want)) {
		if got := r.Agents[id]; got != want[id] {
			r.differ("agent "+id, want[id], got)
		}
	}
}

// states are what users do who are known.
func (c *centre) states() map[string]string {
	all := map[string]string{}
	for id := range c.world.Agents {
		all[id] = c.state(id)
	}
	maps.Copy(all, c.set)
	return all
}

var (
	_ flow.Queuer     = (*line)(nil)
	_ flow.CallCentre = (*centre)(nil)
)
