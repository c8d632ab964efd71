package endpoints

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// The types of values that a field may have, in the API's names and order.
var ValueTypes = []string{"NotSpecified", "String", "Boolean", "Number", "List", "Struct", "Transition", "Custom", "Date", "AudioFile", "TimeZoneId", "PhoneNumber", "User", "Endpoint", "Time", "File",
	"FaxNumber", "EmailAccount", "Customer", "Flow", "Team", "FlowReference", "Integration", "Assistant", "SipTrunk"}

// How often a value of a field may be given, and how clients show it.
const (
	NotUnique        = "NotUnique"
	Unique           = "Unique"           // once in the account
	UniqueToCustomer = "UniqueToCustomer" // once among the endpoints of a customer
	HintPassword     = "Password"
)

var (
	uiHints      = []string{"None", "LargeText", "InlineForm", HintPassword, "InlineStruct"}
	uniquenesses = []string{NotUnique, Unique, UniqueToCustomer}
)

const (
	maxFields        = 500 // of an account, of each of the three sorts
	maxPossible      = 1_000
	maxFieldsDeep    = 4 // of types in lists and structs
	maxFieldTextSize = 4 << 10
)

// DataField is the definition of a field, in the API's words. What only clients
// look at is kept for them.
type DataField struct {
	ID                         string    `json:"id"`
	Name                       string    `json:"name"`
	Type                       string    `json:"type"`
	UIHint                     string    `json:"uiHint,omitempty"`
	UITab                      string    `json:"uiTab,omitempty"`
	IsAsync                    bool      `json:"isAsync,omitempty"`
	DisableBinding             bool      `json:"disableBinding,omitempty"`
	StructType                 *DataType `json:"structType,omitempty"`
	ListType                   *DataType `json:"listType,omitempty"`
	Description                string    `json:"description,omitempty"`
	PossibleValues             []string  `json:"possibleValues,omitempty"`
	IsOutput                   bool      `json:"isOutput,omitempty"`
	CustomFieldValuesURL       string    `json:"customFieldValuesUrl,omitempty"`
	DefaultValue               *Value    `json:"defaultValue,omitempty"`
	TransitionNameFormat       string    `json:"transitionNameFormat,omitempty"`
	Uniqueness                 string    `json:"uniqueness,omitempty"`
	VoiceOnly                  bool      `json:"voiceOnly,omitempty"`
	ConditionalVisibilityField string    `json:"conditionalVisibilityField,omitempty"`
	ConditionalVisibilityValue string    `json:"conditionalVisibilityValue,omitempty"`
	NoEvalTemplate             bool      `json:"noEvalTemplate,omitempty"`
	UserMode                   string    `json:"userMode,omitempty"`
	AnyValueType               bool      `json:"anyValueType,omitempty"`
}

// DataType is what a list's rows or a struct consist of.
type DataType struct {
	TypeName string      `json:"typeName,omitempty"`
	Fields   []DataField `json:"fields,omitempty"`
}

// EndpointField is a field that endpoints of one kind, or of all, carry.
type EndpointField struct {
	DataField
	ShowInSearch bool `json:"showInSearch,omitempty"`
	ShowInLists  bool `json:"showInLists,omitempty"`
	EndpointType Kind `json:"endpointType,omitempty"` // empty: all
	IsCallerID   bool `json:"isCallerId,omitempty"`   // its value is the number shown to the outside
	IsKnob       bool `json:"isKnob,omitempty"`
}

// CustomerField is a field that customers carry.
type CustomerField struct {
	DataField
	ShowInSearch bool `json:"showInSearch,omitempty"`
	ShowInLists  bool `json:"showInLists,omitempty"`
	IsCallerID   bool `json:"isCallerId,omitempty"` // its value is the customer's default number
	IsKnob       bool `json:"isKnob,omitempty"`
}

// SystemField is a field of the account, with its value.
type SystemField struct {
	DataField
	Value *Value `json:"value,omitempty"`
}

// Secret tells whether the field's values are shown to nobody.
func (f *DataField) Secret() bool { return f.UIHint == HintPassword }

// The fields that come with every endpoint and customer: a field of the account
// can't have their names, because flows would never see it.
var (
	EndpointBuiltIns = []string{"Id", "DisplayName", "Type", "PhoneNumber", "EmailAddress", "SipUserName", "FirstName", "LastName"}
	CustomerBuiltIns = []string{"Id", "Name", "ReferenceId"}
	SystemBuiltIns   = []string{"DefaultCountry", "TimeZoneId", "CallerId", "Voice"}
)

