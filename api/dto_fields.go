package api

import "ringflow/endpoints"

// DataField describes a value: a node's parameter, or a field that the account
// has defined.
type DataField struct {
	_                          struct{} `ns:"Voice.Api.Flows.Data"`
	Id                         string
	Name                       string
	Type                       ValueTypes
	Description                string
	UIHint                     UIHints
	UITab                      string
	IsAsync                    bool
	DisableBinding             bool
	IsOutput                   bool
	StructType                 *DataType
	ListType                   *DataType
	PossibleValues             []string
	CustomFieldValuesUrl       string
	DefaultValue               *endpoints.Value
	TransitionNameFormat       string
	Uniqueness                 DataFieldUniqueness
	VoiceOnly                  bool
	ConditionalVisibilityField string
	ConditionalVisibilityValue string
	NoEvalTemplate             bool
	UserMode                   string
	AnyValueType               bool
	Minimum                    *float64 // ours
	Maximum                    *float64
}

// DataType names the members of a list's rows, or of a struct.
type DataType struct {
	_        struct{} `ns:"Voice.Api.Flows.Data"`
	TypeName string
	Fields   []DataField
}

// ValueTypes are the types of values.
type ValueTypes string

func (ValueTypes) Members() []string { return endpoints.ValueTypes }

// UIHints say how clients show a field; what Password fields hold is shown to nobody.
type UIHints string

func (UIHints) Members() []string {
	return []string{"None", "LargeText", "InlineForm", "Password", "InlineStruct"}
}

// DataFieldUniqueness says how often a value may be given.
type DataFieldUniqueness string

func (DataFieldUniqueness) Members() []string {
	return []string{endpoints.NotUnique, endpoints.Unique, endpoints.UniqueToCustomer}
}

// EndpointDataField is a field that endpoints carry: of one type, or all.
type EndpointDataField struct {
	_ struct{} `ns:"Voice.Api.Endpoints"`
	DataField
	ShowInSearch bool
	ShowInLists  bool
	EndpointType EndpointTypes
	IsCallerId   bool
	IsKnob       bool
}

// CustomerDataField is a field that customers carry.
type CustomerDataField struct {
	_ struct{} `ns:"Voice.Api.Customers"`
	DataField
	ShowInSearch bool
	ShowInLists  bool
	IsCallerId   bool
	IsKnob       bool
}

// SystemSettingsField is a field of the account with its value, which a Password
// field doesn't show.
type SystemSettingsField struct {
	_ struct{} `ns:"Voice.Api.Settings"`
	DataField
	Value *endpoints.Value
}

// fieldInfo shows a definition; what a Password field holds when nobody said, not.
func fieldInfo(f *endpoints.DataField) DataField {
	out := DataField{
		Id: f.ID, Name: f.Name, Type: ValueTypes(f.Type), Description: f.Description, UIHint: UIHints(f.UIHint), UITab: f.UITab,
		IsAsync: f.IsAsync, DisableBinding: f.DisableBinding, IsOutput: f.IsOutput, StructType: typeInfo(f.StructType), ListType: typeInfo(f.ListType),
		PossibleValues: f.PossibleValues, CustomFieldValuesUrl: f.CustomFieldValuesURL, TransitionNameFormat: f.TransitionNameFormat,
		Uniqueness: DataFieldUniqueness(f.Uniqueness), VoiceOnly: f.VoiceOnly, ConditionalVisibilityField: f.ConditionalVisibilityField,
		ConditionalVisibilityValue: f.ConditionalVisibilityValue, NoEvalTemplate: f.NoEvalTemplate, UserMode: f.UserMode, AnyValueType: f.AnyValueType,
	}
	if !f.Secret() {
		out.DefaultValue = f.DefaultValue
	}
	return out
}

func typeInfo(t *endpoints.DataType) *DataType {
	if t == nil {
		return nil
	}
	out := &DataType{TypeName: t.TypeName, Fields: []DataField{}}
	for i := range t.Fields {
		out.Fields = append(out.Fields, fieldInfo(&t.Fields[i]))
	}
	return out
}

// field is the definition that a client gives.
func (f *DataField) field() endpoints.DataField {
	return endpoints.DataField{
		ID: f.Id, Name: f.Name, Type: string(f.Type), Description: f.Description, UIHint: string(f.UIHint), UITab: f.UITab,
		IsAsync: f.IsAsync, DisableBinding: f.DisableBinding, IsOutput: f.IsOutput, PossibleValues: f.PossibleValues,
		CustomFieldValuesURL: f.CustomFieldValuesUrl, TransitionNameFormat: f.TransitionNameFormat, Uniqueness: string(f.Uniqueness), VoiceOnly: f.VoiceOnly,
		ConditionalVisibilityField: f.ConditionalVisibilityField, ConditionalVisibilityValue: f.ConditionalVisibilityValue,
		NoEvalTemplate: f.NoEvalTemplate, UserMode: f.UserMode, AnyValueType: f.AnyValueType,
		DefaultValue: f.DefaultValue, StructType: f.StructType.of(), ListType: f.ListType.of(),
	}
}

func (t *DataType) of() *endpoints.DataType {
	if t == nil {
		return nil
	}
	out := &endpoints.DataType{TypeName: t.TypeName}
	for i := range t.Fields {
		out.Fields = append(out.Fields, t.Fields[i].field())
	}
	return out
}
