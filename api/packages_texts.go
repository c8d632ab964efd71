package api

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"ringflow/endpoints"
	"ringflow/flow"
)

// packedTexts are all texts of the flows of a package: they tell which fields
// are used.
type packedTexts []string

// accountTypes are the types of values that name something of an account.
var accountTypes = []flow.ValueType{
	"AudioFile", "File", "User", "Endpoint", "Team", "Customer", "Flow", "EmailAccount", "Integration", "Assistant", "SipTrunk",
}

// read takes a flow's texts, and tells which of its values name something of
// its account.
func (p *packedTexts) read(f *flow.Flow) (bound []string, err error) {
	g, err := f.Graph()
	if err != nil {
		return nil, err
	}
	found := func(node, name, id string) {
		bound = append(bound, fmt.Sprintf("flow %q, %s, %s: %.64q", f.Name, node, name, id))
	}
	var walk func(node, path string, params flow.NodeParameterMap)
	walk = func(node, path string, params flow.NodeParameterMap) {
		for name, v := range params {
			here := strings.TrimPrefix(path+"."+name, ".")
			if v.Type != flow.TransitionType && (v.Source == "" || v.Source == "Value") {
				for _, text := range ofAccount(v.Type, v.Value) {
					found(node, here, text)
				}
			}
			for i, row := range v.ListParameters {
				walk(node, fmt.Sprintf("%s[%d]", here, i), row)
			}
			walk(node, here, v.StructParameters)
		}
	}
	for _, n := range g.Nodes {
		what := "node " + n.ID
		if n.Name != "" {
			what = fmt.Sprintf("node %q", n.Name)
		}
		walk(what, "", n.Parameters)
	}
	for _, v := range g.Parameters {
		for _, text := range ofAccount(v.Type, v.DefaultValue) {
			found("parameter "+v.Name, "defaultValue", text)
		}
	}
	slices.Sort(bound)
	var raw any
	if err := json.Unmarshal(orEmpty(f.Raw.Nodes), &raw); err != nil {
		return nil, err
	}
	p.collect(raw)
	return bound, nil
}

// ofAccount are the texts of a constant that name something of an account: an
// id anywhere, and in a type for such things anything but an address or what is
// only known when the flow runs.
func ofAccount(kind flow.ValueType, v *flow.Tagged) (out []string) {
	if v == nil {
		return nil
	}
	if v.String != nil {
		text := strings.TrimSpace(*v.String)
		open := text == "" || strings.Contains(text, "{{") || strings.Contains(text, "://")
		if endpoints.ValidID(text) || !open && slices.Contains(accountTypes, kind) {
			out = append(out, text)
		}
	}
	for _, row := range append([]map[string]flow.Tagged{v.Struct}, v.List...) {
		for _, name := range sortedKeys(row) {
			e := row[name]
			out = append(out, ofAccount("", &e)...)
		}
	}
	return out
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func (p *packedTexts) collect(v any) {
	switch v := v.(type) {
	case string:
		*p = append(*p, v)
	case []any:
		for _, e := range v {
			p.collect(e)
		}
	case map[string]any:
		for _, e := range v {
			p.collect(e)
		}
	}
}

// use tells whether a text names a field: alone (a reference, a field to search
// by), or behind one of its sources in a template or an expression.
func (p packedTexts) use(name string, sources ...string) bool {
	for _, text := range p {
		if strings.EqualFold(text, name) {
			return true
		}
		low := strings.ToLower(text)
		for _, s := range sources {
			if s = strings.ToLower(s); strings.Contains(low, s+"."+strings.ToLower(name)) || strings.Contains(low, s+"[") && strings.Contains(low, strings.ToLower(name)) {
				return true
			}
		}
	}
	return false
}
