package form

import (
	"bytes"
	"encoding/json"
	"reflect"
)

// json writes v: camelCase names, nothing that is null, raw members as they
// came.
func (c *Codec) json(b *bytes.Buffer, v reflect.Value) {
	for v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
		if v.IsNil() {
			b.WriteString("null")
			return
		}
		v = v.Elem()
	}
	switch {
	case v.Type() == RawType:
		b.Write(v.Bytes())
	case v.Type() == TimeType:
		text, _ := scalar(v)
		b.WriteString(`"` + text + `"`)
	case v.Kind() == reflect.Struct && c.shapes[v.Type()] != nil:
		c.members(b, v, `"`, c.json)
	case v.Kind() == reflect.Slice:
		list(b, v, c.json)
	default:
		out, err := json.Marshal(v.Interface()) // strings, numbers, Struct
		if err != nil {
			out = []byte("null")
		}
		b.Write(out)
	}
}

// members writes a struct as JSON and JSV have it: quote stands around the names, each writes what they are.
func (c *Codec) members(b *bytes.Buffer, v reflect.Value, quote string, each func(*bytes.Buffer, reflect.Value)) {
	b.WriteByte('{')
	first := true
	for _, m := range c.shapes[v.Type()].Members {
		f := v.FieldByIndex(m.Index)
		if absent(f) {
			continue
		}
		if !first {
			b.WriteByte(',')
		}
		first = false
		b.WriteString(quote + m.JSON + quote + ":")
		each(b, f)
	}
	b.WriteByte('}')
}

// list writes a slice as JSON and JSV have it.
func list(b *bytes.Buffer, v reflect.Value, each func(*bytes.Buffer, reflect.Value)) {
	b.WriteByte('[')
	for i := range v.Len() {
		if i > 0 {
			b.WriteByte(',')
		}
		each(b, v.Index(i))
	}
	b.WriteByte(']')
}

// jsonl writes the items of a list one a line, anything else as one line.
func (c *Codec) jsonl(b *bytes.Buffer, v reflect.Value) {
	for _, row := range c.rows(v) {
		start := b.Len()
		c.json(b, row)
		var line bytes.Buffer // raw members may hold line breaks
		if json.Compact(&line, b.Bytes()[start:]) == nil {
			b.Truncate(start)
			b.Write(line.Bytes())
		}
		b.WriteByte('\n')
	}
}

// rows are the items of a list response or of a bare list; anything else is one row.
func (c *Codec) rows(v reflect.Value) []reflect.Value {
	v = reflect.Indirect(v)
	if s := c.shapes[v.Type()]; s != nil {
		var lists []reflect.Value
		for _, m := range s.Members {
			if m.Type.Kind() == reflect.Slice && m.Type != RawType && reflect.Indirect(reflect.New(m.Type.Elem())).Kind() == reflect.Struct {
				lists = append(lists, v.FieldByIndex(m.Index))
			}
		}
		if _, isList := s.Member("TotalCount"); !isList && len(s.Members) > 1 || len(lists) != 1 {
			return []reflect.Value{v}
		}
		v = lists[0]
	}
	if v.Kind() != reflect.Slice {
		return []reflect.Value{v}
	}
	out := make([]reflect.Value, v.Len())
	for i := range out {
		out[i] = reflect.Indirect(v.Index(i))
	}
	return out
}
