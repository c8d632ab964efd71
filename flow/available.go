package flow

import (
	"slices"
	"strings"
)

// SpecInfo is a node type as GET /flows/available-nodes shows it: the API's
// FlowNodeSpec.
type SpecInfo struct {
	Name        string           `json:"name"`
	TypeName    string           `json:"typeName"`
	URL         string           `json:"url"`
	Category    Category         `json:"category"`
	Description string           `json:"description"`
	Channels    []Channel        `json:"channels"`
	Fields      []DataField      `json:"fields"`
	Transitions []TransitionInfo `json:"transitions"`
	// Failures are all ways in which its parameters can be wrong.
	Failures []Failure `json:"-"`
}

// TransitionInfo is a transition of a node type. One with a list stands for as
// many as the list has rows.
type TransitionInfo struct {
	Name        string `json:"name"`
	IsAsync     bool   `json:"isAsync"`
	Description string `json:"description"`
	Else        string `json:"else,omitempty"` // taken when this one is not connected
	List        string `json:"list,omitempty"` // a transition for each of its rows, named by Name
}

// DataField is the API's description of a parameter; minimum and maximum are ours.
type DataField struct {
	Name                       string    `json:"name"`
	Type                       ValueType `json:"type"`
	Description                string    `json:"description"`
	UIHint                     string    `json:"uiHint,omitempty"`
	IsAsync                    bool      `json:"isAsync,omitempty"`
	IsOutput                   bool      `json:"isOutput,omitempty"`
	ListType                   *DataType `json:"listType,omitempty"`
	PossibleValues             []string  `json:"possibleValues,omitempty"`
	DefaultValue               *Tagged   `json:"defaultValue,omitempty"`
	TransitionNameFormat       string    `json:"transitionNameFormat,omitempty"`
	VoiceOnly                  bool      `json:"voiceOnly,omitempty"`
	ConditionalVisibilityField string    `json:"conditionalVisibilityField,omitempty"`
	ConditionalVisibilityValue string    `json:"conditionalVisibilityValue,omitempty"`
	NoEvalTemplate             bool      `json:"noEvalTemplate,omitempty"`
	AnyValueType               bool      `json:"anyValueType,omitempty"`
	Minimum                    *float64  `json:"minimum,omitempty"`
	Maximum                    *float64  `json:"maximum,omitempty"`
}

// DataType names the members of a list's rows.
type DataType struct {
	TypeName string      `json:"typeName"`
	Fields   []DataField `json:"fields"`
}

// Available lists all node types, by category and name.
func Available() []SpecInfo {
	var all []SpecInfo
	for _, name := range typeNames() {
		all = append(all, lookup(name).spec.info())
	}
	slices.SortStableFunc(all, func(a, b SpecInfo) int {
		return strings.Compare(string(a.Category)+"\x00"+a.Name, string(b.Category)+"\x00"+b.Name)
	})
	return all
}

func (s *Spec) info() SpecInfo {
	address := "/json/reply/" + s.typeName
	if s.starts {
		address = FlowURL("")
	}
	i := SpecInfo{Name: s.Title, TypeName: s.typeName, URL: address, Category: s.Category,
		Description: s.Doc, Channels: s.channels, Failures: s.failures(), Fields: []DataField{}, Transitions: []TransitionInfo{}}
	if len(i.Channels) == 0 {
		i.Channels = []Channel{Voice, Chat, Fax}
	}
	for _, p := range s.params {
		f := p.field(s.typeName)
		if r := s.rowExit; r != nil && r.list == p.Name {
			f.TransitionNameFormat = nameFormat(r)
		}
		i.Fields = append(i.Fields, f)
	}
	if r := s.rowExit; r != nil {
		i.Transitions = append(i.Transitions, TransitionInfo{Name: nameFormat(r), Description: r.doc, List: r.list})
	}
	for _, e := range s.exits {
		i.Transitions = append(i.Transitions, TransitionInfo{Name: e.Name, IsAsync: e.Async, Description: e.Doc, Else: e.Else})
		i.Fields = append(i.Fields, DataField{Name: e.Name, Type: TransitionType, Description: e.Doc, IsAsync: e.Async,
			ConditionalVisibilityField: e.Only, ConditionalVisibilityValue: onlyValue(e)})
	}
	return i
}

func onlyValue(e *Exit) string {
	if e.Only == "" {
		return ""
	}
	return "true"
}

// nameFormat is {Value}, or {Value|Key} when the second names it in the first's absence.
func nameFormat(r *rowExit) string { return "{" + strings.Join(r.members, "|") + "}" }

func (p *Param) field(typeName string) DataField {
	f := DataField{Name: p.Name, Type: p.Type, Description: p.Doc, IsOutput: p.Output, PossibleValues: p.Possible,
		ConditionalVisibilityField: p.ShownIf[0], ConditionalVisibilityValue: p.ShownIf[1],
		NoEvalTemplate: p.NoTemplate, AnyValueType: p.AnyType, DefaultValue: tagged(p.Default)}
	if p.Large {
		f.UIHint = "LargeText"
	}
	if p.Min != 0 || p.Max != 0 {
		f.Minimum, f.Maximum = &p.Min, &p.Max
	}
	if p.Rows != nil {
		f.ListType = &DataType{TypeName: typeName + p.Name}
		for _, r := range p.Rows {
			f.ListType.Fields = append(f.ListType.Fields, r.field(typeName))
		}
	}
	return f
}

// tagged is v in the API's form; nil for nothing. Defaults are text, numbers and yes or no.
func tagged(v Value) *Tagged {
	switch v.Kind() {
	case BoolKind:
		b := v.Bool()
		return &Tagged{Bool: &b}
	case NumberKind:
		return &Tagged{Number: &v.num}
	case TextKind:
		return &Tagged{String: &v.text}
	}
	return nil
}

// StartInfo is the Flow node that starts the flow with that id, as GET
// /flows/available-nodes may show it: its public parameters and exits are the node's.
func StartInfo(id string, s Signature) SpecInfo {
	i := lookup(startNode).spec.info()
	done := i.Transitions
	i.Name, i.URL, i.Fields, i.Transitions = s.Name, FlowURL(id), []DataField{}, nil
	for _, p := range s.Parameters {
		if p.IsPublic {
			i.Fields = append(i.Fields, DataField{Name: p.Name, Type: p.Type, IsOutput: p.IsOutput, DefaultValue: p.DefaultValue})
		}
	}
	for _, e := range s.Exits {
		i.Transitions = append(i.Transitions, TransitionInfo{Name: e.Name, Description: "The flow ended by this exit."})
	}
	if !s.hasExit(done[0].Name) {
		i.Transitions = append(i.Transitions, done...)
	}
	for _, t := range i.Transitions {
		i.Fields = append(i.Fields, DataField{Name: t.Name, Type: TransitionType, Description: t.Description})
	}
	return i
}

// startNode is the node type that starts flows.
const startNode = "FlowNode"
