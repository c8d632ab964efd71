package flowtest

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"ringflow/flow"
	"ringflow/flow/virtual"
)

// Outside is what the flow finds beside the line.
type Outside struct {
	Flows     map[string]string `yaml:"flows"`     // other flows: files beside the story's, by id
	Schedules map[string]States `yaml:"schedules"` // of Endpoint and Customer
	HTTP      []Answer          `yaml:"http"`
	Cookies   map[string]any    `yaml:"cookies"`   // kept of the other party before
	Customers []map[string]any  `yaml:"customers"` // Id, Name and fields, for Find Customer
	Endpoints []map[string]any  `yaml:"endpoints"`
	Away      []string          `yaml:"away"` // what is out of order: flows, schedules, http, cookies, customers, endpoints, messages, rooms
}

// States of a schedule, the first from the beginning: a state alone, or a list
// of states with the moments from which they count.
type States []State

// State is a state from a moment on.
type State struct {
	State string    `yaml:"state"`
	From  time.Time `yaml:"from"`
}

// UnmarshalYAML implements yaml.Unmarshaler.
func (s *States) UnmarshalYAML(unmarshal func(any) error) error {
	var alone string
	if unmarshal(&alone) == nil {
		*s = States{{State: alone}}
		return nil
	}
	return unmarshal((*[]State)(s))
}

var errAway = errors.New("the world says that it is away")

// outside plays the world of a story.
type outside struct {
	world    *World
	dir      string // of the story's file
	clock    *virtual.Clock
	programs map[string]*flow.Program
	asked    map[int]int    // how often each HTTP answer was given
	customer map[string]any // found; nil: the story's
	cookies  map[string]cookie
	requests []Request
	messages []Message
	mails    []Mail
	rooms    []OpenedRoom
	others   func(ctx context.Context, id string) ([]byte, error) // see Story.Others
	found    map[string][]byte                                    // by it
	leave    func(bytes int)
}

type cookie struct {
	value   flow.Value
	expires time.Time
}

func newOutside(s *Story, c *virtual.Clock, leave func(bytes int)) *outside {
	o := &outside{others: s.Others, found: map[string][]byte{}, leave: leave,
		world: &s.World, dir: filepath.Dir(s.file), clock: c, programs: map[string]*flow.Program{}, asked: map[int]int{}, cookies: map[string]cookie{}}
	for name, v := range s.World.Cookies {
		o.cookies[name] = cookie{flow.ValueOf(v), s.At.AddDate(1, 0, 0)}
	}
	return o
}

func (o *outside) away(what string) error {
	if slices.Contains(o.world.Away, what) {
		return errAway
	}
	return nil
}

// Program implements flow.Flows.
func (o *outside) Program(ctx context.Context, id string, _ int) (*flow.Program, error) {
	if p := o.programs[id]; p != nil {
		return p, nil
	}
	if err := o.away("flows"); err != nil {
		return nil, err
	}
	g, err := o.graph(ctx, id)
	if err != nil {
		return nil, err
	}
	p, problems := flow.CompileWith(g, signatures{ctx, o})
	if errs := flow.Errors(problems); len(errs) > 0 {
		return nil, &flow.FlowError{Name: g.Name, Problems: errs}
	}
	o.programs[id] = p
	return p, nil
}

func (o *outside) graph(ctx context.Context, id string) (*flow.Graph, error) {
	raw, err := o.other(ctx, id)
	if err != nil {
		return nil, err
	}
	g, err := flow.Parse(raw)
	if err != nil {
		name := o.world.Flows[id]
		if name == "" {
			name = "flow " + id
		}
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if g.ID = id; g.Version == 0 {
		g.Version = 1
	}
	return g, nil
}

// other reads another flow: a file of the world, else what Others finds.
func (o *outside) other(ctx context.Context, id string) ([]byte, error) {
	if file, ok := o.world.Flows[id]; ok {
		return os.ReadFile(filepath.Join(o.dir, file))
	}
	if o.others == nil {
		return nil, flow.ErrNoFlow
	}
	if raw, ok := o.found[id]; ok {
		return raw, nil
	}
	raw, err := o.others(ctx, id)
	if errors.Is(err, fs.ErrNotExist) {
		err = flow.ErrNoFlow
	}
	if err == nil {
		o.found[id] = raw
	}
	return raw, err
}

// signatures knows what other flows take and give.
type signatures struct {
	ctx context.Context
	o   *outside
}

// Signature implements flow.Library.
func (l signatures) Signature(id string) (flow.Signature, bool) {
	g, err := l.o.graph(l.ctx, id)
	if err != nil {
		return flow.Signature{}, false
	}
	return g.Signature(), true
}

// State implements flow.Schedules.
func (o *outside) State(_ context.Context, of string, at time.Time) (string, error) {
	state := ""
	for _, s := range o.world.Schedules[of] {
		if !s.From.After(at) {
			state = s.State
		}
	}
	return state, o.away("schedules")
}

// SetCookie implements flow.Cookies. A story has one other party.
func (o *outside) SetCookie(_ context.Context, _, name string, v flow.Value, expires time.Time) error {
	if err := o.away("cookies"); err != nil {
		return err
	}
	o.cookies[name] = cookie{v, expires}
	return nil
}

func (o *outside) Cookie(_ context.Context, _, name string, now time.Time) (flow.Value, bool, error) {
	c, ok := o.cookies[name]
	return c.value, ok && c.expires.After(now), o.away("cookies")
}

func (o *outside) ClearCookie(_ context.Context, _, name string) error {
	delete(o.cookies, name)
	return o.away("cookies")
}

// FindCustomer implements flow.Finder.
func (o *outside) FindCustomer(_ context.Context, field, value string) (flow.FoundCustomer, bool, error) {
	m := find(o.world.Customers, field, value)
	if m == nil {
		return flow.FoundCustomer{}, false, o.away("customers")
	}
	o.customer = m
	return flow.FoundCustomer{ID: flow.ValueOf(m["Id"]).Text(), Name: flow.ValueOf(m["Name"]).Text()}, true, o.away("customers")
}

func (o *outside) FindEndpoint(_ context.Context, field, value string) (string, bool, error) {
	m := find(o.world.Endpoints, field, value)
	return flow.ValueOf(m["Id"]).Text(), m != nil, o.away("endpoints")
}

func find(all []map[string]any, field, value string) map[string]any {
	for _, m := range all {
		if v, ok := m[field]; ok && strings.EqualFold(flow.ValueOf(v).Text(), value) {
			return m
		}
	}
	return nil
}

// kept are the cookies that are there in the end.
func (o *outside) kept() map[string]flow.Value {
	left := map[string]flow.Value{}
	for _, name := range slices.Sorted(maps.Keys(o.cookies)) {
		if c := o.cookies[name]; c.expires.After(o.clock.Time) {
			left[name] = c.value
		}
	}
	return left
}
