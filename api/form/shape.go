package form

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode"

	"ringflow/endpoints"
)

// Shape is what the formats need to know of a DTO.
type Shape struct {
	Name    string   // FlowInfo, ListResponseOfFlowInfo
	NS      string   // XML namespace
	Members []Member // in JSON's order: base members, then in order of declaration
	xml     []Member // in XML's: base members first, alphabetical (DataContract)
}

// Member is one field of a DTO.
type Member struct {
	Name  string // AIMinutes
	JSON  string // aiMinutes
	NS    string // of the class that declares it
	Index []int  // for reflect.Value.FieldByIndex
	Type  reflect.Type
}

// Types that every format has a form of its own for.
var (
	TimeType   = reflect.TypeFor[time.Time]()
	RawType    = reflect.TypeFor[json.RawMessage]()            // JSON that stays as it came
	StructType = reflect.TypeFor[map[string]endpoints.Value]() // the contract's Struct
	ValueType  = reflect.TypeFor[endpoints.Value]()            // one value of a Struct
)

// learn adds t and what it is made of.
func (c *Codec) learn(t reflect.Type) {
	t = Elem(t)
	if t.Kind() != reflect.Struct || t == TimeType || t == ValueType || c.shapes[t] != nil {
		return
	}
	s := &Shape{Name: className(t), NS: Namespace(t)}
	c.shapes[t] = s
	var base, own []Member
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous {
			for j := range f.Type.NumField() {
				if m := f.Type.Field(j); m.IsExported() {
					base = append(base, Member{m.Name, camel(m.Name), Namespace(f.Type), []int{i, j}, m.Type})
				}
			}
			continue
		}
		if f.IsExported() {
			own = append(own, Member{f.Name, camel(f.Name), s.NS, []int{i}, f.Type})
		}
	}
	s.Members = slices.Concat(base, own)
	byName := func(a, b Member) int { return strings.Compare(a.Name, b.Name) }
	slices.SortFunc(base, byName)
	slices.SortFunc(own, byName)
	s.xml = slices.Concat(base, own)
	for _, m := range s.Members {
		c.learn(m.Type)
	}
}

// Member finds a field by its name in any case.
func (s *Shape) Member(name string) (Member, bool) {
	for _, m := range s.Members {
		if strings.EqualFold(m.Name, name) {
			return m, true
		}
	}
	return Member{}, false
}

// Elem is what a type is under its pointers and lists.
func Elem(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice && t != RawType {
		t = t.Elem()
	}
	return t
}

// Owner is the struct that declares a member of t.
func (m Member) Owner(t reflect.Type) reflect.Type {
	for _, i := range m.Index[:len(m.Index)-1] {
		t = t.Field(i).Type
	}
	return t
}

const namespaces = "http://schemas.datacontract.org/2004/07/"

// Namespace is the C# namespace that a DTO's blank field names, as DataContract
// writes it.
func Namespace(t reflect.Type) string {
	ns := "Voice.Api"
	if t.Kind() == reflect.Struct {
		if t.NumField() > 0 && t.Field(0).Name == "_" {
			ns = t.Field(0).Tag.Get("ns")
		}
	}
	if strings.HasPrefix(ns, "http:") {
		return ns
	}
	return namespaces + ns
}

// className is a type's name as DataContract spells it: a generic type is XOfY.
func className(t reflect.Type) string {
	name, arg, generic := strings.Cut(t.Name(), "[")
	if !generic {
		return name
	}
	arg = strings.TrimSuffix(arg, "]")
	return name + "Of" + arg[strings.LastIndexAny(arg, "./")+1:]
}

// camel lower-cases the first word of a member's name; capitals at the front
// are one word: AIMinutes is aiMinutes, UI is ui.
func camel(name string) string {
	r := []rune(name)
	for i := range r {
		if !unicode.IsUpper(r[i]) || (i > 0 && i+1 < len(r) && unicode.IsLower(r[i+1])) {
			break
		}
		r[i] = unicode.ToLower(r[i])
	}
	return string(r)
}

// absent tells whether a value is the contract's null, which no format but XML shows.
func absent(v reflect.Value) bool {
	switch {
	case v.Type() == TimeType:
		return v.Interface().(time.Time).IsZero()
	case v.Type() == RawType:
		return v.Len() == 0 || string(v.Bytes()) == "null"
	}
	switch v.Kind() {
	case reflect.String:
		return v.Len() == 0
	case reflect.Pointer, reflect.Slice, reflect.Map, reflect.Interface:
		return v.IsNil()
	}
	return false
}

// scalar is the text of a simple value.
func scalar(v reflect.Value) (text string, ok bool) {
	if v.Type() == TimeType {
		return v.Interface().(time.Time).UTC().Truncate(time.Microsecond).Format(TimeFormat), true // as it is kept
	}
	switch v.Kind() {
	case reflect.String:
		return v.String(), true
	case reflect.Bool, reflect.Int, reflect.Int64, reflect.Float64:
		b, err := json.Marshal(v.Interface())
		return string(b), err == nil
	}
	return "", false
}

// TimeFormat is .NET's round-trip form in UTC, of which ISO 8601 readers take any part.
const TimeFormat = "2006-01-02T15:04:05.0000000Z"
