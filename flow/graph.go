package flow

import (
	"encoding/json"
	"errors"
	"fmt"
)

// Graph is a flow as stored: nodes, parameters and exits, in the API's shape.
// It is read only; the stored bytes stay as the client gave them.
type Graph struct {
	ID         string          `json:"id"`
	Version    int             `json:"version"`
	Name       string          `json:"name"`
	Nodes      []GraphNode     `json:"nodes"`
	Parameters []FlowParameter `json:"parameters"`
	Exits      []FlowExit      `json:"exits"`
}

// GraphNode is a node of the graph (FlowNode in the API, which is also the name of a node type).
type GraphNode struct {
	ID          string           `json:"id"`
	IsStartNode bool             `json:"isStartNode"`
	Name        string           `json:"name"`
	Spec        GraphSpec        `json:"spec"`
	Parameters  NodeParameterMap `json:"parameters"`
}

// GraphSpec says which type a node is of.
type GraphSpec struct {
	Name     string `json:"name"`
	TypeName string `json:"typeName"`
	URL      string `json:"url"`
}

// NodeParameterMap holds parameters by name.
type NodeParameterMap map[string]NodeParameter

// NodeParameter is one value of a node, or, of type Transition, where it leads.
type NodeParameter struct {
	ID               string             `json:"id"`
	Type             ValueType          `json:"type"`
	Source           Source             `json:"source"`
	Value            *Tagged            `json:"value"`
	ReferenceID      string             `json:"referenceId"`
	Expression       string             `json:"expression"`
	IsOutput         bool               `json:"isOutput"`
	IsAsync          bool               `json:"isAsync"`
	ListParameters   []NodeParameterMap `json:"listParameters"`
	StructParameters NodeParameterMap   `json:"structParameters"`
}

// literal is the stored constant, nothing when there is none.
func (p NodeParameter) literal() Value { return p.Value.Value() }

// FlowParameter is a parameter of the flow itself.
type FlowParameter struct {
	Name         string    `json:"name"`
	Type         ValueType `json:"type"`
	IsPublic     bool      `json:"isPublic"`
	IsOutput     bool      `json:"isOutput"`
	IsKnob       bool      `json:"isKnob"`
	ListType     any       `json:"listType"`
	DefaultValue *Tagged   `json:"defaultValue"`
}

// FlowExit is a named way out of the flow.
type FlowExit struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Tagged is the API's Value: a union of which one member should be set.
type Tagged struct {
	Bool   *bool               `json:"boolValue,omitempty"`
	Number *float64            `json:"numberValue,omitempty"`
	List   []map[string]Tagged `json:"listValue,omitempty"`
	Struct map[string]Tagged   `json:"structValue,omitempty"`
	String *string             `json:"stringValue,omitempty"`
}

// Value converts; of several members the first counts, in the order above.
func (t *Tagged) Value() Value {
	switch {
	case t == nil:
		return Value{}
	case t.Bool != nil:
		return Bool(*t.Bool)
	case t.Number != nil:
		return Number(*t.Number)
	case t.List != nil:
		l := make([]Value, len(t.List))
		for i, m := range t.List {
			l[i] = taggedStruct(m)
		}
		return List(l...)
	case t.Struct != nil:
		return taggedStruct(t.Struct)
	case t.String != nil:
		return Text(*t.String)
	}
	return Value{}
}

func taggedStruct(m map[string]Tagged) Value {
	fields := make(map[string]Value, len(m))
	for k, e := range m {
		fields[k] = e.Value()
	}
	return Struct(fields)
}

// Parse reads the JSON of a flow. Only its shape is checked: Compile tells
// what is wrong with it.
func Parse(raw []byte) (*Graph, error) {
	var g Graph
	if err := json.Unmarshal(raw, &g); err != nil {
		var t *json.UnmarshalTypeError
		if errors.As(err, &t) && t.Field != "" {
			return nil, fmt.Errorf("flow: %s can't be a %s", t.Field, t.Value)
		}
		return nil, fmt.Errorf("flow: %w", err)
	}
	return &g, nil
}
