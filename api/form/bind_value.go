package form

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"time"

	"ringflow/endpoints"
)

// Fill sets v, a DTO, to what n says. Null changes nothing.
func (c *Codec) Fill(v reflect.Value, n Node) error { return c.set(v, n, "") }

// set fills v, a DTO or a member of one, with n. path is where we are, for the
// message.
func (c *Codec) set(v reflect.Value, n Node, path string) error {
	if n.IsNull() {
		return nil
	}
	if v.Kind() == reflect.Pointer {
		v.Set(reflect.New(v.Type().Elem()))
		return c.set(v.Elem(), n, path)
	}
	raw := n.raw
	if err := n.expand(); err != nil {
		return refuse(path, "%v", err)
	}
	switch {
	case v.Type() == RawType:
		return setRaw(v, n, raw, path)
	case v.Type() == StructType:
		return setStruct(v, n, raw, path)
	case v.Type() == ValueType:
		return setValue(v, n, raw, path)
	case v.Type() == TimeType:
		t, err := ParseTime(n.Text)
		if err != nil {
			return refuse(path, "%v", err)
		}
		v.Set(reflect.ValueOf(t))
		return nil
	case v.Kind() == reflect.Slice:
		return c.setList(v, n, path)
	case v.Kind() == reflect.Struct:
		return c.setMembers(v, n, path)
	}
	if len(n.Kids) > 0 {
		return refuse(path, "one value is wanted, not a list or object")
	}
	return setScalar(v, strings.TrimSpace(n.Text), n.Text, path)
}

func (c *Codec) setMembers(v reflect.Value, n Node, path string) error {
	s := c.shapes[v.Type()]
	if len(n.Kids) == 0 && strings.TrimSpace(n.Text) != "" {
		return refuse(path, "an object is wanted, not %.40q", n.Text)
	}
	for _, kid := range n.Kids {
		m, known := s.Member(kid.Name)
		if !known {
			continue
		}
		if err := c.set(v.FieldByIndex(m.Index), kid, join(path, m.JSON)); err != nil {
			return err
		}
	}
	return nil
}

func (c *Codec) setList(v reflect.Value, n Node, path string) error {
	kids := n.Kids
	if len(kids) == 0 && n.Text != "" {
		list, err := parseJSV("[" + n.Text + "]") // a,b
		if err != nil {
			return refuse(path, "%v", err)
		}
		kids = list.Kids
	}
	out := reflect.MakeSlice(v.Type(), len(kids), len(kids))
	for i, kid := range kids {
		if err := c.set(out.Index(i), kid, fmt.Sprintf("%s[%d]", path, i)); err != nil {
			return err
		}
	}
	v.Set(out)
	return nil
}

func setScalar(v reflect.Value, text, verbatim, path string) error {
	if e, ok := v.Interface().(Enum); ok {
		name, err := enumMember(e, text)
		if err != nil {
			return refuse(path, "%v", err)
		}
		v.SetString(name)
		return nil
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(verbatim)
	case reflect.Bool:
		switch strings.ToLower(text) {
		case "true", "1":
			v.SetBool(true)
		case "false", "0", "":
			v.SetBool(false)
		default:
			return refuse(path, "%.40q is neither true nor false", text)
		}
	case reflect.Int, reflect.Int64:
		if text == "" {
			return nil
		}
		f, err := strconv.ParseFloat(text, 64) // 5060.0 is how some write 5060
		if err != nil || f != float64(int64(f)) || f > 1<<53 || f < -1<<53 {
			return refuse(path, "%.40q is not a whole number", text)
		}
		v.SetInt(int64(f))
	case reflect.Float64:
		if text == "" {
			return nil
		}
		f, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return refuse(path, "%.40q is not a number", text)
		}
		v.SetFloat(f)
	default:
		return refuse(path, "can't be given here")
	}
	return nil
}

// setRaw keeps JSON to the letter; where the body isn't JSON, JSON stands in the text.
func setRaw(v reflect.Value, n Node, raw json.RawMessage, path string) error {
	if raw == nil {
		raw = json.RawMessage(strings.TrimSpace(n.Text))
		if len(n.Kids) > 0 || !json.Valid(raw) {
			return refuse(path, "JSON is wanted here, as text")
		}
	}
	v.SetBytes(raw)
	return nil
}

