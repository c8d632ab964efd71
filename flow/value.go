package flow

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Kind tells what a Value is.
type Kind uint8

const (
	NothingKind Kind = iota
	TextKind
	NumberKind
	BoolKind
	ListKind
	StructKind
)

// Value is a value in a running flow: text, number, yes/no, list, struct or
// nothing (the zero Value). Dates are ISO 8601 text, references are ids. It is
// never changed once made, so it may be shared.
//
// One table of conversions, total but for text that is no number:
//
//	from \ to | text            | number       | yes/no           | list      | struct
//	nothing   | ""              | 0            | no               | empty     | empty
//	text      | itself          | its number   | true, yes, 1     | of itself | empty
//	number    | no zeros behind | itself       | not 0            | of itself | empty
//	yes/no    | true, false     | 1, 0         | itself           | of itself | empty
//	list      | JSON            | its length   | not empty        | itself    | empty
//	struct    | JSON            | its length   | not empty        | of itself | itself
//
// Text in the column number: what strconv reads as a decimal, spaces around it
// allowed; blank text is nothing. In the column yes/no: case and spaces around
// do not count, any other text is no.
type Value struct {
	kind   Kind
	secret bool // shows as dots in traces and logs
	num    float64
	text   string
	list   []Value
	fields map[string]Value
}

// Text makes a text value.
func Text(s string) Value { return Value{kind: TextKind, text: s} }

// Number makes a number; one that is infinite or not a number is nothing.
func Number(f float64) Value {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return Value{}
	}
	return Value{kind: NumberKind, num: f}
}

// Bool makes a yes or a no.
func Bool(b bool) Value {
	v := Value{kind: BoolKind}
	if b {
		v.num = 1
	}
	return v
}

// List makes a list, which takes vs over.
func List(vs ...Value) Value { return Value{kind: ListKind, list: vs} }

// Struct makes a struct, which takes m over.
func Struct(m map[string]Value) Value { return Value{kind: StructKind, fields: m} }

// Secret gives v marked as secret: traces and logs show it as dots.
func (v Value) Secret() Value { v.secret = true; return v }

// IsSecret tells whether v, or anything in it, is secret.
func (v Value) IsSecret() bool {
	if v.secret {
		return true
	}
	for _, e := range v.list {
		if e.IsSecret() {
			return true
		}
	}
	for _, e := range v.fields {
		if e.IsSecret() {
			return true
		}
	}
	return false
}

// Kind tells what v is.
func (v Value) Kind() Kind { return v.kind }

// IsNothing tells whether v is nothing.
func (v Value) IsNothing() bool { return v.kind == NothingKind }

// Text converts to text.
func (v Value) Text() string {
	switch v.kind {
	case TextKind:
		return v.text
	case NumberKind:
		return FormatNumber(v.num)
	case BoolKind:
		return strconv.FormatBool(v.num != 0)
	case ListKind, StructKind:
		b, _ := json.Marshal(v) // every Value has a JSON form
		return string(b)
	}
	return ""
}

// FormatNumber shows f without trailing zeros.
func FormatNumber(f float64) string {
	if math.Abs(f) >= 1e21 { // as JSON and JavaScript show it
		return strconv.FormatFloat(f, 'g', -1, 64)
	}
	return strconv.FormatFloat(f, 'f', -1, 64)
}

// Number converts to a number; false for text that is none.
func (v Value) Number() (float64, bool) {
	switch v.kind {
	case TextKind:
		return parseNumber(v.text)
	case NumberKind, BoolKind:
		return v.num, true
	case ListKind:
		return float64(len(v.list)), true
	case StructKind:
		return float64(len(v.fields)), true
	}
	return 0, true
}

func parseNumber(s string) (float64, bool) {
	s = strings.TrimSpace(s)
	if s == "" {
		return 0, true
	}
	if strings.ContainsAny(s, "xXpP_nN") { // strconv reads hex, 1_000, inf and nan
		return 0, false
	}
	f, err := strconv.ParseFloat(s, 64)
	return f, err == nil
}

// Bool converts to yes or no.
func (v Value) Bool() bool {
	switch v.kind {
	case TextKind:
		switch strings.ToLower(strings.TrimSpace(v.text)) {
		case "true", "yes", "1":
			return true
		}
		return false
	case NumberKind, BoolKind:
		return v.num != 0
	}
	return len(v.list)+len(v.fields) > 0
}

// List converts to a list. The caller may not change it.
func (v Value) List() []Value {
	switch v.kind {
	case ListKind:
		return v.list
	case NothingKind:
		return nil
	}
	return []Value{v}
}

// Fields converts to a struct's members. The caller may not change them.
func (v Value) Fields() map[string]Value { return v.fields }

// Field gives a member of a struct; nothing when there is none.
func (v Value) Field(name string) Value { return v.fields[name] }

// Blank tells whether v is nothing or text without a letter in it.
func (v Value) Blank() bool {
	return v.kind == NothingKind || v.kind == TextKind && strings.TrimSpace(v.text) == ""
}

// Size is about how many bytes v takes, for the limit on variables.
func (v Value) Size() int {
	n := 8 + len(v.text)
	for _, e := range v.list {
		n += e.Size()
	}
	for k, e := range v.fields {
		n += len(k) + e.Size()
	}
	return n
}

// Any gives v in Go's own types: nil, string, float64, bool, []any, map[string]any.
func (v Value) Any() any {
	switch v.kind {
	case TextKind:
		return v.text
	case NumberKind:
		return v.num
	case BoolKind:
		return v.num != 0
	case ListKind:
		l := make([]any, len(v.list))
		for i, e := range v.list {
			l[i] = e.Any()
		}
		return l
	case StructKind:
		m := make(map[string]any, len(v.fields))
		for k, e := range v.fields {
			m[k] = e.Any()
		}
		return m
	}
	return nil
}

// ValueOf makes a Value of one of Go's own types; of any other its JSON form,
// or its text when it has none.
func ValueOf(a any) Value {
	switch a := a.(type) {
	case nil:
		return Value{}
	case Value:
		return a
	case string:
		return Text(a)
	case float64:
		return Number(a)
	case int:
		return Number(float64(a))
	case bool:
		return Bool(a)
	case []any:
		l := make([]Value, len(a))
		for i, e := range a {
			l[i] = ValueOf(e)
		}
		return List(l...)
	case map[string]any:
		m := make(map[string]Value, len(a))
		for k, e := range a {
			m[k] = ValueOf(e)
		}
		return Struct(m)
	}
	return valueOfOther(a)
}

func valueOfOther(a any) Value {
	b, err := json.Marshal(a)
	if err != nil {
		return Text(fmt.Sprint(a))
	}
	var plain any
	d := json.NewDecoder(bytes.NewReader(b))
	if d.Decode(&plain) != nil {
		return Text(fmt.Sprint(a))
	}
	return ValueOf(plain) // plain has only the types above
}
