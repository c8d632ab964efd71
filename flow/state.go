package flow

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// State is all that a run keeps between two nodes: one plain value with a JSON
// form, so that a waiting execution or an asynchronous branch can be stored
// and go on after a restart.
type State struct {
	// Frames are the running flows; the last is the one at work, the others
	// wait for it in their Flow nodes.
	Frames []Frame `json:"frames"`
	// Versions are those of the flows that the session can come to, by id: it
	// keeps the ones that it began with.
	Versions    map[string]int   `json:"versions,omitempty"`
	Variables   map[string]Value `json:"variables,omitempty"`
	Steps       int              `json:"steps"`
	StepsNoWait int              `json:"stepsNoWait,omitempty"`
	LastDial    string           `json:"lastDial,omitempty"` // DialStatus of the last Dial
	Bytes       int              `json:"bytes,omitempty"`    // of variables and outputs, for the limit
	// Waiting is what a suspended run of a chat waits for; nil: it runs, or is over.
	Waiting *Waiting `json:"waiting,omitempty"`
	// Begun is the step of which an effect outside may have begun: see Execution.Outside.
	Begun int `json:"begun,omitempty"`
	// Branch tells an asynchronous branch from others of its session.
	Branch string `json:"branch,omitempty"`
}

// Frame is one running flow.
type Frame struct {
	FlowID  string                 `json:"flowId,omitempty"`
	Version int                    `json:"version,omitempty"`
	Node    string                 `json:"node,omitempty"`   // to run next; empty: the start node. Of one that waits: its Flow node
	Step    int                    `json:"step,omitempty"`   // number of the Flow node's step, of one that waits
	Params  map[string]Value       `json:"params,omitempty"` // as given by whoever started the flow
	Outputs map[string]Value       `json:"outputs,omitempty"`
	Nodes   map[string]NodeOutputs `json:"nodes,omitempty"` // by node id
}

// NodeOutputs are what a node gave when it ran last.
type NodeOutputs struct {
	Step   int              `json:"step"` // when that was: of two nodes of one name the later counts
	Values map[string]Value `json:"values"`
}

func (s *State) top() *Frame { return &s.Frames[len(s.Frames)-1] }

// clone copies s so that neither can change the other; Values are shared, as
// they never change.
func (s *State) clone() State {
	c := *s
	c.Variables, c.Versions = maps.Clone(s.Variables), maps.Clone(s.Versions)
	c.Frames = slices.Clone(s.Frames)
	for i := range c.Frames {
		f := &c.Frames[i]
		f.Params, f.Outputs, f.Nodes = maps.Clone(f.Params), maps.Clone(f.Outputs), maps.Clone(f.Nodes)
	}
	return c
}

// bytes is what f counts for in State.Bytes; the parameters of the first frame
// were given from outside and don't count.
func (f *Frame) bytes(params bool) int {
	size := func(m map[string]Value) (n int) {
		for k, v := range m {
			n += len(k) + v.Size()
		}
		return n
	}
	n := size(f.Outputs)
	for _, o := range f.Nodes {
		n += size(o.Values)
	}
	if params {
		n += size(f.Params)
	}
	return n
}

// only drops all frames but i.
func (s *State) only(i int) {
	for k := range s.Frames {
		if k != i {
			s.Bytes -= s.Frames[k].bytes(k > 0)
		}
	}
	s.Frames = s.Frames[i : i+1 : i+1]
}

func sortedNames(m map[string]Value) []string { return slices.Sorted(maps.Keys(m)) }

// stateJSON adds the names of what is secret: plain JSON has no mark for it.
type stateJSON struct {
	plainState
	Secret []string `json:"secret,omitempty"`
}

type plainState State

// MarshalJSON writes the state and the paths of the secret values in it.
func (s State) MarshalJSON() ([]byte, error) {
	out := stateJSON{plainState: plainState(s)}
	s.eachMap(func(path string, m map[string]Value) {
		for k, v := range m {
			if v.IsSecret() {
				out.Secret = append(out.Secret, path+k)
			}
		}
	})
	slices.Sort(out.Secret)
	return json.Marshal(out)
}

// UnmarshalJSON reads what MarshalJSON writes.
func (s *State) UnmarshalJSON(b []byte) error {
	var in stateJSON
	if err := json.Unmarshal(b, &in); err != nil {
		return err
	}
	*s = State(in.plainState)
	s.eachMap(func(path string, m map[string]Value) {
		for _, name := range in.Secret {
			k, ok := strings.CutPrefix(name, path)
			if v, there := m[k]; ok && there {
				m[k] = v.Secret()
			}
		}
	})
	return nil
}

// eachMap calls f for each map of values with a path that tells it from the others.
func (s *State) eachMap(f func(path string, m map[string]Value)) {
	f("v\x00", s.Variables)
	for i, fr := range s.Frames {
		depth := Thousands(i) + "\x00"
		f("p\x00"+depth, fr.Params)
		f("o\x00"+depth, fr.Outputs)
		for id, n := range fr.Nodes {
			f("n\x00"+depth+id+"\x00", n.Values)
		}
	}
}