// setStruct fills the contract's Struct: JSON, or the Key and Value elements of
// a .NET dictionary, or JSV.
func setStruct(v reflect.Value, n Node, raw json.RawMessage, path string) error {
	return setRead(v, n, raw, path, Node.values,
		`an object of values is wanted, such as {"Tier":{"stringValue":"Gold"},"Level":{"numberValue":3},"Vip":{"boolValue":true}}`)
}

// setValue fills one value of a Struct: JSON, the elements of a .NET Value, or JSV.
func setValue(v reflect.Value, n Node, raw json.RawMessage, path string) error {
	return setRead(v, n, raw, path, Node.value, `a value is wanted, such as {"stringValue":"Gold"}`)
}

// setRead fills v from JSON, which may be the text of n, or by what reads n.
func setRead[T any](v reflect.Value, n Node, raw json.RawMessage, path string, read func(Node) (T, error), wanted string) error {
	if text := strings.TrimSpace(n.Text); raw == nil && strings.HasPrefix(text, "{") {
		raw = json.RawMessage(text)
	}
	var out T
	var err error
	switch {
	case raw != nil:
		err = json.Unmarshal(raw, &out)
	case len(n.Kids) == 0 && strings.TrimSpace(n.Text) != "":
		err = errNoValue
	default:
		out, err = read(n)
	}
	if err != nil { // which speaks of Go's types
		return refuse(path, "%s", wanted)
	}
	v.Set(reflect.ValueOf(out))
	return nil
}

var errNoValue = errors.New("that is no value")

// value reads a Value from XML or JSV.
func (n Node) value() (out endpoints.Value, err error) {
	for _, kid := range n.Kids {
		if kid.IsNull() {
			continue
		}
		switch strings.ToLower(kid.Name) {
		case "stringvalue":
			out.String = &kid.Text
		case "boolvalue":
			b, err := strconv.ParseBool(strings.ToLower(strings.TrimSpace(kid.Text)))
			if err != nil {
				return out, err
			}
			out.Bool = &b
		case "numbervalue":
			f, err := strconv.ParseFloat(strings.TrimSpace(kid.Text), 64)
			if err != nil {
				return out, err
			}
			out.Number = &f
		case "structvalue":
			if out.Struct, err = kid.values(); err != nil {
				return out, err
			}
		case "listvalue":
			out.List = []map[string]endpoints.Value{}
			for _, kid := range kid.Kids {
				row, err := kid.values()
				if err != nil {
					return out, err
				}
				out.List = append(out.List, row)
			}
		}
	}
	return out, nil
}

func (n Node) values() (map[string]endpoints.Value, error) {
	out := map[string]endpoints.Value{}
	for _, kid := range n.Kids {
		key, value := kid.Name, kid
		if strings.HasPrefix(key, "KeyValueOf") {
			key, value = kid.Find("Key").Text, kid.Find("Value")
		}
		v, err := value.value()
		if err != nil {
			return nil, err
		}
		out[key] = v
	}
	return out, nil
}

// dotNetDate is "/Date(ms+zzzz)/"; the zone doesn't change the instant.
var dotNetDate = regexp.MustCompile(`^\\?/Date\((-?\d{1,15})(?:[+-]\d{4})?\)\\?/$`)

// plusLost is a time whose zone has a blank for the + that a query made of it.
var plusLost = regexp.MustCompile(`^(\d{4}-\d\d-\d\dT[\d:.]+) (\d\d:?\d\d)$`)

// ParseTime reads ISO 8601 in the lengths people write it, and .NET's /Date(ms)/.
// Without a zone it is UTC.
func ParseTime(text string) (time.Time, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return time.Time{}, nil
	}
	if m := dotNetDate.FindStringSubmatch(text); m != nil {
		ms, err := strconv.ParseInt(m[1], 10, 64)
		return time.UnixMilli(ms).UTC(), err
	}
	text = plusLost.ReplaceAllString(text, "$1+$2")
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02T15:04Z07:00", "2006-01-02T15:04", "2006-01-02T15:04:05.999999999Z0700", "2006-01-02 15:04:05", "2006-01-02 15:04", time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("%.40q is no date; 2026-11-21 or 2026-11-21T10:00:00Z is", text)
}

func join(path, member string) string {
	if path == "" {
		return member
	}
	return path + "." + member
}
