package api

import (
	"cmp"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"ringflow/api/form"
	"ringflow/endpoints"
)

// The API describes itself from the registry: an operation that is added there
// is described. openapi.go, metadata.go and typescript.go are three ways to say
// the same.

// guide is what descriptions are made of.
type guide struct {
	ops   []*Operation
	codec *form.Codec
}

func newGuide(ops []*Operation) *guide {
	ops = slices.Clone(ops)
	slices.SortStableFunc(ops, func(a, b *Operation) int { return cmp.Compare(tagOf(a), tagOf(b)) })
	return &guide{ops: ops, codec: form.NewCodec(newRegistry(ops).types()...)}
}

// tagOf is the resource that an operation belongs to: the end of its namespace.
func tagOf(o *Operation) string {
	ns := form.Namespace(o.request)
	tag := ns[strings.LastIndexByte(ns, '.')+1:]
	if tag == "Api" || strings.Contains(tag, "/") {
		return "Server"
	}
	return tag
}

// who tells who may call, in the contract's words.
func (o *Operation) who() string {
	switch {
	case o.Anonymous:
		return ""
	case len(o.Roles) == 0:
		return "Requires Authentication"
	case len(o.Roles) == 1:
		return "Required role: " + string(o.Roles[0])
	}
	return "Requires any of the roles: " + roleNames(o.Roles)
}

// reply is the route that every operation has.
func (o *Operation) reply() string { return "/json/reply/" + o.Name }

// parameter is a member of a request, as the metadata pages show it.
type parameter struct {
	Name, In, Type, Required, Description string
}

// parameters of an operation, where they stand when it is called by its first route.
func (g *guide) parameters(o *Operation) []parameter {
	verb, path := "POST", ""
	if len(o.Routes) > 0 {
		verb, path, _ = strings.Cut(o.Routes[0], " ")
	}
	in := "body"
	if verb == http.MethodGet || verb == http.MethodDelete {
		in = "query"
	}
	var out []parameter
	for _, m := range g.codec.Shape(o.request).Members {
		p := parameter{Name: m.JSON, In: in, Type: g.typeOf(m.Type), Required: "No", Description: g.about(o.request, m)}
		if strings.Contains(strings.ToLower(path), "{"+strings.ToLower(m.Name)+"}") {
			p.In, p.Required = "path", "Yes"
		}
		if m.Name == o.Whole {
			p.In, p.Type = "body", "text"
		}
		out = append(out, p)
	}
	for _, n := range o.takes(verb) {
		out = append(out, parameter{Name: n.Name, In: "header", Type: "string", Required: "No", Description: n.About})
	}
	if o.Upload {
		out = append(out, parameter{Name: "file", In: "form", Type: "file", Required: "No", Description: "The bytes, as a part of multipart/form-data."})
	}
	return out
}

// typeOf is a type in words: FlowInfo, List<string>, Struct.
func (g *guide) typeOf(t reflect.Type) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case t == form.RawType:
		return "JSON"
	case t == form.TimeType:
		return "DateTime"
	case t == form.StructType:
		return "Struct"
	case t == form.ValueType:
		return "Value"
	case t.Kind() == reflect.Slice:
		return "List<" + g.typeOf(t.Elem()) + ">"
	case g.codec.Shape(t) != nil:
		return g.codec.Shape(t).Name
	case form.IsEnum(t):
		return t.Name()
	}
	switch t.Kind() {
	case reflect.Int, reflect.Int64:
		return "int"
	case reflect.Float64:
		return "double"
	case reflect.Bool:
		return "bool"
	}
	return "string"
}

// about is what is written about a member; enumerations list what they have.
func (g *guide) about(in reflect.Type, m form.Member) string {
	text := words()[m.Owner(in).Name()+"."+m.Name]
	if text == "" {
		text = usual[m.Name]
	}
	if names := form.EnumNames(m.Type); names != nil {
		text = strings.TrimSpace(text + " One of " + strings.Join(names, ", ") + ".")
	}
	return text
}

