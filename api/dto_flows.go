package api

import (
	"encoding/json"

	"ringflow/endpoints"
	"ringflow/flow"
)

// FlowInfo is a flow. Nodes, Parameters, Exits and UI are what the client gave.
type FlowInfo struct {
	_ struct{} `ns:"Voice.Api.Flows"`
	EntityInfo
	Name               string
	Roles              []FlowRoles
	Description        string
	Notes              string
	AccountId          string
	AccountName        string
	CustomerId         string
	CustomerName       string
	CustomerBreadcrumb []CustomerBreadcrumb
	Nodes              json.RawMessage
	Parameters         json.RawMessage
	Exits              json.RawMessage
	UI                 json.RawMessage
	Tags               []Tag
	NodeCount          int
	Version            int  // ours: counts the saves
	Draft              bool // ours: saves wait until they are published
	LiveVersion        int  // ours: the version that calls run
}

// FlowRoles say what a flow is for.
type FlowRoles string

func (FlowRoles) Members() []string {
	return []string{"UI", "Reference", "PhoneNumberRouting", "UserDialOut", "FaxNumberRouting"}
}

func (FlowRoles) Namespace() string { return "Voice.Api.Flows" }

// ListFlows lists flows.
type ListFlows struct {
	_ struct{} `ns:"Voice.Api.Flows"`
	ListRequest
	AccountIds     []string
	CustomerIds    []string
	NameFilter     string
	Role           FlowRoles
	IncludeNodes   bool
	NodeTypeFilter string
	TagIds         []string
}

func (q *ListFlows) accounts() *[]string { return &q.AccountIds }

// GetFlow shows a flow with its nodes.
type GetFlow struct {
	_      struct{} `ns:"Voice.Api.Flows"`
	FlowId string
}

func (q *GetFlow) flow() string { return q.FlowId }

// NewFlow makes a flow.
type NewFlow struct {
	_           struct{} `ns:"Voice.Api.Flows"`
	AccountId   string
	CustomerId  string
	Name        string
	Description string
	Notes       string
	Roles       []FlowRoles
	Parameters  json.RawMessage
	Exits       json.RawMessage
	Nodes       json.RawMessage
	UI          json.RawMessage
	TagIds      []string
	Draft       bool // ours: live only once it is published
}

func (q *NewFlow) account() string { return q.AccountId }

// PatchFlow changes the members that are given; lists replace whole.
type PatchFlow struct {
	_           struct{} `ns:"Voice.Api.Flows"`
	FlowId      string
	CustomerId  *string
	Name        *string
	Description *string
	Notes       *string
	Roles       []FlowRoles
	Parameters  json.RawMessage
	Exits       json.RawMessage
	Nodes       json.RawMessage
	UI          json.RawMessage
	TagIds      []string
	Draft       *bool
}

func (q *PatchFlow) flow() string { return q.FlowId }

// CopyFlow makes another flow of the same nodes.
type CopyFlow struct {
	_      struct{} `ns:"Voice.Api.Flows"`
	FlowId string
}

func (q *CopyFlow) flow() string { return q.FlowId }

// DeleteFlow deletes a flow.
type DeleteFlow struct {
	_      struct{} `ns:"Voice.Api.Flows"`
	FlowId string
}

func (q *DeleteFlow) flow() string { return q.FlowId }

// ValidateFlow looks for problems in a flow that is not saved.
type ValidateFlow struct {
	_          struct{} `ns:"Voice.Api.Flows"`
	AccountId  string   // whose flows its Flow nodes start
	Name       string
	Parameters json.RawMessage
	Exits      json.RawMessage
	Nodes      json.RawMessage
}

func (q *ValidateFlow) account() string { return q.AccountId }

// ValidateFlowResponse lists what is wrong with a flow.
type ValidateFlowResponse struct {
	_        struct{} `ns:"Voice.Api.Flows"`
	Problems []FlowProblem
}

