package flow

import (
	"sort"
	"strconv"
	"strings"
)

// dots is how a secret shows; always as many, so that its length stays secret too.
const dots = "••••"

// Show is v for a log line: text in quotes, secrets as dots, long ones cut.
func (v Value) Show() string {
	if v.IsSecret() {
		return dots
	}
	switch v.kind {
	case NothingKind:
		return "nothing"
	case TextKind:
		return strconv.Quote(short(v.text))
	case BoolKind:
		if v.num != 0 {
			return "yes"
		}
		return "no"
	case ListKind:
		items := make([]string, len(v.list))
		for i, e := range v.list {
			items[i] = e.Show()
		}
		return short("[" + strings.Join(items, ", ") + "]")
	case StructKind:
		names := make([]string, 0, len(v.fields))
		for k := range v.fields {
			names = append(names, k)
		}
		sort.Strings(names)
		for i, k := range names {
			names[i] = k + " " + v.fields[k].Show()
		}
		return short("{" + strings.Join(names, ", ") + "}")
	}
	return short(v.Text())
}

// short cuts s to what a log line bears.
func short(s string) string {
	const most = 300
	if len(s) <= most {
		return s
	}
	r := []rune(s)
	if len(r) <= most {
		return s
	}
	return string(r[:most]) + "…"
}
