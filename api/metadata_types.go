package api

import (
	"cmp"
	"reflect"
	"slices"

	"ringflow/api/form"
)

// typeViews are a codec's types but one with their members, and the enumerations
// that these use.
func (g *guide) typeViews(c *form.Codec, but reflect.Type) []typeView {
	var out []typeView
	enums := map[string]bool{}
	for t, s := range c.Shapes() {
		if t == but || t == reflect.TypeFor[nothing]() {
			continue
		}
		v := typeView{Name: s.Name, About: words()[t.Name()]}
		for _, m := range s.Members {
			v.Members = append(v.Members, parameter{Name: m.JSON, Type: g.typeOf(m.Type), Description: g.about(t, m)})
			if names := form.EnumNames(m.Type); names != nil && !enums[g.enumOf(m.Type)] {
				enums[g.enumOf(m.Type)] = true
				out = append(out, typeView{Name: g.enumOf(m.Type), About: words()[g.enumOf(m.Type)], Names: names})
			}
		}
		out = append(out, v)
	}
	slices.SortFunc(out, func(a, b typeView) int { return cmp.Compare(a.Name, b.Name) })
	return out
}
