package flowtest

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"ringflow/flow"
)

// pair is a value of a line, and where it came from.
type pair struct {
	name, value, from string
	bare              bool // without quotes: no text
}

// pairs reads "Name = value, from Source; Name = …". Values are as Value.Show
// writes them; text comes without its quotes.
func pairs(text string) []pair {
	var all []pair
	for text != "" {
		name, rest, ok := strings.Cut(text, " = ")
		if !ok {
			return all
		}
		p := pair{name: name}
		if quoted, err := strconv.QuotedPrefix(rest); err == nil {
			p.value, _ = strconv.Unquote(quoted)
			rest = rest[len(quoted):]
		} else {
			p.bare = true
			end := len(rest)
			for _, stop := range []string{"; ", ", from "} {
				if i := strings.Index(rest, stop); i >= 0 && i < end {
					end = i
				}
			}
			if p.value, rest = rest[:end], rest[end:]; p.value == "nothing" {
				p.value = ""
			}
		}
		if from, ok := strings.CutPrefix(rest, ", from "); ok {
			p.from, text, _ = strings.Cut(from, "; ")
		} else {
			text = strings.TrimPrefix(rest, "; ")
		}
		all = append(all, p)
	}
	return all
}

// starts reads the parameters of the node at work: those that are fields as a
// whole tell the data of the story.
func (r *reader) starts(text string) {
	r.params, r.dials, r.slots, r.names, r.asks, r.dialed, r.asked = map[string]string{}, nil, nil, nil, nil, time.Time{}, nil
	r.began = r.now
	for _, p := range pairs(text) {
		r.params[p.name] = p.value
		if !strings.HasSuffix(p.from, ", not defined") { // else it is the node's default
			r.data(p.name, p.value, p.bare)
		}
	}
}

// data notes the value of a parameter as that of the field which it is; bare:
// it stood without quotes.
func (r *reader) data(path, value string, bare bool) {
	np, ok := parameter(r.nodes[r.cur], path)
	if !ok {
		return
	}
	source, name := whole(np)
	to := r.root(source)
	switch {
	case to == nil || value == "":
	case value == "••••":
		to[name] = "0000"
		if r.how.right {
			to[name] = secretDigits(0)
		}
		if secret := string(source) + "." + name; !slices.Contains(r.out.Secrets, secret) && source != flow.FromFlow {
			r.out.Secrets = append(r.out.Secrets, secret)
		}
	default:
		var list []any
		if strings.HasPrefix(value, "[") && yaml.Unmarshal([]byte(value), &list) == nil {
			to[name] = list
			return
		}
		to[name] = value
		if bare {
			to[name] = shown(value)
		}
	}
}

// shown reads a yes, a no or a number as Value.Show writes it.
func shown(value string) any {
	switch f, err := strconv.ParseFloat(value, 64); {
	case err == nil:
		return f
	case value == "yes", value == "no":
		return value == "yes"
	}
	return value
}

// root is where the fields of a source are kept.
func (r *reader) root(source flow.Source) map[string]any {
	switch source {
	case flow.FromEndpoint:
		return r.out.Endpoint
	case flow.FromCustomer:
		return r.out.Customer
	case flow.FromUser:
		return r.out.User
	case flow.FromSystem:
		return r.out.System
	case flow.FromFlow:
		return r.out.Params
	}
	return nil
}

var (
	badLine  = regexp.MustCompile(`^([\pL\d]+(?:\[[\d,]+\]\.[\pL\d]+)?): ("(?:[^"\\]|\\.)*")`)
	fieldIn  = regexp.MustCompile(`\b(Endpoint|Customer|User|System|Flow)\.([A-Za-z0-9_]+)`)
	literal  = regexp.MustCompile(`\b(Endpoint|Customer|User|System|Flow)\.([A-Za-z0-9_]+)\s*==\s*"([^"]*)"`)
	ofDigits = regexp.MustCompile(`\bDigits\b|\bSession\.`)
)

// bad reads what a parameter could not be.
func (r *reader) bad(text string) {
	if m := badLine.FindStringSubmatch(text); m != nil {
		if value, err := strconv.Unquote(m[2]); err == nil {
			r.data(m[1], value, false)
		}
	}
}

// condition guesses the fields of a condition by how it came out: equal to
// what they are compared with, or not.
func (r *reader) condition(transition string) {
	text := r.nodes[r.cur].Parameters["Expression"].Value.Value().Text()
	if text == "" {
		text = r.nodes[r.cur].Parameters["Expression"].Expression
	}
	set := func(source, name string, v any) {
		to := r.root(flow.Source(source))
		if _, known := to[name]; !known {
			to[name] = v
		}
	}
	if transition == "Yes" {
		for _, m := range literal.FindAllStringSubmatch(text, -1) {
			set(m[1], m[2], m[3])
		}
		if ofDigits.MatchString(text) && r.pressed != "" {
			for _, m := range fieldIn.FindAllStringSubmatch(text, -1) {
				set(m[1], m[2], r.pressed)
			}
		}
	}
}

// parameter finds a parameter by its path, such as Choices[2].Value.
func parameter(n *flow.GraphNode, path string) (flow.NodeParameter, bool) {
	if n == nil {
		return flow.NodeParameter{}, false
	}
	list, rest, ok := strings.Cut(path, "[")
	if !ok {
		p, ok := n.Parameters[path]
		return p, ok
	}
	number, member, _ := strings.Cut(rest, "].")
	i, err := strconv.Atoi(number)
	rows := n.Parameters[list].ListParameters
	if err != nil || i < 1 || i > len(rows) {
		return flow.NodeParameter{}, false
	}
	p, ok := rows[i-1][member]
	return p, ok
}

// whole tells which field a parameter is as a whole.
func whole(p flow.NodeParameter) (flow.Source, string) {
	text := p.Expression
	switch p.Source {
	case "", flow.FromValue:
		text = p.Value.Value().Text()
		inner, ok := strings.CutPrefix(strings.TrimSpace(text), "{{")
		inner, closed := strings.CutSuffix(inner, "}}")
		if !ok || !closed {
			return "", ""
		}
		text = inner
	case flow.FromExpression:
	default:
		return p.Source, p.ReferenceID
	}
	source, name, _ := strings.Cut(strings.TrimSpace(text), ".")
	if strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") != "" {
		return "", ""
	}
	return flow.Source(source), name
}

// gives reads what the node gave: an HTTP answer, a cookie, what was found.
func (r *reader) gives(outputs []pair) {
	get := func(name string) string {
		for _, p := range outputs {
			if p.name == name {
				return p.value
			}
		}
		return ""
	}
	switch r.nodes[r.cur].Spec.TypeName {
	case "HttpRequestNode":
		if r.asked != nil && r.asked.Fails == "" {
			r.asked.Body, _, _ = strings.Cut(get("ResponseBody"), "…")
			r.asked.Status, _ = strconv.Atoi(get("StatusCode"))
			if r.asked.After == "" {
				r.asked.After = seconds(r.now.Sub(r.sent))
			}
		}
	case "GetCookieNode": // one that was not there at first, the flow has set itself
		if name := r.params["Name"]; !slices.Contains(r.absent, name) {
			r.out.World.Cookies[name] = get("Value")
		}
	case "FindEndpointNode":
		r.out.World.Endpoints = append(r.out.World.Endpoints, map[string]any{"Id": get("Endpoint"), r.params["Field"]: r.params["Value"]})
	}
}
