package session_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"ringflow/flow"
)

// node is a flow's node, short to write.
type node struct {
	id, typ string
	url     string            // of a Flow node
	in      map[string]any    // parameters: string, float64, bool, ref, []map[string]any for rows
	to      map[string]string // transitions
}

// ref is a value of a type that is not plain text.
type ref struct {
	typ   flow.ValueType
	value string
}

// bound is a parameter whose value comes from elsewhere.
type bound struct{ source, name string }

// graph makes a stored flow of nodes; the first is the start.
func graph(t testing.TB, nodes ...node) flow.Raw {
	t.Helper()
	var out []map[string]any
	for i, n := range nodes {
		ps := map[string]any{}
		for k, v := range n.in {
			ps[k] = param(t, n.id+k, v)
		}
		for k, v := range n.to {
			ps[k] = map[string]any{"id": n.id + k, "type": "Transition", "value": map[string]any{"stringValue": v}}
		}
		url := "/json/reply/" + n.typ
		if n.url != "" {
			url = n.url
		}
		out = append(out, map[string]any{"id": n.id, "isStartNode": i == 0, "name": n.id,
			"spec": map[string]any{"name": n.typ, "typeName": n.typ, "url": url}, "parameters": ps})
	}
	raw, err := json.Marshal(out)
	if err != nil {
		t.Fatal(err)
	}
	return flow.Raw{Nodes: raw}
}

func param(t testing.TB, id string, v any) map[string]any {
	t.Helper()
	switch v := v.(type) {
	case string:
		return map[string]any{"id": id, "type": "String", "value": map[string]any{"stringValue": v}}
	case int:
		return map[string]any{"id": id, "type": "Number", "value": map[string]any{"numberValue": v}}
	case bool:
		return map[string]any{"id": id, "type": "Boolean", "value": map[string]any{"boolValue": v}}
	case bound:
		return map[string]any{"id": id, "type": "String", "source": v.source, "referenceId": v.name}
	case ref:
		return map[string]any{"id": id, "type": v.typ, "value": map[string]any{"stringValue": v.value}}
	case []map[string]any:
		var rows []map[string]any
		for i, r := range v {
			row := map[string]any{}
			for k, m := range r {
				row[k] = param(t, fmt.Sprintf("%s%d%s", id, i, k), m)
			}
			rows = append(rows, row)
		}
		return map[string]any{"id": id, "type": "List", "listParameters": rows}
	}
	t.Fatalf("parameter %s has type %T", id, v)
	return nil
}

func say(id, text, next string) node {
	n := node{id: id, typ: "SayNode", in: map[string]any{"WhatToSay": text}}
	if next != "" {
		n.to = map[string]string{"Done": next}
	}
	return n
}

// dial rings destinations at once.
func dial(id string, in map[string]any, to map[string]string, destinations ...any) node {
	var rows []map[string]any
	for _, d := range destinations {
		rows = append(rows, map[string]any{"Destination": d})
	}
	if in == nil {
		in = map[string]any{}
	}
	in["Destinations"] = rows
	return node{id: id, typ: "DialNode", in: in, to: to}
}

func user(id string) ref { return ref{flow.UserType, id} }
