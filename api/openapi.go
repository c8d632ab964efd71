package api

import (
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"ringflow/api/form"
)

// object is a JSON object of the description.
type object = map[string]any

// openAPI is the whole API as OpenAPI 3.1 describes it (JSON Schema 2020-12).
func (g *guide) openAPI(server string) object {
	paths := object{}
	for _, o := range g.ops {
		for i, route := range o.Routes {
			verb, path, _ := strings.Cut(route, " ")
			verbs := []string{verb}
			if verb == "ALL" {
				verbs = []string{http.MethodGet, http.MethodPost}
			}
			for _, v := range verbs {
				if !slices.Contains([]string{"GET", "POST", "PUT", "PATCH", "DELETE"}, v) {
					continue // PATCHY; there is another
				}
				if verb == "ALL" && g.hasRoute(v+" "+path) {
					continue // which is another operation's
				}
				id := o.Name
				if i > 0 || len(verbs) > 1 && v == http.MethodGet {
					id += strconv.Itoa(i+1) + strings.ToLower(v)
				}
				if paths[path] == nil {
					paths[path] = object{}
				}
				paths[path].(object)[strings.ToLower(v)] = g.openOperation(o, id, v, path)
			}
		}
		if len(o.Routes) == 0 {
			paths[o.reply()] = object{"post": g.openOperation(o, o.Name, http.MethodPost, o.reply())}
		}
	}
	return object{
		"openapi": "3.1.0", "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
		"info": object{"title": "Ringflow", "version": "1", "summary": "A telephone system, by HTTP.",
			"description": "Besides its routes every operation takes any verb on `/{json|xml|csv|jsv|jsonl}/reply/{Name}`, on `/{format}/oneway/{Name}` without an answer, and on `/api/{Name}`. Answers come in JSON, XML, CSV, JSV or JSONL: by suffix (`/flows.xml`), by `?format=xml`, by `Accept`."},
		"servers": []any{object{"url": server}},
		"tags":    g.openTags(),
		"paths":   paths,
		"components": object{
			"schemas": g.openSchemas(),
			"responses": object{"Error": object{"description": "What is wrong.", "content": object{
				"application/json": object{"schema": ref("ErrorResponse")}, "application/xml": object{"schema": ref("ErrorResponse")},
			}}},
			"securitySchemes": object{
				"basic":   object{"type": "http", "scheme": "basic", "description": "E-mail address and password of a login."},
				"session": object{"type": "apiKey", "in": "cookie", "name": "ss-id", "description": "The cookie of POST /auth/credentials; also as the header X-ss-id."},
				"bearer":  object{"type": "http", "scheme": "bearer", "description": "An API key, or this machine's own token."},
			},
		},
		"security": []any{object{"basic": []any{}}, object{"session": []any{}}, object{"bearer": []any{}}},
	}
}

func (g *guide) hasRoute(route string) bool {
	return slices.ContainsFunc(g.ops, func(o *Operation) bool { return slices.Contains(o.Routes, route) })
}

func ref(name string) object { return object{"$ref": "#/components/schemas/" + name} }

func (g *guide) openTags() []any {
	var out []any
	last := ""
	for _, o := range g.ops {
		if tag := tagOf(o); tag != last {
			last = tag
			out = append(out, object{"name": tag})
		}
	}
	return out
}

func (g *guide) openOperation(o *Operation, id, verb, path string) object {
	out := object{"operationId": id, "summary": o.Summary, "tags": []any{tagOf(o)}, "responses": g.openResponses(o)}
	if who := o.who(); who != "" {
		out["description"] = who + "."
	}
	if o.Anonymous {
		out["security"] = []any{}
	}
	body := verb != http.MethodGet && verb != http.MethodDelete
	var parameters []any
	for part := range strings.SplitSeq(path, "/") {
		if !strings.HasPrefix(part, "{") {
			continue
		}
		name := strings.Trim(part[:strings.IndexByte(part, '}')], "{}")
		schema := object{"type": "string"}
		if m, known := g.codec.Shape(o.request).Member(name); known {
			schema = g.openType(m.Type)
		}
		parameters = append(parameters, object{"name": name, "in": "path", "required": true, "schema": schema})
	}
	if !body || o.Whole != "" {
		for _, m := range g.codec.Shape(o.request).Members {
			if m.Name == o.Whole || strings.Contains(strings.ToLower(path), "{"+strings.ToLower(m.Name)+"}") {
				continue
			}
			p := object{"name": m.JSON, "in": "query", "schema": g.openType(m.Type)}
			if text := g.about(o.request, m); text != "" {
				p["description"] = text
			}
			if m.Type.Kind() == reflect.Slice && m.Type != form.RawType {
				p["explode"] = false // a,b
			}
			parameters = append(parameters, p)
		}
	}
	if parameters = o.openHeaders(verb, parameters, out["responses"].(object)); parameters != nil {
		out["parameters"] = parameters
	}
	if body {
		out["requestBody"] = g.openBody(o)
	}
	return out
}