// usual words for members that every DTO means the same by.
var usual = map[string]string{
	"AccountId": "Id of the account.", "AccountIds": "Ids of the accounts; none: all that the login sees.", "CustomerId": "Id of the customer.", "CustomerIds": "Ids of customers.",
	"FlowId": "Id of the flow.", "EndpointId": "Id of the endpoint.", "SessionId": "Id of the session.", "FileId": "Id of the file.",
	"Id": "Id: 32 hexadecimal digits.", "DateCreated": "When it was made.", "DateLastModified": "When it was changed last.", "CreatedBy": "Who made it.", "LastModifiedBy": "Who changed it last.",
	"Page": "Number of the page, from 0.", "CountPerPage": "Items on a page; none: 25.", "All": "All at once instead of a page.", "SpecificIds": "Only these ids.",
	"SortField": "Member to sort by.", "SortOrder": "Direction to sort in.", "SimplifiedPaging": "Don't count: quicker.",
	"Items": "The page.", "TotalCount": "How many there are.", "TotalPages": "How many pages that makes.", "HasMorePages": "Whether there is more.", "NameFilter": "A part of the name.", "TagIds": "Only what has all these tags.",
	"Data": "Values of the fields that the account has defined.", "FlowParams": "Values of the flow's public parameters.", "ReferenceId": "Id of it in another system.",
}

// operation finds an entry by its name in any case.
func (g *guide) operation(name string) (*Operation, error) {
	i := slices.IndexFunc(g.ops, func(o *Operation) bool { return strings.EqualFold(o.Name, name) })
	if i < 0 {
		return nil, notFound("operation", name)
	}
	return g.ops[i], nil
}

// sampleOf fills a value of type t with something of each member. seen keeps
// what contains itself finite.
func (g *guide) sampleOf(t reflect.Type, seen []reflect.Type) reflect.Value {
	v := reflect.New(t).Elem()
	switch {
	case t == form.RawType:
		v.SetBytes([]byte("{}"))
	case t == form.TimeType:
	case t == form.StructType:
		v.Set(reflect.ValueOf(map[string]endpoints.Value{"String": endpoints.StringValue("String")}))
	case t == form.ValueType:
		v.Set(reflect.ValueOf(endpoints.StringValue("String")))
	case t.Kind() == reflect.Pointer: // before what its methods tell
		v.Set(reflect.New(t.Elem()))
		v.Elem().Set(g.sampleOf(t.Elem(), seen))
	case form.IsEnum(t):
		v.SetString(form.EnumNames(t)[0])
	case t.Kind() == reflect.Slice:
		v = reflect.MakeSlice(t, 0, 1)
		if !slices.Contains(seen, t.Elem()) {
			v = reflect.Append(v, g.sampleOf(t.Elem(), seen))
		}
	case t.Kind() == reflect.Struct:
		if slices.Contains(seen, t) {
			return v
		}
		for _, m := range g.codec.Shape(t).Members {
			if !slices.Contains(seen, deref(m.Type)) && deref(m.Type) != t {
				v.FieldByIndex(m.Index).Set(g.sampleOf(m.Type, append(slices.Clone(seen), t)))
			}
		}
	case t.Kind() == reflect.String:
		v.SetString("String")
	}
	return v
}

func deref(t reflect.Type) reflect.Type {
	if t.Kind() == reflect.Pointer {
		return t.Elem()
	}
	return t
}

// title of an operation's answer: a type, or nothing.
func (g *guide) answers(o *Operation) string {
	switch {
	case o.Media != "":
		return o.Media
	case o.response == reflect.TypeFor[nothing]():
		return "204 No Content"
	}
	return g.typeOf(o.response)
}

// routes of an operation, with those that it has by its name.
func (o *Operation) allRoutes() []string {
	return append(slices.Clone(o.Routes), fmt.Sprintf("ALL /{json|xml|csv|jsv|jsonl}/reply/%s", o.Name), "ALL /api/"+o.Name)
}
