// Package explore walks a flow before anybody calls it. It runs the real nodes
// on a line of its own, and at each point at which something can happen (a
// key, no key, a hang-up, busy, an answer or none, a failure) it tries each
// thing that can, up to a bound. What would hurt a caller comes out as a list
// of findings, each with what led to it.
package explore

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"ringflow/flow"
)

// Kind tells what is wrong.
type Kind string

const (
	Problem     Kind = "problem"     // the flow can't run as it is stored
	Unreachable Kind = "unreachable" // nothing that can happen leads to the node
	Unconnected Kind = "unconnected" // a transition that can be followed leads nowhere, though others of the node do lead somewhere
	Dead        Kind = "dead"        // a choice or transition that can never be taken
	Silence     Kind = "silence"     // the caller hears nothing for long
	Mute        Kind = "mute"        // the call is answered and ends without a sound
	Loop        Kind = "loop"        // goes round for ever without waiting
	Endless     Kind = "endless"     // a caller who does nothing is never let go
	Limit       Kind = "limit"       // passes another limit
	Prompt      Kind = "prompt"      // something to be heard can't be played
	Value       Kind = "value"       // a value can't be what is asked for
	Lost        Kind = "lost"        // a node needs the caller where there is none
	Fault       Kind = "fault"       // a fault of ours
)

// Finding is one thing that is wrong.
type Finding struct {
	Kind     Kind     `json:"kind"`
	FlowID   string   `json:"flowId,omitempty"`
	NodeID   string   `json:"nodeId,omitempty"`
	NodeName string   `json:"nodeName,omitempty"`
	What     string   `json:"what,omitempty"` // a transition or a parameter of the node
	Text     string   `json:"text"`
	Path     []string `json:"path,omitempty"` // what had to happen
}

func (f Finding) String() string {
	where := f.NodeName
	if f.What != "" {
		where += ": " + f.What
	}
	if where != "" {
		where += ": "
	}
	return string(f.Kind) + "  " + where + f.Text
}

// Options say what is known besides the flow.
type Options struct {
	// Flow gives the JSON of another flow; nil, or an error: it is not known.
	Flow func(ctx context.Context, id string) ([]byte, error)
	// Whole: all flows are known, so one that is not is a finding; otherwise
	// it is taken to end by each of the exits that are connected.
	Whole bool
	// HasFile tells whether there is an audio file; nil: all are taken to be there.
	HasFile func(id string) bool
	Runs    int // most calls that are tried; 0: 4,000
}

// Report is what came of it.
type Report struct {
	Findings []Finding `json:"findings"`
	Calls    int       `json:"calls"`             // that were tried
	Nodes    int       `json:"nodes"`             // of the flow
	Walked   int       `json:"walked"`            // of them
	Bounded  bool      `json:"bounded,omitempty"` // not all was tried
}

// explorer is one exploration.
type explorer struct {
	options  Options
	graph    *flow.Graph
	program  *flow.Program
	outline  flow.Outline
	others   map[string]*flow.Program
	standIns map[string]bool // of the others, those that are made up
	hints    hints
	oracle   *oracle
	findings map[string]Finding
	walked   map[string][]int // nodes of the flow, with what led there first
	calls    int
}

// Explore explores the flow in raw. The error is for what is no flow at all, or
// the end of ctx; then the report holds what was found until then.
func Explore(ctx context.Context, raw []byte, o Options) (*Report, error) {
	g, err := flow.Parse(raw)
	if err != nil {
		return nil, err
	}
	if g.ID == "" {
		g.ID = "explored"
	}
	if g.Version == 0 {
		g.Version = 1
	}
	if o.Runs <= 0 {
		o.Runs = 4000
	}
	e := &explorer{options: o, graph: g, others: map[string]*flow.Program{}, standIns: map[string]bool{}, findings: map[string]Finding{}, walked: map[string][]int{}}
	if !e.compile(ctx) {
		return e.report(), nil
	}
	e.hints = e.gather(ctx)
	e.oracle = newOracle()
	e.static()
	e.callers(ctx)
	e.quiet(ctx)
	e.elsewhere(ctx)
	e.conditions()
	r := e.report()
	r.Bounded = r.Bounded || ctx.Err() != nil
	return r, context.Cause(ctx)
}

// compile makes the program; the errors of the flow are findings.
func (e *explorer) compile(ctx context.Context) bool {
	var lib flow.Library
	if e.options.Whole {
		lib = library{ctx, e}
	}
	p, problems := flow.CompileWith(e.graph, lib)
	errs := flow.Errors(problems)
	for _, p := range errs {
		f := Finding{Kind: Problem, FlowID: e.graph.ID, NodeID: p.NodeID, What: p.Parameter, Text: p.Text}
		for _, n := range e.graph.Nodes {
			if n.ID == p.NodeID {
				f.NodeName = cmp.Or(n.Name, n.Spec.Name, n.Spec.TypeName)
			}
		}
		e.find(f)
	}
	e.program, e.outline = p, p.Outline()
	return len(errs) == 0
}

