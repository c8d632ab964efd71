package flowtest

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// pastAgent is an agent as the log tells of it.
type pastAgent struct {
	State   string `yaml:"state,omitempty"`
	Becomes string `yaml:"becomes,omitempty"`
	After   string `yaml:"after,omitempty"`
}

// pastQueue is who waited before the caller.
type pastQueue struct {
	Ahead  int      `yaml:"ahead,omitempty"`
	Served []string `yaml:"served,omitempty,flow"`
}

var (
	placeLine   = regexp.MustCompile(`^waits in the queue, number ([0-9,]+)$`)
	offeredLine = regexp.MustCompile(`^offered to (.+), for [0-9.,]+ s$`)
	missedLine  = regexp.MustCompile(`^not taken by (.+): not ready for calls any more$`)
	fullQueue   = regexp.MustCompile(`^the queue is full: ([0-9,]+) wait$`)
	goneLine    = regexp.MustCompile(`^(?:left the queue with (.)|gone) after [0-9.,]+ s, as number ([0-9,]+)$`)
	readyLine   = regexp.MustCompile(`^([0-9,]+) ready, ([0-9,]+) waiting$`)
	agentLine   = regexp.MustCompile(`^(.+) is (Ready|NotReady|LoggedOut)$`)
)

// queued reads what happened in a queue. Agents are known by their names alone,
// and are ready from when they are offered the call.
func (r *reader) queued(text string) bool {
	node := r.nodes[r.cur]
	if node == nil {
		return false
	}
	team := r.params["Team"]
	w := &r.out.World
	if w.Agents == nil {
		w.Agents, w.Queues = map[string]pastAgent{}, map[string]pastQueue{}
	}
	match := func(e *regexp.Regexp) []string { return e.FindStringSubmatch(text) }
	switch node.Spec.TypeName {
	case "SetAgentStateNode":
		if m := match(agentLine); m != nil {
			w.Agents[m[1]] = pastAgent{State: "LoggedOut"}
			if r.params["User"] == "" {
				r.out.User["Id"] = m[1]
			}
			return true
		}
		return false
	case "AgentsAvailableNode":
		if m := match(readyLine); m != nil {
			for i := range count(m[1]) {
				r.agent(team, "agent "+strconv.Itoa(i+1), pastAgent{State: "Ready"})
			}
			if w.Teams[team] == nil {
				w.Teams[team] = []string{}
			}
			w.Queues[team] = pastQueue{Ahead: count(m[2])}
			return true
		}
		return false
	case "QueueNode":
	default:
		return false
	}
	if m := match(placeLine); m != nil {
		r.entered, r.offered = r.now, nil
		w.Queues[team] = pastQueue{Ahead: count(m[1]) - 1}
		r.agent(team, "an agent", pastAgent{State: "NotReady"}) // else nobody would wait
	} else if m := match(offeredLine); m != nil {
		r.offered, r.dialed = strings.Split(m[1], ", "), r.now
		r.served(team, 1)
		for _, name := range r.offered {
			a := pastAgent{State: "NotReady", Becomes: "Ready", After: seconds(r.now.Sub(r.begin))}
			if a.After == "" {
				a = pastAgent{State: "Ready"}
			}
			r.agent(team, name, a)
		}
	} else if m := match(missedLine); m != nil {
		r.missed(m[1])
	} else if name, ok := strings.CutSuffix(text, " answered"); ok && slices.Contains(r.offered, name) {
		w.Parties[name] = pastParty{Name: name, Answers: seconds(max(r.now.Sub(r.dialed)-r.whisper(), 100*time.Millisecond))}
		r.offered = []string{name}
	} else if m := match(talkedLine); m != nil && len(r.offered) == 1 && m[2] == "the far end hung up" {
		p := w.Parties[r.offered[0]]
		p.Talks = seconds(max(span(m[1]), 100*time.Millisecond))
		w.Parties[r.offered[0]] = p
	} else if m := match(fullQueue); m != nil {
		w.Queues[team] = pastQueue{Ahead: count(m[1])}
		r.agent(team, "an agent", pastAgent{State: "NotReady"})
	} else if m := match(goneLine); m != nil {
		r.served(team, count(m[2]))
		if m[1] != "" {
			r.act(0, "press "+m[1])
		}
	} else if text == "no agent is logged in" {
		if w.Teams[team] == nil {
			w.Teams[team] = []string{"an agent"}
		} else {
			for _, name := range w.Teams[team] {
				w.Agents[name] = pastAgent{State: "NotReady", Becomes: "LoggedOut", After: seconds(r.now.Sub(r.begin))}
			}
		}
	} else {
		return false
	}
	return true
}

func count(s string) int {
	n, _ := strconv.Atoi(strings.ReplaceAll(s, ",", ""))
	return n
}

// agent puts somebody into a team, once.
func (r *reader) agent(team, name string, a pastAgent) {
	w := &r.out.World
	if slices.Contains(w.Teams[team], name) {
		return
	}
	w.Teams[team], w.Agents[name] = append(w.Teams[team], name), a
}

// served has those before the caller go until it has a place.
func (r *reader) served(team string, place int) {
	q := r.out.World.Queues[team]
	for len(q.Served) < q.Ahead+1-place {
		q.Served = append(q.Served, seconds(max(r.now.Sub(r.entered)-time.Second, 100*time.Millisecond)))
	}
	r.out.World.Queues[team] = q
}

// missed makes agents miss a call as they did: by not answering, by saying no, or
// by hanging up too early.
func (r *reader) missed(who string) {
	names, why, _ := strings.Cut(who, " (")
	after := r.now.Sub(r.dialed)
	for _, name := range strings.Split(names, ", ") {
		p := pastParty{Name: name, Busy: seconds(max(after, 100*time.Millisecond))}
		if strings.Contains(why, "hung up before") {
			leaves := min(after, r.whisper()) / 2
			p = pastParty{Name: name, Answers: seconds(max(after-leaves, 100*time.Millisecond)), Leaves: seconds(leaves)}
		}
		r.out.World.Parties[name] = p
	}
	r.offered = nil
}
