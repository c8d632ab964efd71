package api

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// router finds the operation of a path. A literal segment wins over a variable.
type router struct{ root segment }

type segment struct {
	literal map[string]*segment
	vars    *segment
	name    string                // of the variable that led here
	verbs   map[string]*Operation // "ALL" takes every verb
}

func (r *router) add(verb, path string, o *Operation) {
	at := &r.root
	for part := range strings.SplitSeq(strings.Trim(path, "/"), "/") {
		if strings.HasPrefix(part, "{") {
			if at.vars == nil {
				name, _, _ := strings.Cut(part[1:], "}") // what may follow, .xlsx say, is part of the value
				at.vars = &segment{name: name}
			}
			at = at.vars
			continue
		}
		if at.literal == nil {
			at.literal = map[string]*segment{}
		}
		key := strings.ToLower(part)
		if at.literal[key] == nil {
			at.literal[key] = &segment{}
		}
		at = at.literal[key]
	}
	if at.verbs == nil {
		at.verbs = map[string]*Operation{}
	}
	if at.verbs[verb] != nil {
		panic(fmt.Sprintf("api: %s %s belongs to two operations", verb, path))
	}
	at.verbs[verb] = o
}

// find is the operation for a verb on a path, with the path's variables. verbs
// are those that the path knows, nil if there is no such path.
func (r *router) find(verb string, path []string) (o *Operation, vars map[string]string, verbs []string) {
	known := map[string]bool{}
	vars = map[string]string{}
	o = r.root.find(verb, path, vars, known)
	return o, vars, slices.Sorted(maps.Keys(known))
}

func (s *segment) find(verb string, path []string, vars map[string]string, known map[string]bool) *Operation {
	if len(path) == 0 {
		for v := range s.verbs {
			known[v] = true
		}
		if o := s.verbs[verb]; o != nil {
			return o
		}
		if o := s.verbs["GET"]; o != nil && verb == "HEAD" {
			return o
		}
		return s.verbs["ALL"]
	}
	if next := s.literal[strings.ToLower(path[0])]; next != nil {
		if o := next.find(verb, path[1:], vars, known); o != nil {
			return o
		}
	}
	if s.vars != nil && path[0] != "" {
		if o := s.vars.find(verb, path[1:], vars, known); o != nil {
			vars[s.vars.name] = path[0]
			return o
		}
	}
	return nil
}
