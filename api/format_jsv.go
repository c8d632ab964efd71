package api

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
)

// jsv writes v in ServiceStack's JSON with CSV's quoting: {name:value,list:[a,b]}.
func (c *codec) jsv(b *bytes.Buffer, v reflect.Value) {
	for v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
		if v.IsNil() {
			return
		}
		v = v.Elem()
	}
	if text, ok := scalar(v); ok {
		b.WriteString(jsvText(text))
		return
	}
	switch {
	case v.Type() == rawType || v.Type() == structType:
		raw, err := json.Marshal(v.Interface())
		if err != nil {
			return
		}
		b.WriteString(jsvText(string(raw))) // JSON within a JSV string, which bind takes back
	case v.Kind() == reflect.Slice:
		b.WriteByte('[')
		for i := range v.Len() {
			if i > 0 {
				b.WriteByte(',')
			}
			c.jsv(b, v.Index(i))
		}
		b.WriteByte(']')
	case c.shapes[v.Type()] != nil:
		b.WriteByte('{')
		first := true
		for _, m := range c.shapes[v.Type()].members {
			f := v.FieldByIndex(m.index)
			if absent(f) {
				continue
			}
			if !first {
				b.WriteByte(',')
			}
			first = false
			b.WriteString(m.json + ":")
			c.jsv(b, f)
		}
		b.WriteByte('}')
	}
}

// jsvText quotes where a reader could take a character for structure.
func jsvText(s string) string {
	if s != "" && !strings.ContainsAny(s, "\",{}[]:\r\n") {
		return s
	}
	return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
}
