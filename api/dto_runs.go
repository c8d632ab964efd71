package api

import "encoding/json"

// TestFlow plays a story of a flow.
type TestFlow struct {
	_       struct{} `ns:"Voice.Api.Flows"`
	FlowId  string
	Version int             // 0: as it was saved last
	Story   json.RawMessage // the body: YAML, of which JSON is a part
}

func (q *TestFlow) flow() string { return q.FlowId }

// ExploreFlow tries all that can happen to a flow.
type ExploreFlow struct {
	_       struct{} `ns:"Voice.Api.Flows"`
	FlowId  string
	Version int // 0: as it was saved last
	Calls   int // most that are tried
}

func (q *ExploreFlow) flow() string { return q.FlowId }

// ExploreFlowResponse tells what would hurt a caller.
type ExploreFlowResponse struct {
	_        struct{} `ns:"Voice.Api.Flows"`
	Findings []FlowFinding
	Calls    int  // that were tried
	Nodes    int  // of the flow
	Walked   int  // of them
	Bounded  bool // not all was tried
}

// FlowFinding is one thing that is wrong.
type FlowFinding struct {
	_      struct{} `ns:"Voice.Api.Flows"`
	Kind   string   // problem, unreachable, unconnected, dead, silence, mute, loop, endless, limit, prompt, value, lost, fault
	FlowId string   // whose node it is
	NodeId string
	Node   string // its name
	What   string // a transition or a parameter of the node
	Text   string
	Path   []string // what had to happen
}