func (g *guide) openBody(o *Operation) object {
	request := ref(g.codec.Shape(o.request).Name)
	switch {
	case o.Whole != "":
		return object{"required": true, "content": object{"application/json": object{"schema": object{}}, "application/yaml": object{"schema": object{"type": "string"}}}}
	case o.Upload:
		content := object{"multipart/form-data": object{"schema": object{"allOf": []any{request, object{
			"type": "object", "properties": object{"file": object{"type": "string", "contentMediaType": "application/octet-stream", "description": "The bytes."}},
		}}}}}
		if o.Direct {
			content["application/octet-stream"] = object{"schema": object{"type": "string", "contentMediaType": "application/octet-stream"}}
		}
		return object{"content": content}
	}
	content := object{}
	for _, kind := range []string{"application/json", "application/xml", "text/jsv", "application/x-www-form-urlencoded", "multipart/form-data"} {
		content[kind] = object{"schema": request}
	}
	return object{"content": content}
}

func (g *guide) openResponses(o *Operation) object {
	out := object{"default": object{"$ref": "#/components/responses/Error"}}
	switch {
	case o.Media != "":
		content := object{}
		for kind := range strings.SplitSeq(o.Media, ", ") {
			if !strings.Contains(kind, "/") {
				kind = "*/*" // and more
			}
			content[kind] = object{"schema": object{"type": "string"}}
			if !strings.HasPrefix(kind, "text/") {
				content[kind] = object{"schema": object{}}
			}
		}
		out["200"] = object{"description": "As it is.", "content": content}
	case o.response == reflect.TypeFor[nothing]():
		out["204"] = object{"description": "Done."}
	default:
		schema := g.openType(o.response)
		content := object{}
		for _, f := range form.Formats() {
			content[f.MIME()] = object{"schema": object{"type": "string"}}
			if f == form.JSON || f == form.XML {
				content[f.MIME()] = object{"schema": schema}
			}
		}
		out["200"] = object{"description": g.typeOf(o.response), "content": content}
	}
	return out
}

// openType is the schema of a member.
func (g *guide) openType(t reflect.Type) object {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case t == form.RawType:
		return object{"description": "JSON, kept as it comes."}
	case t == form.TimeType:
		return object{"type": "string", "format": "date-time"}
	case t == form.StructType:
		return ref("Struct")
	case t == form.ValueType:
		return ref("Value")
	case t.Kind() == reflect.Slice:
		return object{"type": "array", "items": g.openType(t.Elem())}
	case g.codec.Shape(t) != nil:
		return ref(g.codec.Shape(t).Name)
	case form.IsEnum(t):
		return ref(t.Name())
	}
	switch t.Kind() {
	case reflect.Int:
		return object{"type": "integer"}
	case reflect.Int64:
		return object{"type": "integer", "format": "int64"}
	case reflect.Float64:
		return object{"type": "number", "format": "double"}
	case reflect.Bool:
		return object{"type": "boolean"}
	}
	return object{"type": "string"}
}

// openSchemas are all DTOs and enumerations.
func (g *guide) openSchemas() object {
	value := object{}
	for name, t := range map[string]object{"boolValue": {"type": "boolean"}, "stringValue": {"type": "string"}, "numberValue": {"type": "number"}, "structValue": ref("Struct"), "listValue": {"type": "array", "items": ref("Struct")}} {
		value[name] = t
	}
	out := object{
		"Struct": object{"type": "object", "description": "Values by name.", "additionalProperties": ref("Value")},
		"Value":  object{"type": "object", "description": "A value: one of the members, or none.", "properties": value},
	}
	for t, s := range g.codec.Shapes() {
		if t == reflect.TypeFor[nothing]() {
			continue
		}
		properties := object{}
		for _, m := range s.Members {
			p := g.openType(m.Type)
			if text := words()[m.Owner(t).Name()+"."+m.Name]; text != "" {
				if p["$ref"] != nil || p["description"] == nil { // 3.1 lets a description stand beside $ref
					p["description"] = text
				}
			}
			properties[m.JSON] = p
			if names := form.EnumNames(m.Type); names != nil {
				out[g.enumOf(m.Type)] = object{"type": "string", "enum": names}
			}
		}
		schema := object{"type": "object", "properties": properties}
		if text := words()[t.Name()]; text != "" {
			schema["description"] = text
		}
		out[s.Name] = schema
	}
	return out
}

// enumOf is an enumeration's name, also of a list of one.
func (g *guide) enumOf(t reflect.Type) string {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	return t.Name()
}