// FlowProblem is one thing wrong with a flow.
type FlowProblem struct {
	_         struct{} `ns:"Voice.Api.Flows"`
	NodeId    string
	Parameter string
	Column    *int
	Severity  string // error, warning
	Text      string
}

// GetAvailableNodes lists the node types, and the flows that others can start.
type GetAvailableNodes struct {
	_         struct{} `ns:"Voice.Api.Flows"`
	AccountId string   // whose flows
	FlowId    string   // or those of this one's account
}

func (q *GetAvailableNodes) account() string { return q.AccountId }
func (q *GetAvailableNodes) flow() string    { return q.FlowId }

// FlowNodeSpec is a node type.
type FlowNodeSpec struct {
	_           struct{} `ns:"Voice.Api.Flows"`
	Name        string
	TypeName    string
	Url         string
	Category    string
	Description string
	Channels    []string
	Fields      []DataField
	Transitions []NodeTransition
}

// NodeTransition is a way out of a node type. Else is the more general one that
// is taken when this one isn't connected.
type NodeTransition struct {
	_           struct{} `ns:"Voice.Api.Flows"`
	Name        string
	IsAsync     bool
	Description string
	Else        string
	List        string // one for each row of this parameter, named by Name
}

func nodeSpecs(all []flow.SpecInfo) []FlowNodeSpec {
	out := make([]FlowNodeSpec, len(all))
	for i, s := range all {
		out[i] = FlowNodeSpec{
			Name: s.Name, TypeName: s.TypeName, Url: s.URL, Category: string(s.Category), Description: s.Description,
			Channels: []string{}, Fields: dataFields(s.Fields), Transitions: []NodeTransition{},
		}
		for _, c := range s.Channels {
			out[i].Channels = append(out[i].Channels, string(c))
		}
		for _, t := range s.Transitions {
			out[i].Transitions = append(out[i].Transitions, NodeTransition{Name: t.Name, IsAsync: t.IsAsync, Description: t.Description, Else: t.Else, List: t.List})
		}
	}
	return out
}

func dataFields(all []flow.DataField) []DataField {
	out := make([]DataField, len(all))
	for i, f := range all {
		out[i] = DataField{
			Name: f.Name, Type: ValueTypes(f.Type), Description: f.Description, UIHint: UIHints(f.UIHint), IsAsync: f.IsAsync, IsOutput: f.IsOutput,
			PossibleValues: f.PossibleValues, TransitionNameFormat: f.TransitionNameFormat, VoiceOnly: f.VoiceOnly,
			ConditionalVisibilityField: f.ConditionalVisibilityField, ConditionalVisibilityValue: f.ConditionalVisibilityValue,
			NoEvalTemplate: f.NoEvalTemplate, AnyValueType: f.AnyValueType, Minimum: f.Minimum, Maximum: f.Maximum,
		}
		if f.ListType != nil {
			out[i].ListType = &DataType{TypeName: f.ListType.TypeName, Fields: dataFields(f.ListType.Fields)}
		}
		if f.DefaultValue != nil {
			v := valueOf(*f.DefaultValue)
			out[i].DefaultValue = &v
		}
	}
	return out
}

// valueOf is a value of a graph as fields have it.
func valueOf(t flow.Tagged) endpoints.Value {
	out := endpoints.Value{Bool: t.Bool, Number: t.Number, String: t.String, Struct: valuesOf(t.Struct)}
	if t.List != nil {
		out.List = make([]map[string]endpoints.Value, len(t.List))
		for i, row := range t.List {
			out.List[i] = valuesOf(row)
		}
	}
	return out
}

func valuesOf(m map[string]flow.Tagged) map[string]endpoints.Value {
	if m == nil {
		return nil
	}
	out := make(map[string]endpoints.Value, len(m))
	for name, t := range m {
		out[name] = valueOf(t)
	}
	return out
}
