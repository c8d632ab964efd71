package explore

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"ringflow/flow"
)

// hints are what the flow itself tells of the values that its data may have:
// what its parameters can take, and what it compares them with.
type hints struct {
	takes    map[string][]func(string) bool // by field, such as Endpoint.Language
	literals map[string][]string            // what the field is compared with
	keys     []string                       // what digits are compared with
	moments  []time.Time                    // at which a call may come; the first is an ordinary one
}

// guesses are tried in this order for a field of which nothing is known.
var guesses = []string{"1", "https://example.com/", "2026-12-24", "09:00", "Europe/Berlin", "Mon-Fri"}

// monday is an ordinary Monday morning.
var monday = time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)

func (e *explorer) gather(ctx context.Context) hints {
	h := hints{takes: map[string][]func(string) bool{}, literals: map[string][]string{}, moments: []time.Time{monday}}
	timed := false
	seen := map[string]bool{}
	for queue := []string{e.graph.ID}; len(queue) > 0; queue = queue[1:] {
		id := queue[0]
		if seen[id] {
			continue
		}
		seen[id] = true
		p, err := e.other(ctx, id)
		if err != nil {
			continue
		}
		for _, n := range p.Outline().Nodes {
			h.node(n)
			timed = timed || n.TypeName == "TimeOfDayNode" || n.TypeName == "DateRangeNode"
			if n.Starts != "" {
				queue = append(queue, n.Starts)
			}
		}
	}
	if timed {
		h.times(e.graph)
	}
	return h
}

func (h *hints) node(n flow.NodeOutline) {
	var rows []string
	switch n.TypeName {
	case "MenuNode", "RandomNode", "ScheduleNode", "FlowNode":
	case "BooleanComparisonNode":
		rows = []string{"no"}
	case "NumberComparisonNode":
		rows = []string{"0", "1000000", "-1000000"}
	default:
		for _, w := range n.Ways {
			if w.Row {
				rows = append(rows, w.Name)
			}
		}
	}
	for _, r := range rows {
		if r != "" && strings.Trim(r, "0123456789*#") == "" && !slices.Contains(h.keys, r) {
			h.keys = append(h.keys, r)
		}
	}
	for _, u := range n.Uses {
		field := string(u.Source) + "." + u.Name
		h.takes[field] = append(h.takes[field], u.Takes)
		for _, r := range rows {
			if !slices.Contains(h.literals[field], r) {
				h.literals[field] = append(h.literals[field], r)
			}
		}
	}
}

// takesAll tells whether all that use a field can take text.
func (h *hints) takesAll(field, text string) bool {
	for _, takes := range h.takes[field] {
		if !takes(text) {
			return false
		}
	}
	return true
}

// values are those that a field may have: a likely one first, "" for nothing.
func (h *hints) values(field string) []string {
	var vs []string
	for _, g := range guesses {
		if h.takesAll(field, g) {
			vs = append(vs, g)
			break
		}
	}
	for _, l := range h.literals[field] {
		if h.takesAll(field, l) && !slices.Contains(vs, l) {
			vs = append(vs, l)
		}
	}
	return append(vs, "")
}

// times adds hours of all days of a week, and what the flow itself names.
func (h *hints) times(g *flow.Graph) {
	for day := range 7 {
		for _, hour := range []int{-7, 2, 11} { // 3:00, 12:00 and 21:00
			h.moments = append(h.moments, monday.AddDate(0, 0, day).Add(time.Duration(hour)*time.Hour))
		}
	}
	for _, n := range g.Nodes {
		for _, name := range []string{"From", "To"} {
			text := strings.TrimSpace(n.Parameters[name].Value.Value().Text())
			for _, form := range []string{time.DateOnly, time.RFC3339, "2006-01-02T15:04", "2006-01-02T15:04:05", "2006-01-02 15:04"} {
				if t, err := time.Parse(form, text); err == nil {
					h.moments = append(h.moments, t.Add(12*time.Hour), t.Add(-36*time.Hour))
				}
			}
			for _, form := range []string{"15:04", "3:04 PM", "15:04:05"} {
				if t, err := time.Parse(form, text); err == nil {
					at := time.Date(2026, 11, 23, t.Hour(), t.Minute(), 0, 0, time.UTC)
					h.moments = append(h.moments, at.Add(time.Minute), at.Add(-time.Minute))
				}
			}
		}
	}
}

// standIn is a flow in the place of one that is not known: it ends by any of
// the exits that somebody has connected.
func (e *explorer) standIn(id string) []byte {
	type object = map[string]any
	var rows, exits []object
	parameters := object{}
	n := 0
	text := func(kind, s string) object {
		n++
		return object{"id": "p" + flow.Thousands(n), "type": kind, "value": object{"stringValue": s}}
	}
	done := false
	add := func(exit string) {
		if done = done || exit == "Done"; exit == "Done" || slices.ContainsFunc(exits, func(o object) bool { return o["name"] == exit }) {
			return
		}
		exits = append(exits, object{"id": exit, "name": exit})
		rows = append(rows, object{"Name": text("String", exit)})
		parameters[exit] = text("Transition", exit)
	}
	for _, node := range e.outline.Nodes {
		if node.Starts == id {
			for _, w := range node.Ways {
				if w.Connected {
					add(w.Name)
				}
			}
		}
	}
	if done || len(exits) == 0 {
		rows = append(rows, object{"Name": text("String", "Done")})
	}
	parameters["Choices"] = object{"id": "rows", "type": "List", "listParameters": rows}
	raw, err := json.Marshal(object{"id": id, "name": id, "exits": exits, "nodes": []object{{
		"id": "any", "name": "Somehow", "isStartNode": true, "spec": object{"typeName": "RandomNode", "url": "/json/reply/RandomNode"}, "parameters": parameters}}})
	if err != nil {
		panic(err) // maps of texts have a JSON form
	}
	return raw
}
