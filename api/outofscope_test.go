package api

import (
	"strings"
	"testing"

	"ringflow/endpoints"
)

// What isn't served says so, to every login, by route and by name, and to nobody
// else more than to log in.
func TestOutOfScope(t *testing.T) {
	h := newHouse(t)
	for _, o := range outOfScope(operations()) {
		verb, path, _ := strings.Cut(o.Routes[0], " ")
		if verb == "ALL" {
			verb = "POST"
		}
		for _, where := range []string{path, "/json/reply/" + o.Name, "/xml/reply/" + o.Name, "/api/" + o.Name} {
			h.want(401, nobody, verb, where, "")
			for _, login := range []string{adminEmail, pinManager, pinUser} {
				a := h.want(501, basic(login), verb, where, `{"half":`)
				if !strings.Contains(a.body, "NotImplementedException") || !strings.Contains(a.body, o.Name+" isn") {
					t.Errorf("%s %s: %s", verb, where, a.body)
				}
			}
		}
	}
}

// What is served by now is in no list of what isn't.
func TestOutOfScopeIsNotServed(t *testing.T) {
	ops := operations()
	left := map[string]bool{}
	for _, o := range outOfScope(ops) {
		left[o.Name] = true
	}
	for _, o := range outOfScope(nil) {
		if !left[o.Name] {
			t.Errorf("%s is served; take it out of outofscope.go", o.Name)
		}
	}
	served := &Operation{Name: "NotUsedRequest", Scope: noAccount(), Roles: []endpoints.Role{endpoints.Manager}}
	for _, o := range outOfScope(append(ops, served)) {
		if o.Name == served.Name {
			t.Error("what is served was said to be missing")
		}
	}
}
