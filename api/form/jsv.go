package form

import (
	"bytes"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"ringflow/endpoints"
)

// jsv writes v in ServiceStack's JSON with CSV's quoting: {name:value,list:[a,b]}.
func (c *Codec) jsv(b *bytes.Buffer, v reflect.Value) {
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
	case v.Type() == StructType:
		jsvStruct(b, v.Interface().(map[string]endpoints.Value))
	case v.Type() == ValueType:
		jsvValue(b, v.Interface().(endpoints.Value))
	case v.Type() == RawType:
		raw, err := json.Marshal(v.Interface())
		if err != nil {
			return
		}
		b.WriteString(jsvText(string(raw))) // JSON within a JSV string, which bind takes back
	case v.Kind() == reflect.Slice:
		list(b, v, c.jsv)
	case c.shapes[v.Type()] != nil:
		c.members(b, v, "", c.jsv)
	}
}

// jsvText quotes where a reader could take a character for structure.
func jsvText(s string) string {
	if s != "" && !strings.ContainsAny(s, "\",{}[]:\r\n") {
		return s
	}
	return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
}

// jsvStruct writes the contract's Struct, {Tier:{stringValue:Gold}}.
func jsvStruct(b *bytes.Buffer, m map[string]endpoints.Value) {
	b.WriteByte('{')
	for i, name := range slices.Sorted(maps.Keys(m)) {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(jsvText(name) + ":")
		jsvValue(b, m[name])
	}
	b.WriteByte('}')
}

// jsvValue writes one value, {stringValue:Gold}.
func jsvValue(b *bytes.Buffer, v endpoints.Value) {
	b.WriteByte('{')
	switch {
	case v.Bool != nil:
		b.WriteString("boolValue:" + strconv.FormatBool(*v.Bool))
	case v.Number != nil:
		b.WriteString("numberValue:" + strconv.FormatFloat(*v.Number, 'g', -1, 64))
	case v.List != nil:
		b.WriteString("listValue:[")
		for j, row := range v.List {
			if j > 0 {
				b.WriteByte(',')
			}
			jsvStruct(b, row)
		}
		b.WriteByte(']')
	case v.Struct != nil:
		b.WriteString("structValue:")
		jsvStruct(b, v.Struct)
	case v.String != nil:
		b.WriteString("stringValue:" + jsvText(*v.String))
	}
	b.WriteByte('}')
}
