package api

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"ringflow/api/form"
)

// described is the description, as a public validator takes it.
func described(t *testing.T) *openapi3.T {
	t.Helper()
	raw, err := json.Marshal(newGuide(operations()).openAPI("/"))
	if err != nil {
		t.Fatal(err)
	}
	doc, err := openapi3.NewLoader().LoadFromData(raw)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// The description is valid OpenAPI 3.1, and has every operation, member and enumeration.
func TestOpenAPI(t *testing.T) {
	h := newHouse(t, func(s *Server) { s.PublicURL = "https://pbx.example.com/" })
	a := h.want(200, nobody, "GET", "/openapi.json", "")
	doc, err := openapi3.NewLoader().LoadFromData([]byte(a.body))
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !doc.IsOpenAPI31OrLater() || doc.Servers[0].URL != "https://pbx.example.com" || a.Header.Get("Content-Type") != "application/json; charset=utf-8" {
		t.Error(doc.OpenAPI, doc.Servers[0].URL, a.Header)
	}
	ids := map[string]bool{}
	for path, item := range doc.Paths.Map() {
		for verb, o := range item.Operations() {
			if ids[o.OperationID] {
				t.Errorf("two operations are %s", o.OperationID)
			}
			ids[o.OperationID] = true
			if o.Summary == "" || len(o.Tags) != 1 || o.Responses.Value("default") == nil {
				t.Errorf("%s %s: %+v", verb, path, o)
			}
		}
	}
	g := newGuide(operations())
	for _, o := range g.ops {
		if !ids[o.Name] {
			t.Errorf("%s isn't described", o.Name)
		}
		if o.Summary == "" || !strings.HasSuffix(strings.TrimRight(o.Summary, ")`"), ".") && !strings.Contains(o.Summary, "](") {
			t.Errorf("%s: the summary %q is no sentence", o.Name, o.Summary)
		}
	}
	names := map[string]bool{"Struct": true, "Value": true}
	for typ, s := range g.codec.Shapes() {
		if s.Name == "nothing" {
			continue
		}
		if names[s.Name] {
			t.Errorf("two types are %s", s.Name)
		}
		names[s.Name] = true
		schema := doc.Components.Schemas[s.Name]
		if schema == nil {
			t.Errorf("%s has no schema", s.Name)
			continue
		}
		for _, m := range s.Members {
			p := schema.Value.Properties[m.JSON]
			if p == nil {
				t.Errorf("%s.%s has no schema", s.Name, m.JSON)
				continue
			}
			if want := form.EnumNames(m.Type); want != nil {
				at := p.Value
				if at.Items != nil {
					at = at.Items.Value
				}
				var got []string
				for _, v := range at.Enum {
					got = append(got, v.(string))
				}
				if !slices.Equal(got, want) {
					t.Errorf("%s.%s (%s) lists %v, not %v", s.Name, m.JSON, typ, got, want)
				}
			}
		}
	}
	for name, want := range map[string]bool{"basic": true, "session": true, "bearer": true} {
		if (doc.Components.SecuritySchemes[name] != nil) != want {
			t.Errorf("security scheme %s", name)
		}
	}
	if auth := doc.Paths.Find("/auth/{provider}"); auth == nil {
		t.Error("no path leads to a login")
	}
	if o := doc.Paths.Find("/sessions/outgoing").Post; o.RequestBody.Value.Content["application/xml"] == nil || o.Responses.Value("200").Value.Content["application/json"].Schema.Ref != "#/components/schemas/SessionInfo" {
		t.Errorf("%+v", o)
	}
}

// conforms: an answer has the members that its schema has, and of these types.
func (h *house) conforms(doc *openapi3.T, o *Operation, body string) {
	h.Helper()
	g := guide{codec: form.NewCodec(o.response)}
	schema := &openapi3.SchemaRef{}
	raw, err := json.Marshal(g.openType(o.response))
	if err == nil {
		err = json.Unmarshal(raw, schema)
	}
	if err != nil {
		h.Fatal(err)
	}
	name := regexp.MustCompile(`#/components/schemas/(\w+)`).FindStringSubmatch(string(raw))
	if name == nil {
		return
	}
	at := doc.Components.Schemas[name[1]].Value
	var v any
	if err := json.Unmarshal([]byte(body), &v); err != nil {
		h.Fatal(err)
	}
	all, isList := v.([]any)
	if !isList {
		all = []any{v}
	}
	for _, v := range all {
		if err := doc.ValidateSchemaJSON(at, v); err != nil {
			h.Errorf("%s isn't as it is described: %v", o.Name, err)
		}
	}
}
