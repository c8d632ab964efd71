package endpoints

import (
	"maps"
	"math"
	"strconv"
)

// How deep a Value may nest, and how many a Struct may hold: flows read these
// on the path of a call.
const (
	maxValueDepth = 16
	maxValues     = 1_000
)

// Value is the API's tagged union (spec of Struct and Value): at most one member is set.
type Value struct {
	Bool   *bool              `json:"boolValue,omitempty"`
	String *string            `json:"stringValue,omitempty"`
	Number *float64           `json:"numberValue,omitempty"`
	List   []map[string]Value `json:"listValue,omitempty"`
	Struct map[string]Value   `json:"structValue,omitempty"`
}

func StringValue(s string) Value           { return Value{String: &s} }
func NumberValue(n float64) Value          { return Value{Number: &n} }
func BoolValue(b bool) Value               { return Value{Bool: &b} }
func ListValue(l []map[string]Value) Value { return Value{List: l} }
func StructValue(m map[string]Value) Value { return Value{Struct: m} }

// Empty tells whether nothing is set.
func (v Value) Empty() bool {
	return v.Bool == nil && v.String == nil && v.Number == nil && v.List == nil && v.Struct == nil
}

// Text is v as people read it: a text, number or boolean; lists and structs are empty.
func (v Value) Text() string {
	switch {
	case v.Bool != nil:
		return strconv.FormatBool(*v.Bool)
	case v.Number != nil:
		return strconv.FormatFloat(*v.Number, 'f', -1, 64)
	case v.String != nil:
		return *v.String
	}
	return ""
}

// Clone is a copy that shares nothing with v.
func (v Value) Clone() Value {
	switch {
	case v.Bool != nil:
		return BoolValue(*v.Bool)
	case v.Number != nil:
		return NumberValue(*v.Number)
	case v.String != nil:
		return StringValue(*v.String)
	case v.List != nil:
		list := make([]map[string]Value, len(v.List))
		for i, m := range v.List {
			list[i] = CloneStruct(m)
		}
		return ListValue(list)
	case v.Struct != nil:
		return StructValue(CloneStruct(v.Struct))
	}
	return Value{}
}

// CloneStruct is a copy that shares nothing with m.
func CloneStruct(m map[string]Value) map[string]Value {
	if m == nil {
		return nil
	}
	out := maps.Clone(m)
	for k, v := range out {
		out[k] = v.Clone()
	}
	return out
}

// ValidateStruct tells what of a Struct cannot be kept (*Invalid): more than
// one member in a Value, no finite number, nesting without end.
func ValidateStruct(field string, m map[string]Value) error { return validStruct(field, m, 0) }

func validStruct(field string, m map[string]Value, depth int) error {
	if depth > maxValueDepth {
		return invalid(field, "nests deeper than %d", maxValueDepth)
	}
	if len(m) > maxValues {
		return invalid(field, "holds %d values; %d are allowed", len(m), maxValues)
	}
	for name, v := range m {
		if name == "" || len(name) > maxText {
			return invalid(field, "has a value whose name is empty or longer than %d bytes", maxText)
		}
		if err := v.validate(field+"."+name, depth); err != nil {
			return err
		}
	}
	return nil
}

func (v Value) validate(field string, depth int) error {
	set := 0
	for _, is := range []bool{v.Bool != nil, v.String != nil, v.Number != nil, v.List != nil, v.Struct != nil} {
		if is {
			set++
		}
	}
	if set > 1 {
		return invalid(field, "has more than one of boolValue, stringValue, numberValue, listValue, structValue")
	}
	if v.Number != nil && (math.IsNaN(*v.Number) || math.IsInf(*v.Number, 0)) {
		return invalid(field, "is no finite number")
	}
	if len(v.List) > maxValues {
		return invalid(field, "holds %d values; %d are allowed", len(v.List), maxValues)
	}
	for _, m := range v.List {
		if err := validStruct(field, m, depth+1); err != nil {
			return err
		}
	}
	return validStruct(field, v.Struct, depth+1)
}
