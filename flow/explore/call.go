package explore

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"ringflow/flow"
	"ringflow/flow/virtual"
)

// mostRecent is the longest way round of which the first node is looked for.
const mostRecent = 100

// mostBranches bounds the asynchronous branches of one call that are run.
const mostBranches = 20

// call is one call that is tried. It is also the world that the flow meets.
type call struct {
	e         *explorer
	clock     *clock
	line      *line
	cancel    context.CancelCauseFunc
	fields    map[string]flow.Value
	branches  []flow.Branch
	step      flow.Step   // entered last
	recent    []flow.Step // the last ones, for the way round of a loop
	points    int         // at which something was decided in it
	typed     bool        // keys were pressed in it
	guessed   bool        // it read data that is only guessed
	spoiled   bool        // a prompt could not be played: silence is no fault of the flow
	music     bool
	async     bool
	elsewhere bool   // it did not begin at the start node
	chat      bool   // no call, but a chat
	party     string // of a chat, whether it reads what is sent; empty: not decided yet
}

// call tries one call, from the node at, or from the start.
func (e *explorer) call(ctx context.Context, prefix []int, at string) {
	e.calls++
	e.oracle.begin(prefix)
	whole := ctx
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	c := &call{e: e, cancel: cancel, fields: map[string]flow.Value{}, elsewhere: at != "", clock: &clock{Clock: virtual.Clock{Time: monday}}}
	c.line = &line{c: c}
	c.clock.waits = func(d time.Duration) {
		if !c.async && !c.chat {
			c.line.quiet(d)
		}
	}
	if ms := e.hints.moments; len(ms) > 1 {
		i := e.oracle.choose("moment", len(ms), func(i int) string {
			if i == 0 {
				return ""
			}
			return "it is " + ms[i].Format("Monday, 2006-01-02 15:04")
		})
		c.clock.Time = ms[i]
	}
	x := c.execution()
	x.Line = c.line
	channel := c.channel()
	if c.chat = channel == flow.Chat; c.chat {
		x.Line, x.Send = nil, c.writes
	}
	x.Session, x.Params = c.session(channel), c.params()
	if at != "" {
		c.line.answered, c.line.heard = true, true
		x.State = &flow.State{Frames: []flow.Frame{{FlowID: e.program.ID(), Version: e.program.Version(), Node: at, Params: x.Params}}}
	}
	res, err := flow.Result{}, error(nil)
	if c.chat {
		res, err = c.chatter(ctx, x)
	} else {
		res, err = e.program.Run(ctx, x)
	}
	if whole.Err() != nil {
		return // how it would have gone on is not known
	}
	if err != nil {
		c.find(Fault, "", err.Error())
		return
	}
	c.line.StopTape()
	c.judge(res)
	c.async = true
	for i := 0; i < len(c.branches) && i < mostBranches && whole.Err() == nil; i++ {
		b := c.branches[i]
		p, err := e.other(whole, b.State.Frames[0].FlowID)
		if err != nil {
			continue
		}
		x := c.execution()
		if c.chat {
			x.Send = c.writes
		}
		if res, err := p.RunBranch(whole, x, b); err == nil && whole.Err() == nil {
			c.judge(res)
		}
	}
}

func (c *call) execution() *flow.Execution {
	return &flow.Execution{
		Clock: c.clock, Rand: rand.New(c), NewID: func() string { return "id" }, Fields: c,
		Flows: c, Schedules: c, HTTP: c, Cookies: c, Finder: c, CallCentre: c, Messages: c, Rooms: c, Trace: c.trace,
		Async: func(b flow.Branch) {
			c.branches = append(c.branches, b)
			if _, ok := c.e.walked[b.From]; !ok && (b.From == c.e.outline.OnHangup || slices.Contains(c.e.outline.OnMessages, b.From)) {
				c.e.walked[b.From] = slices.Clone(c.e.oracle.taken)
			}
		},
	}
}

// session holds the fields of an ordinary call; those that the flow compares
// with something may be that.
func (c *call) session(channel flow.Channel) *flow.Session {
	s := &flow.Session{ID: "session-1", Channel: string(channel), Direction: "Incoming", Started: c.clock.Time,
		FromAddress: "+14155550123", FromName: "Anna Miller", ToAddress: "+18005550100",
		EndpointID: "endpoint-1", EndpointName: "Front desk", FlowID: c.e.program.ID(), FlowName: c.e.program.Name()}
	type field struct {
		name string
		to   *string
	}
	fields := []field{{"FromAddress", &s.FromAddress}, {"FromName", &s.FromName}, {"ToAddress", &s.ToAddress}, {"Destination", &s.Destination}, {"Direction", &s.Direction}}
	if channel == flow.Chat {
		s.Body = "hello"
		fields = append(fields, field{"Body", &s.Body})
	}
	for _, f := range fields {
		values := append([]string{*f.to}, c.e.hints.literals["Session."+f.name]...)
		i := c.e.oracle.choose("Session."+f.name, len(values), func(i int) string {
			if i == 0 {
				return ""
			}
			return f.name + " is " + values[i]
		})
		*f.to = values[i]
	}
	return s
}