// callers tries what can happen, the short ways first, then at random.
func (e *explorer) callers(ctx context.Context) {
	e.oracle.mode = fewest
	e.call(ctx, nil, "")
	for len(e.oracle.queue) > 0 && e.more(ctx) {
		prefix := e.oracle.queue[0]
		e.oracle.queue = e.oracle.queue[1:]
		e.call(ctx, prefix, "")
	}
	// One who does the same each time comes to where tries are counted.
	e.oracle.mode = again
	for _, prefix := range e.oracle.probes {
		if e.more(ctx) {
			e.call(ctx, prefix, "")
		}
	}
	e.oracle.mode = chance
	for range min(200, e.calls) {
		if e.more(ctx) {
			e.call(ctx, nil, "")
		}
	}
}

func (e *explorer) more(ctx context.Context) bool {
	return e.calls < e.options.Runs && ctx.Err() == nil
}

// quiet lets a caller do nothing any more, from each node on.
func (e *explorer) quiet(ctx context.Context) {
	e.oracle.mode = first
	for _, id := range sortedKeys(e.walked) {
		if ctx.Err() == nil {
			e.call(ctx, e.walked[id], "")
		}
	}
}

// elsewhere starts at the nodes to which no call came, as what they depend on
// (a condition over data, say) could not be guessed.
func (e *explorer) elsewhere(ctx context.Context) {
	reachable := reach(e.outline)
	for _, n := range e.outline.Nodes {
		if _, walked := e.walked[n.ID]; walked || !reachable[n.ID] || n.ID == e.outline.OnHangup || slices.Contains(e.outline.OnMessages, n.ID) {
			continue
		}
		e.oracle.mode, e.oracle.queue = fewest, nil
		e.call(ctx, nil, n.ID)
		for len(e.oracle.queue) > 0 && e.more(ctx) {
			prefix := e.oracle.queue[0]
			e.oracle.queue = e.oracle.queue[1:]
			e.call(ctx, prefix, n.ID)
		}
		e.oracle.mode = first
		e.call(ctx, nil, n.ID)
	}
}

// key is what two findings of one thing have in common.
func (f Finding) key() string {
	key := strings.Join([]string{string(f.Kind), f.FlowID, f.NodeID, f.What}, "\x00")
	if f.Kind == Limit || f.Kind == Problem {
		key += f.Text
	}
	return key
}

// of is the same place, with another thing wrong.
func (f Finding) of(kind Kind) Finding {
	f.Kind = kind
	return f
}

// find keeps a finding, the first of each sort at each place.
func (e *explorer) find(f Finding) {
	key := f.key()
	if was, ok := e.findings[key]; !ok || len(f.Path) < len(was.Path) {
		e.findings[key] = f
	}
}

func (e *explorer) report() *Report {
	r := &Report{Findings: []Finding{}, Calls: e.calls, Nodes: len(e.graph.Nodes), Walked: len(e.walked), Bounded: e.calls >= e.options.Runs}
	place := func(f Finding) int {
		return slices.IndexFunc(e.graph.Nodes, func(n flow.GraphNode) bool { return n.ID == f.NodeID })
	}
	for _, key := range sortedKeys(e.findings) {
		r.Findings = append(r.Findings, e.findings[key])
	}
	slices.SortStableFunc(r.Findings, func(a, b Finding) int { return cmp.Compare(place(a), place(b)) })
	return r
}

// other finds another flow.
func (e *explorer) other(ctx context.Context, id string) (*flow.Program, error) {
	if p := e.others[id]; p != nil {
		return p, nil
	}
	if id == e.graph.ID {
		return e.program, nil
	}
	g, err := e.otherGraph(ctx, id)
	if err != nil {
		return nil, err
	}
	p, problems := flow.Compile(g)
	if errs := flow.Errors(problems); len(errs) > 0 {
		return nil, &flow.FlowError{Name: g.Name, Problems: errs}
	}
	e.others[id] = p
	return p, nil
}

func (e *explorer) otherGraph(ctx context.Context, id string) (*flow.Graph, error) {
	var raw []byte
	err := flow.ErrNoFlow
	if e.options.Flow != nil {
		raw, err = e.options.Flow(ctx, id)
	}
	if err != nil && !e.options.Whole {
		raw, err = e.standIn(id), nil
		e.standIns[id] = true
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %s", flow.ErrNoFlow, id)
	}
	g, err := flow.Parse(raw)
	if err != nil {
		return nil, err
	}
	if g.ID = id; g.Version == 0 {
		g.Version = 1
	}
	return g, nil
}

// known tells whether the flow is one that somebody made.
func (e *explorer) known(id string) bool { return !e.standIns[id] }

// library knows the other flows when all are known.
type library struct {
	ctx context.Context
	e   *explorer
}

func (l library) Signature(id string) (flow.Signature, bool) {
	g, err := l.e.otherGraph(l.ctx, id)
	if err != nil {
		return flow.Signature{}, false
	}
	return g.Signature(), true
}
