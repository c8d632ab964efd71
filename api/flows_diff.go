package api

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"ringflow/endpoints"
	"ringflow/flow"
)

// maxDifferences bounds what is told of one node or of the rest.
const maxDifferences = 200

// DiffFlowVersions compares two versions of a flow.
type DiffFlowVersions struct {
	_      struct{} `ns:"Voice.Api.Flows"`
	FlowId string
	From   int // 0: the live one
	To     int // 0: the newest
}

func (q *DiffFlowVersions) flow() string { return q.FlowId }

// DiffFlowVersionsResponse tells what is different.
type DiffFlowVersionsResponse struct {
	_       struct{} `ns:"Voice.Api.Flows"`
	From    int
	To      int
	Added   []NodeDifference
	Removed []NodeDifference
	Changed []NodeDifference
	Members []MemberDifference // of the flow itself: name, parameters, exits …
}

// NodeDifference is a node that is not the same.
type NodeDifference struct {
	_       struct{} `ns:"Voice.Api.Flows"`
	Id      string
	Name    string
	Members []MemberDifference
}

// MemberDifference is a member that is not the same; what isn't there is left out.
type MemberDifference struct {
	_      struct{} `ns:"Voice.Api.Flows"`
	Path   string   // parameters.WhatToSay.value.stringValue
	Before json.RawMessage
	After  json.RawMessage
}

func (s *Server) diffFlowVersions(r *Request, q *DiffFlowVersions) (*DiffFlowVersionsResponse, error) {
	state := r.found.flowState
	out := &DiffFlowVersionsResponse{From: cmp.Or(q.From, state.Live), To: cmp.Or(q.To, state.Newest), Added: []NodeDifference{}, Removed: []NodeDifference{}, Changed: []NodeDifference{}}
	before, err := s.flowVersion(r, out.From)
	if err != nil {
		return nil, err
	}
	after, err := s.flowVersion(r, out.To)
	if err != nil {
		return nil, err
	}
	old, err := nodesByID(before)
	if err != nil {
		return nil, err
	}
	fresh, err := nodesByID(after)
	if err != nil {
		return nil, err
	}
	for _, id := range old.ids {
		now, there := fresh.nodes[id]
		if !there {
			out.Removed = append(out.Removed, NodeDifference{Id: id, Name: nodeName(old.nodes[id])})
			continue
		}
		if d := differences(old.nodes[id], now); len(d) > 0 {
			out.Changed = append(out.Changed, NodeDifference{Id: id, Name: nodeName(now), Members: d})
		}
	}
	for _, id := range fresh.ids {
		if _, there := old.nodes[id]; !there {
			out.Added = append(out.Added, NodeDifference{Id: id, Name: nodeName(fresh.nodes[id])})
		}
	}
	a, err := flowMembers(before)
	if err != nil {
		return nil, err
	}
	b, err := flowMembers(after)
	if err != nil {
		return nil, err
	}
	if common := shared(old.ids, fresh); !slices.Equal(common, shared(fresh.ids, old)) {
		a["nodesInOrder"], b["nodesInOrder"] = common, shared(fresh.ids, old)
	}
	out.Members = differences(a, b)
	return out, nil
}

// identified are a flow's nodes by their ids; one without, or with that of
// another, is known by its place.
type identified struct {
	ids   []string
	nodes map[string]any
}

func nodesByID(f *flow.Flow) (identified, error) {
	var all []any
	if err := precise(orEmpty(f.Raw.Nodes), &all); err != nil {
		return identified{}, &endpoints.Invalid{Field: "version", Text: fmt.Sprintf("version %d can't be compared: its nodes are no list", f.Version)}
	}
	out := identified{nodes: make(map[string]any, len(all))}
	for i, n := range all {
		m, _ := n.(map[string]any)
		id, _ := m["id"].(string)
		if _, twice := out.nodes[id]; id == "" || twice {
			id = fmt.Sprintf("%s[%d]", id, i)
		}
		out.ids, out.nodes[id] = append(out.ids, id), n
	}
	return out, nil
}

// shared are those of the ids that the other has, too, in their order.
func shared(ids []string, other identified) []any {
	var out []any
	for _, id := range ids {
		if _, there := other.nodes[id]; there {
			out = append(out, id)
		}
	}
	return out
}

func nodeName(n any) string {
	m, _ := n.(map[string]any)
	name, _ := m["name"].(string)
	return name
}

// flowMembers are what a flow has beside its nodes.
func flowMembers(f *flow.Flow) (map[string]any, error) {
	roles := make([]any, len(f.Roles))
	for i, r := range f.Roles {
		roles[i] = r
	}
	out := map[string]any{"name": f.Name, "description": f.Description, "notes": f.Notes, "roles": roles}
	for name, raw := range map[string]json.RawMessage{"parameters": f.Raw.Parameters, "exits": f.Raw.Exits, "ui": f.Raw.UI} {
		if len(raw) == 0 {
			continue
		}
		var v any
		if err := precise(raw, &v); err != nil {
			return nil, err
		}
		out[name] = v
	}
	return out, nil
}

// precise reads JSON and keeps its numbers as they are written.
func precise(raw json.RawMessage, v any) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	return d.Decode(v)
}

// differences are the members in which two values differ, by their paths.
func differences(before, after any) []MemberDifference {
	out := []MemberDifference{}
	var walk func(path string, a, b any)
	walk = func(path string, a, b any) {
		if len(out) >= maxDifferences {
			return
		}
		switch x := a.(type) {
		case map[string]any:
			y, ok := b.(map[string]any)
			if !ok {
				break
			}
			for _, name := range slices.Compact(slices.Sorted(slices.Values(append(sortedKeys(x), sortedKeys(y)...)))) {
				v, had := x[name]
				w, has := y[name]
				at := strings.TrimPrefix(path+"."+name, ".")
				switch {
				case !had:
					out = append(out, MemberDifference{Path: at, After: asJSON(w)})
				case !has:
					out = append(out, MemberDifference{Path: at, Before: asJSON(v)})
				default:
					walk(at, v, w)
				}
			}
			return
		case []any:
			y, ok := b.([]any)
			if !ok || len(x) != len(y) {
				break
			}
			for i := range x {
				walk(fmt.Sprintf("%s[%d]", path, i), x[i], y[i])
			}
			return
		}
		if !same(a, b) {
			out = append(out, MemberDifference{Path: path, Before: asJSON(a), After: asJSON(b)})
		}
	}
	walk("", before, after)
	return out
}

// same compares values; 45 is 45.0.
func same(a, b any) bool {
	x, number := a.(json.Number)
	y, too := b.(json.Number)
	if number && too && x != y {
		f, err := x.Float64()
		g, err2 := y.Float64()
		return err == nil && err2 == nil && f == g
	}
	return reflect.DeepEqual(a, b)
}

func asJSON(v any) json.RawMessage {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil // it was read from JSON
	}
	return raw
}
