package api

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode"

	"ringflow/endpoints"
)

// shape is what the formats need to know of a DTO.
type shape struct {
	name    string   // FlowInfo, ListResponseOfFlowInfo
	ns      string   // XML namespace
	members []member // in JSON's order: base members, then in order of declaration
	xml     []member // in XML's: base members first, alphabetical (DataContract)
}

// member is one field of a DTO.
type member struct {
	name  string // AIMinutes
	json  string // aiMinutes
	ns    string // of the class that declares it
	index []int
	typ   reflect.Type
}

var (
	timeType   = reflect.TypeFor[time.Time]()
	rawType    = reflect.TypeFor[json.RawMessage]()
	structType = reflect.TypeFor[map[string]endpoints.Value]() // the contract's Struct
	enumType   = reflect.TypeFor[enum]()
)

// enum is a named string with these members; a member's place is its number,
// "" where nothing is.
type enum interface{ members() []string }

// codec writes and fills DTOs. It knows the shapes of all types that the
// registry reaches and never changes.
type codec struct{ shapes map[reflect.Type]*shape }

func newCodec(types ...reflect.Type) *codec {
	c := &codec{shapes: map[reflect.Type]*shape{}}
	for _, t := range types {
		c.learn(t)
	}
	return c
}

// learn adds t and what it is made of.
func (c *codec) learn(t reflect.Type) {
	for t.Kind() == reflect.Pointer || (t.Kind() == reflect.Slice && t != rawType) {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || t == timeType || c.shapes[t] != nil {
		return
	}
	s := &shape{name: className(t), ns: namespace(t)}
	c.shapes[t] = s
	var base, own []member
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous {
			for j := range f.Type.NumField() {
				if m := f.Type.Field(j); m.IsExported() {
					base = append(base, member{m.Name, camel(m.Name), namespace(f.Type), []int{i, j}, m.Type})
				}
			}
			continue
		}
		if f.IsExported() {
			own = append(own, member{f.Name, camel(f.Name), s.ns, []int{i}, f.Type})
		}
	}
	s.members = slices.Concat(base, own)
	byName := func(a, b member) int { return strings.Compare(a.name, b.name) }
	slices.SortFunc(base, byName)
	slices.SortFunc(own, byName)
	s.xml = slices.Concat(base, own)
	for _, m := range s.members {
		c.learn(m.typ)
	}
}

// member finds a field by its name in any case.
func (s *shape) member(name string) (member, bool) {
	for _, m := range s.members {
		if strings.EqualFold(m.name, name) {
			return m, true
		}
	}
	return member{}, false
}

const namespaces = "http://schemas.datacontract.org/2004/07/"

// namespace is the C# namespace that a DTO's blank field names, as DataContract
// writes it.
func namespace(t reflect.Type) string {
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
	case v.Type() == timeType:
		return v.Interface().(time.Time).IsZero()
	case v.Type() == rawType:
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
	if v.Type() == timeType {
		return v.Interface().(time.Time).UTC().Truncate(time.Microsecond).Format(timeFormat), true // as it is kept
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

// timeFormat is .NET's round-trip form in UTC, of which ISO 8601 readers take any part.
const timeFormat = "2006-01-02T15:04:05.0000000Z"
