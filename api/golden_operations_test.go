package api

import (
	"encoding/json"
	"os"
	"reflect"
	"slices"
	"testing"

	"ringflow/api/form"
	"ringflow/endpoints"
)

// surface is what clients know of an operation.
type surface struct {
	Routes    []string          `json:"routes"`
	Roles     []endpoints.Role  `json:"roles,omitempty"`
	Anonymous bool              `json:"anonymous,omitempty"`
	Takes     map[string]string `json:"takes,omitempty"`
	Answers   map[string]string `json:"answers,omitempty"`
}

func surfaceOf(c *form.Codec, o *Operation) surface {
	members := func(t reflect.Type) map[string]string {
		t = form.Elem(t)
		if c.Shape(t) == nil {
			return nil
		}
		out := map[string]string{}
		for _, m := range c.Shape(t).Members {
			out[m.JSON] = plainType(c, m.Type)
		}
		return out
	}
	return surface{Routes: o.Routes, Roles: o.Roles, Anonymous: o.Anonymous, Takes: members(o.request), Answers: members(o.response)}
}

// plainType is the type of a member; what an enumeration lists may grow.
func plainType(c *form.Codec, t reflect.Type) string {
	switch {
	case t.Kind() == reflect.Pointer:
		return plainType(c, t.Elem())
	case t.Kind() == reflect.Slice && t != form.RawType:
		return plainType(c, t.Elem()) + "[]"
	case form.IsEnum(t):
		return t.Name()
	}
	return typeName(c, t)
}

// Routes, roles, members and their types of the operations that clients know
// stay. What may be called by more than before, or takes more, is no change to them.
func TestGoldenOperations(t *testing.T) {
	const file = "testdata/golden/operations.json"
	reg := newRegistry(operations())
	c := form.NewCodec(reg.types()...)
	if *update {
		all := map[string]surface{}
		for _, o := range reg.ops {
			all[o.Name] = surfaceOf(c, o)
		}
		raw, err := json.MarshalIndent(all, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, append(raw, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]surface
	if err := json.Unmarshal(raw, &all); err != nil {
		t.Fatal(err)
	}
	for name, want := range all {
		i := slices.IndexFunc(reg.ops, func(o *Operation) bool { return o.Name == name })
		if i < 0 {
			t.Errorf("%s is gone", name)
			continue
		}
		got := surfaceOf(c, reg.ops[i])
		for _, route := range want.Routes {
			if !slices.Contains(got.Routes, route) {
				t.Errorf("%s: %s is gone", name, route)
			}
		}
		if want.Anonymous && !got.Anonymous || len(want.Roles) == 0 && len(got.Roles) > 0 {
			t.Errorf("%s wants more of who asks than it did", name)
		}
		for _, role := range want.Roles {
			if len(got.Roles) > 0 && !slices.Contains(got.Roles, role) {
				t.Errorf("%s: not for %s any more", name, role)
			}
		}
		for what, pair := range map[string][2]map[string]string{"takes": {got.Takes, want.Takes}, "answers": {got.Answers, want.Answers}} {
			for member, typ := range pair[1] {
				if pair[0][member] != typ {
					t.Errorf("%s %s %s as %q, was %q", name, what, member, pair[0][member], typ)
				}
			}
		}
	}
}