// params are the flow's own parameters that have no default, or are compared with something.
func (c *call) params() map[string]flow.Value {
	out := map[string]flow.Value{}
	for _, p := range c.e.graph.Parameters {
		field := "Flow." + p.Name
		if p.IsOutput || p.DefaultValue != nil && len(c.e.hints.literals[field]) == 0 {
			continue
		}
		if v := c.field(field); !v.IsNothing() {
			out[p.Name] = v
		}
	}
	c.guessed = false
	return out
}

// place names a point of the step at work at which something is decided.
func (c *call) place(what string) string {
	c.points++
	return strings.Join([]string{c.step.FlowID, c.step.NodeID, what, flow.Thousands(min(c.points, 4))}, "\x00")
}

func (c *call) choose(what string, options []string) int {
	return c.e.oracle.choose(c.place(what), len(options), func(i int) string {
		if options[i] == "" {
			return ""
		}
		return c.step.NodeName + ": " + options[i]
	})
}

// param is a parameter of the node at work, as evaluated.
func (c *call) param(name string) flow.Value {
	for _, r := range c.step.Params {
		if r.Name == name {
			return r.Value
		}
	}
	return flow.Value{}
}

// inputs are the keys that make a difference at the node at work.
func (c *call) inputs() []string {
	switch c.step.TypeName {
	case "MenuNode":
		var keys []string
		for _, row := range c.param("Choices").List() {
			if k := strings.ToUpper(strings.TrimSpace(row.Field("Key").Text())); k != "" && !slices.Contains(keys, k) {
				keys = append(keys, k)
			}
		}
		for _, k := range []string{"9", "0", "D", "99"} { // one that is no choice
			if !slices.ContainsFunc(keys, func(key string) bool { return strings.HasPrefix(key, k) }) {
				return append(keys, k)
			}
		}
		return keys
	case "VoicemailMenuNode":
		return []string{"4711#", "1", "3", "#"}
	case "ConferenceNode":
		if !c.param("Pin").Blank() {
			return []string{rightPin, "0#"}
		}
	case "CollectDigitsNode":
		least, _ := c.param("MinDigits").Number()
		most, _ := c.param("MaxDigits").Number()
		finish := c.param("FinishOnKey").Text()
		end := func(keys string) string {
			if len(keys) < int(most) && finish != "" {
				return keys + finish[:1]
			}
			return keys
		}
		all := []string{end(strings.Repeat("1", max(int(least), 1)))}
		for _, k := range c.e.hints.keys {
			if len(k) >= int(least) && len(k) <= int(most) && len(all) < 12 {
				all = append(all, end(k))
			}
		}
		if finish != "" {
			all = append(all, finish[:1])
		}
		return all
	}
	return nil
}

// find keeps a finding at the node at work.
func (c *call) find(kind Kind, what, text string) {
	path := slices.Clone(c.e.oracle.labels)
	if c.elsewhere {
		path = append([]string{"the call has come to this part of the flow"}, path...)
	}
	c.e.find(Finding{Kind: kind, FlowID: c.step.FlowID, NodeID: c.step.NodeID, NodeName: c.step.NodeName, What: what, Text: text, Path: path})
}

// around makes the node at work the first one, as the flow is stored, of those
// that a call went round: whichever it came to last says nothing.
func (c *call) around() {
	for _, n := range c.e.graph.Nodes {
		i := slices.IndexFunc(c.recent, func(s flow.Step) bool { return s.NodeID == n.ID && s.FlowID == c.e.program.ID() })
		if i >= 0 {
			c.step = c.recent[i]
			return
		}
	}
}

// judge looks at how a run ended.
func (c *call) judge(res flow.Result) {
	var limit *flow.LimitError
	var bad *flow.ParameterError
	switch {
	case res.End == flow.Limited && errors.As(res.Err, &limit):
		switch {
		case strings.HasSuffix(limit.What, "without waiting"):
			c.around()
			c.find(Loop, "", "the flow goes round for ever without waiting: "+limit.What)
		case strings.HasSuffix(limit.What, " a session"), strings.HasSuffix(limit.What, " a call"):
			c.around()
			c.find(Endless, "", "a caller who does nothing is never let go: "+limit.What)
		default:
			c.find(Limit, "", "passes a limit: "+limit.What)
		}
	case res.End == flow.Failed && !errors.As(res.Err, &bad):
		c.find(Fault, "", "the node fails: "+res.Err.Error())
	case res.End == flow.Ended && !c.async && c.line.answered && !c.line.heard && !c.spoiled:
		c.find(Mute, "", "the call is answered and ends here, and the caller has heard nothing")
	}
}