// checkFields checks the definitions of one sort and gives those without an id one.
func checkFields(sort string, all []*DataField, builtIns []string) error {
	if len(all) > maxFields {
		return invalid(sort, "are %d fields; %d are allowed", len(all), maxFields)
	}
	names, ids := map[string]bool{}, map[string]bool{}
	for i, f := range all {
		where := fmt.Sprintf("%s[%d]", sort, i)
		if f.ID == "" {
			f.ID = NewID()
		}
		if err := f.validate(where, 0); err != nil {
			return err
		}
		if ids[f.ID] || len(f.ID) > 64 {
			return invalid(where+".id", "%.64q is another field's, or longer than 64 bytes", f.ID)
		}
		if names[f.Name] || slices.Contains(builtIns, f.Name) {
			return invalid(where+".name", "%.64q is another field's", f.Name)
		}
		names[f.Name], ids[f.ID] = true, true
	}
	return nil
}

func (f *DataField) validate(where string, depth int) error {
	if err := text(where+".name", &f.Name, required); err != nil {
		return err
	}
	if f.Type == "" {
		f.Type = "String"
	}
	for _, one := range []struct {
		name, value string
		allowed     []string
	}{{"type", f.Type, ValueTypes}, {"uiHint", f.UIHint, append([]string{""}, uiHints...)}, {"uniqueness", f.Uniqueness, append([]string{""}, uniquenesses...)}} {
		if !slices.Contains(one.allowed, one.value) {
			return invalid(where+"."+one.name, "%.32q is none; there are %s", one.value, strings.Trim(strings.Join(one.allowed, ", "), ", "))
		}
	}
	if f.Type == "Transition" || f.Type == "Custom" {
		return invalid(where+".type", "a field can't be of type %s", f.Type)
	}
	if len(f.PossibleValues) > maxPossible || len(f.Description) > maxFieldTextSize {
		return invalid(where, "has more than %d possible values, or a description over %d bytes", maxPossible, maxFieldTextSize)
	}
	if depth > maxFieldsDeep {
		return invalid(where, "nests deeper than %d", maxFieldsDeep)
	}
	for _, t := range []*DataType{f.StructType, f.ListType} {
		if t == nil {
			continue
		}
		for i := range t.Fields {
			if err := t.Fields[i].validate(fmt.Sprintf("%s.%s", where, t.Fields[i].Name), depth+1); err != nil {
				return err
			}
		}
	}
	if f.DefaultValue != nil {
		return f.Accepts(where+".defaultValue", *f.DefaultValue)
	}
	return nil
}

// Accepts tells why v can't be a value of the field (*Invalid). Nothing always can.
func (f *DataField) Accepts(where string, v Value) error {
	if v.Empty() {
		return nil
	}
	if err := v.validate(where, 0); err != nil {
		return err
	}
	fits, want := true, ""
	switch f.Type {
	case "Boolean":
		fits, want = v.Bool != nil, "boolValue"
	case "Number":
		fits, want = v.Number != nil, "numberValue"
	case "List":
		fits, want = v.List != nil, "listValue"
	case "Struct":
		fits, want = v.Struct != nil, "structValue"
	case "NotSpecified":
	default:
		fits, want = v.String != nil, "stringValue"
	}
	if f.AnyValueType {
		fits = true
	}
	if !fits {
		return invalid(where, "the field %s is a %s: its value is a %s", f.Name, f.Type, want)
	}
	if v.String == nil || *v.String == "" {
		return nil
	}
	s := *v.String
	if len(f.PossibleValues) > 0 && !slices.Contains(f.PossibleValues, s) {
		return invalid(where, "%.64q is not among the possible values of %s: %s", s, f.Name, abridged(f.PossibleValues))
	}
	switch f.Type {
	case "Date":
		if _, ok := day(s); !ok {
			return invalid(where, "%.64q is no date; write it as 2026-11-26", s)
		}
	case "Time":
		if _, ok := clock(s); !ok {
			return invalid(where, "%.64q is no time of day; write it as 17:30", s)
		}
	case "TimeZoneId":
		if _, err := time.LoadLocation(s); err != nil {
			return invalid(where, "%.64q is no time zone; write its IANA name, such as America/New_York", s)
		}
	}
	return nil
}

func abridged(values []string) string {
	if len(values) > 20 {
		return strings.Join(values[:20], ", ") + ", …"
	}
	return strings.Join(values, ", ")
}
