package flow

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
}

// TransitionInfo is a transition of a node type.
type TransitionInfo struct {
	Name        string `json:"name"`
	IsAsync     bool   `json:"isAsync"`
	Description string `json:"description"`
	Else        string `json:"else,omitempty"` // taken when this one is not connected
}

// DataField is the API's description of a parameter.
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
func Available() []SpecInfo { return nil }
