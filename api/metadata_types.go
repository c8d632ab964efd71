package api

import (
	"cmp"
	"reflect"
	"slices"
)

// typeViews are types with their members, and the enumerations that these use.
func (g *guide) typeViews(shapes map[reflect.Type]*shape) []typeView {
	var out []typeView
	enums := map[string]bool{}
	for t, s := range shapes {
		if t == reflect.TypeFor[nothing]() {
			continue
		}
		v := typeView{Name: s.name, About: words()[t.Name()]}
		for _, m := range s.members {
			v.Members = append(v.Members, parameter{Name: m.json, Type: g.typeOf(m.typ), Description: g.about(t, m)})
			if names := enumNames(m.typ); names != nil && !enums[g.enumOf(m.typ)] {
				enums[g.enumOf(m.typ)] = true
				out = append(out, typeView{Name: g.enumOf(m.typ), About: words()[g.enumOf(m.typ)], Names: names})
			}
		}
		out = append(out, v)
	}
	slices.SortFunc(out, func(a, b typeView) int { return cmp.Compare(a.Name, b.Name) })
	return out
}
