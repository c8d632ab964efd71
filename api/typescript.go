package api

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"ringflow/api/form"
)

// typescript is the source of DTOs and all that they are made of, in the order
// of their names; of requests also what they are answered with.
func (g *guide) typescript(ops ...*Operation) string {
	var types []reflect.Type
	var add func(reflect.Type)
	add = func(t reflect.Type) {
		t = form.Elem(t)
		if slices.Contains(types, t) || g.codec.Shape(t) == nil && !form.IsEnum(t) || t == reflect.TypeFor[nothing]() {
			return
		}
		types = append(types, t)
		if s := g.codec.Shape(t); s != nil {
			for _, m := range s.Members {
				add(m.Type)
			}
		}
	}
	requests := map[reflect.Type]*Operation{}
	for _, o := range ops {
		requests[o.request] = o
		add(o.request)
		if o.Media == "" {
			add(o.response)
		}
	}
	slices.SortFunc(types, func(a, b reflect.Type) int { return strings.Compare(g.typeOf(a), g.typeOf(b)) })
	var b strings.Builder
	b.WriteString("/* DTOs of Ringflow's REST API. */\n\nexport interface IReturn<T> { createResponse(): T; }\n\nexport interface IReturnVoid { createResponse(): void; }\n\n" +
		"export interface Value { boolValue?: boolean; stringValue?: string; numberValue?: number; listValue?: Struct[]; structValue?: Struct; }\n\nexport interface Struct { [name: string]: Value; }\n")
	for _, t := range types {
		b.WriteString("\n")
		comment(&b, "", words()[t.Name()])
		if s := g.codec.Shape(t); s != nil {
			g.typescriptClass(&b, t, s, requests[t])
			continue
		}
		fmt.Fprintf(&b, "export enum %s {\n", t.Name())
		for _, name := range form.EnumNames(t) {
			fmt.Fprintf(&b, "    %s = %q,\n", name, name)
		}
		b.WriteString("}\n")
	}
	return b.String()
}

// comment writes one; none may end it early.
func comment(b *strings.Builder, indent, text string) {
	if text != "" {
		fmt.Fprintf(b, "%s/** %s */\n", indent, strings.ReplaceAll(text, "*/", "* /"))
	}
}

func (g *guide) typescriptClass(b *strings.Builder, t reflect.Type, s *form.Shape, o *Operation) {
	returns, made := "", ""
	if o != nil {
		returns, made = " implements IReturnVoid", "void"
		if o.Media != "" {
			made = "Blob"
		} else if o.response != reflect.TypeFor[nothing]() {
			made = g.typescriptType(o.response)
		}
		if made != "void" {
			returns = " implements IReturn<" + made + ">"
		}
	}
	fmt.Fprintf(b, "export class %s%s {\n", s.Name, returns)
	for _, m := range s.Members {
		comment(b, "    ", g.about(t, m))
		fmt.Fprintf(b, "    public %s?: %s;\n", m.JSON, g.typescriptType(m.Type))
	}
	fmt.Fprintf(b, "\n    public constructor(init?: Partial<%s>) { Object.assign(this, init); }\n", s.Name)
	if o != nil {
		answer := ""
		switch {
		case strings.HasSuffix(made, "[]"):
			answer = "return [];"
		case made != "void":
			answer = "return new " + made + "();"
		}
		fmt.Fprintf(b, "    public getTypeName() { return %q; }\n    public getMethod() { return %q; }\n    public createResponse(): %s { %s }\n", o.Name, o.verb(), made, answer)
	}
	b.WriteString("}\n")
}

// verb is the one that an operation is called by, first of all.
func (o *Operation) verb() string {
	if len(o.Routes) == 0 {
		return "POST"
	}
	verb, _, _ := strings.Cut(o.Routes[0], " ")
	switch verb {
	case "ALL":
		return "POST"
	case "PATCHY":
		return "PATCH"
	}
	return verb
}

func (g *guide) typescriptType(t reflect.Type) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch name := g.typeOf(t); {
	case t.Kind() == reflect.Slice && t != form.RawType:
		return g.typescriptType(t.Elem()) + "[]"
	case name == "JSON":
		return "any"
	case name == "DateTime":
		return "string"
	case name == "int", name == "double":
		return "number"
	case name == "bool":
		return "boolean"
	default:
		return name
	}
}
