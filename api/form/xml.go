package form

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"ringflow/endpoints"
)

const (
	xmlInstance = "http://www.w3.org/2001/XMLSchema-instance"
	xmlArrays   = "http://schemas.microsoft.com/2003/10/Serialization/Arrays"
	xmlData     = "http://schemas.datacontract.org/2004/07/Voice.Api.Flows.Data"
)

// xmlWriter writes as .NET's DataContractSerializer does: a DTO's members in
// alphabetical order, those of its base class first, each in the namespace of
// the class that declares it.
type xmlWriter struct {
	c *Codec
	b *bytes.Buffer
}

// xmlScope is which namespaces are known where we are.
type xmlScope struct {
	depth    int
	def      string            // the default namespace
	prefixes map[string]string // namespace: prefix
}

// xml writes v as a document.
func (c *Codec) xml(b *bytes.Buffer, v reflect.Value) {
	v = reflect.Indirect(v)
	w := xmlWriter{c, b}
	name, ns := "ArrayOf", xmlArrays
	if s := c.shapes[v.Type()]; s != nil {
		name, ns = s.Name, s.NS
	} else if v.Kind() == reflect.Slice {
		elem, elemNS := w.item(v.Type().Elem())
		name, ns = name+elem, elemNS
	}
	fmt.Fprintf(b, `<?xml version="1.0" encoding="utf-8"?><%s xmlns:i="%s" xmlns="%s">`, name, xmlInstance, ns)
	w.content(v, xmlScope{depth: 1, def: ns})
	fmt.Fprintf(b, "</%s>", name)
}

// element writes <name> in ns around v. child is the namespace that v's own
// elements are in; it is declared here with a prefix if it is new, as .NET does.
func (w xmlWriter) element(name, ns, child string, v reflect.Value, s xmlScope) {
	s.depth++
	var attrs string
	prefix, known := s.prefixes[ns]
	switch {
	case ns == s.def:
	case known:
		name = prefix + ":" + name
	default:
		attrs += fmt.Sprintf(` xmlns="%s"`, ns)
		s.def = ns
	}
	if v.IsValid() && v.Kind() != reflect.Pointer && v.Type() != RawType && absent(v) || v.Kind() == reflect.Pointer && v.IsNil() || v.IsValid() && v.Type() == RawType && absent(v) {
		fmt.Fprintf(w.b, `<%s%s i:nil="true"/>`, name, attrs)
		return
	}
	if _, known := s.prefixes[child]; child != "" && child != s.def && !known {
		p := fmt.Sprintf("d%dp1", s.depth)
		attrs += fmt.Sprintf(` xmlns:%s="%s"`, p, child)
		s.prefixes = maps.Clone(s.prefixes)
		if s.prefixes == nil {
			s.prefixes = map[string]string{}
		}
		s.prefixes[child] = p
	}
	fmt.Fprintf(w.b, "<%s%s>", name, attrs)
	w.content(v, s)
	fmt.Fprintf(w.b, "</%s>", name)
}

// content writes what stands between a value's tags.
func (w xmlWriter) content(v reflect.Value, s xmlScope) {
	v = reflect.Indirect(v)
	if text, ok := scalar(v); ok {
		w.text(text)
		return
	}
	switch {
	case v.Type() == RawType:
		w.text(string(v.Bytes())) // JSON as text: a graph keeps its meaning to the letter
	case v.Type() == StructType:
		w.dictionary(v.Interface().(map[string]endpoints.Value), s)
	case v.Type() == ValueType:
		p := ""
		if s.def != xmlData {
			p = s.prefixes[xmlData] + ":"
		}
		w.value(v.Interface().(endpoints.Value), p, s)
	case v.Kind() == reflect.Slice:
		name, ns := w.item(v.Type().Elem())
		for i := range v.Len() {
			w.element(name, ns, w.inner(v.Type().Elem()), v.Index(i), s)
		}
	case w.c.shapes[v.Type()] != nil:
		for _, m := range w.c.shapes[v.Type()].xml {
			w.element(m.Name, m.NS, w.inner(m.Type), v.FieldByIndex(m.Index), s)
		}
	}
}

// item is the element name and namespace of a list's items.
func (w xmlWriter) item(t reflect.Type) (name, ns string) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case t == StructType:
		return "ArrayOfKeyValueOfstringValue", xmlArrays
	case w.c.shapes[t] != nil:
		return w.c.shapes[t].Name, w.c.shapes[t].NS
	case t.Implements(enumType):
		return t.Name(), namespaces + namespaceOfEnum(t)
	case t.Kind() == reflect.Int || t.Kind() == reflect.Int64:
		return "int", xmlArrays
	}
	return "string", xmlArrays
}

// inner is the namespace of the elements within a value of type t, "" if it has none.
func (w xmlWriter) inner(t reflect.Type) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case t == RawType || t == TimeType:
		return ""
	case t == StructType:
		return xmlArrays
	case t == ValueType:
		return xmlData
	case t.Kind() == reflect.Slice:
		_, ns := w.item(t.Elem())
		return ns
	case w.c.shapes[t] != nil:
		return w.c.shapes[t].NS
	}
	return ""
}

// dictionary writes a Struct. .NET puts a hash behind the element's name, which
// nobody knows; readers go by the order.
func (w xmlWriter) dictionary(d map[string]endpoints.Value, s xmlScope) {
	for _, key := range slices.Sorted(maps.Keys(d)) {
		p := s.prefixes[xmlArrays]
		fmt.Fprintf(w.b, "<%s:KeyValueOfstringValue><%s:Key>", p, p)
		w.text(key)
		fmt.Fprintf(w.b, `</%s:Key><%s:Value xmlns:d%dp1="%s">`, p, p, s.depth+2, xmlData)
		w.value(d[key], fmt.Sprintf("d%dp1:", s.depth+2), s)
		fmt.Fprintf(w.b, "</%s:Value></%s:KeyValueOfstringValue>", p, p)
	}
}

func (w xmlWriter) value(v endpoints.Value, p string, s xmlScope) {
	var attrs string
	tag := func(name string, inner func()) {
		fmt.Fprintf(w.b, "<%s%s%s>", p, name, attrs)
		inner()
		fmt.Fprintf(w.b, "</%s%s>", p, name)
	}
	s.depth += 2
	if a := fmt.Sprintf("d%dp2", s.depth); s.prefixes[xmlArrays] == "" && (v.List != nil || v.Struct != nil) { // not within a Struct
		s.prefixes = maps.Clone(s.prefixes)
		if s.prefixes == nil {
			s.prefixes = map[string]string{}
		}
		s.prefixes[xmlArrays], attrs = a, fmt.Sprintf(` xmlns:%s="%s"`, a, xmlArrays)
	}
	switch {
	case v.Bool != nil:
		tag("BoolValue", func() { fmt.Fprint(w.b, *v.Bool) })
	case v.Number != nil:
		tag("NumberValue", func() { w.content(reflect.ValueOf(*v.Number), s) })
	case v.List != nil:
		tag("ListValue", func() {
			for _, row := range v.List {
				a := s.prefixes[xmlArrays]
				fmt.Fprintf(w.b, "<%s:ArrayOfKeyValueOfstringValue>", a)
				w.dictionary(row, s)
				fmt.Fprintf(w.b, "</%s:ArrayOfKeyValueOfstringValue>", a)
			}
		})
	case v.Struct != nil:
		tag("StructValue", func() { w.dictionary(v.Struct, s) })
	case v.String != nil:
		tag("StringValue", func() { w.text(*v.String) })
	}
}

// text escapes; what XML cannot hold (control characters of a caller's name) becomes U+FFFD.
func (w xmlWriter) text(s string) { _ = xml.EscapeText(w.b, []byte(s)) } // a Buffer doesn't fail
