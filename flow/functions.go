package flow

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"
)

// function is one that an expression can call. It gets the scope of the
// evaluation, and burns fuel for what it looks at before it works.
type function struct {
	least, most int // arguments
	f           func(s *scope, args []any) (any, error)
}

// call is the form that expr asks for; the scope comes first.
func (f function) call(args ...any) (any, error) {
	s, ok := args[0].(*scope)
	if !ok {
		return nil, errors.New("called without a scope")
	}
	if f.most > 0 || f.least > 0 {
		if err := s.burnFor(args[1:]...); err != nil {
			return nil, err
		}
	}
	return f.f(s, args[1:])
}

func (f function) arguments() string {
	if f.least == f.most {
		return fmt.Sprintf("%d arguments", f.least)
	}
	return fmt.Sprintf("%d to %d arguments", f.least, f.most)
}

func functionNames() string {
	return strings.Join(slices.Sorted(maps.Keys(functions)), ", ")
}

// textFunction makes a function of one text to text.
func textFunction(f func(string) string) function {
	return function{1, 1, func(_ *scope, a []any) (any, error) { return f(text(a[0])), nil }}
}

// numberFunction makes a function of one number to a number.
func numberFunction(name string, f func(float64) float64) function {
	return function{1, 1, func(_ *scope, a []any) (any, error) {
		x, err := number(name, a[0])
		return f(x), err
	}}
}

// twoTexts makes a function of two texts.
func twoTexts(f func(a, b string) any) function {
	return function{2, 2, func(_ *scope, a []any) (any, error) { return f(text(a[0]), text(a[1])), nil }}
}

// functions can be called by name.
var functions = map[string]function{
	"digits": textFunction(spell),
	"e164": {1, 1, func(s *scope, a []any) (any, error) {
		if s.x.Numbers == nil {
			return text(a[0]), nil
		}
		return s.x.Numbers.E164(text(a[0])), s.burn(50)
	}},
	"national": {1, 1, func(s *scope, a []any) (any, error) {
		if s.x.Numbers == nil {
			return text(a[0]), nil
		}
		return s.x.Numbers.National(text(a[0])), s.burn(50)
	}},
	"format": {2, 3, formatDate},
	"now": {0, 0, func(s *scope, _ []any) (any, error) {
		return s.x.Now().UTC().Format(time.RFC3339), s.burn(0)
	}},
	"default": {2, 2, func(_ *scope, a []any) (any, error) {
		if ValueOf(a[0]).Blank() {
			return a[1], nil
		}
		return a[0], nil
	}},
	"json": {1, 1, func(s *scope, a []any) (any, error) {
		t := text(a[0])
		if strings.TrimSpace(t) == "" { // nothing is nothing
			return nil, s.burn(0)
		}
		if err := s.burn(len(t) / 2); err != nil {
			return nil, err
		}
		var v any
		if err := json.Unmarshal([]byte(t), &v); err != nil {
			return nil, fmt.Errorf("json: %w", err)
		}
		return v, nil
	}},
	"toJSON": {1, 1, func(_ *scope, a []any) (any, error) {
		b, err := json.Marshal(a[0])
		return string(b), err
	}},

	"len": {1, 1, func(_ *scope, a []any) (any, error) {
		switch v := a[0].(type) {
		case []any:
			return float64(len(v)), nil
		case map[string]any:
			return float64(len(v)), nil
		}
		return float64(len([]rune(text(a[0])))), nil
	}},
	"lower":      textFunction(strings.ToLower),
	"upper":      textFunction(strings.ToUpper),
	"trim":       textFunction(strings.TrimSpace),
	"string":     textFunction(func(s string) string { return s }),
	"trimPrefix": twoTexts(func(a, b string) any { return strings.TrimPrefix(a, b) }),
	"trimSuffix": twoTexts(func(a, b string) any { return strings.TrimSuffix(a, b) }),
	"hasPrefix":  twoTexts(func(a, b string) any { return strings.HasPrefix(a, b) }),
	"hasSuffix":  twoTexts(func(a, b string) any { return strings.HasSuffix(a, b) }),
	"indexOf":    twoTexts(func(a, b string) any { return float64(strings.Index(a, b)) }),
	"split": {2, 2, func(s *scope, a []any) (any, error) {
		parts := strings.SplitN(text(a[0]), text(a[1]), 10_000)
		if err := s.burn(len(parts)); err != nil {
			return nil, err
		}
		l := make([]any, len(parts))
		for i, p := range parts {
			l[i] = p
		}
		return l, nil
	}},
	"join": {2, 2, func(s *scope, a []any) (any, error) {
		l := ValueOf(a[0]).List()
		between := text(a[1])
		if err := s.burn(len(l) * (1 + len(between)/16)); err != nil {
			return nil, err
		}
		parts := make([]string, len(l))
		for i, e := range l {
			parts[i] = e.Text()
		}
		return strings.Join(parts, between), nil
	}},
	"replace": {3, 3, func(s *scope, a []any) (any, error) {
		t, old, by := text(a[0]), text(a[1]), text(a[2])
		n := strings.Count(t, old)
		if len(t)+n*len(by) > maxText {
			return nil, errors.New("the text gets too long")
		}
		if err := s.burn(n * (1 + len(by)/16)); err != nil {
			return nil, err
		}
		return strings.ReplaceAll(t, old, by), nil
	}},

	"int":   numberFunction("int", math.Trunc),
	"float": numberFunction("float", func(f float64) float64 { return f }),
	"abs":   numberFunction("abs", math.Abs),
	"ceil":  numberFunction("ceil", math.Ceil),
	"floor": numberFunction("floor", math.Floor),
	"round": numberFunction("round", math.Round),
	"min":   {1, 20, func(_ *scope, a []any) (any, error) { return best("min", a, math.Min) }},
	"max":   {1, 20, func(_ *scope, a []any) (any, error) { return best("max", a, math.Max) }},
	"first": {1, 1, func(_ *scope, a []any) (any, error) { return member(a[0], 0), nil }},
	"last":  {1, 1, func(_ *scope, a []any) (any, error) { return member(a[0], -1), nil }},
	"keys": {1, 1, func(_ *scope, a []any) (any, error) {
		m, _ := a[0].(map[string]any)
		l := make([]any, 0, len(m))
		for _, k := range slices.Sorted(maps.Keys(m)) {
			l = append(l, k)
		}
		return l, nil
	}},
}

// spell puts a space between the characters, so that speech reads them one by one.
func spell(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r == ' ' {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}

func best(name string, a []any, f func(x, y float64) float64) (any, error) {
	if l, ok := a[0].([]any); ok && len(a) == 1 {
		a = l
	}
	if len(a) == 0 {
		return nil, nil
	}
	out, err := number(name, a[0])
	for _, v := range a[1:] {
		x, failed := number(name, v)
		if failed != nil {
			return nil, failed
		}
		out = f(out, x)
	}
	return out, err
}

// dateForms are those that format reads; a date without a zone is UTC.
var dateForms = []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02", "15:04:05", "15:04"}

// formatDate shows a date by a Go layout ("Monday 15:04") in a time zone.
func formatDate(s *scope, a []any) (any, error) {
	if err := s.burn(100); err != nil {
		return nil, err
	}
	t := text(a[0])
	if strings.TrimSpace(t) == "" {
		return "", nil
	}
	var date time.Time
	err := errors.New("no form")
	for _, form := range dateForms {
		if date, err = time.Parse(form, strings.TrimSpace(t)); err == nil {
			break
		}
	}
	if err != nil {
		return nil, fmt.Errorf("format takes an ISO 8601 date, %q is none", short(t))
	}
	if len(a) == 3 && text(a[2]) != "" {
		zone, err := time.LoadLocation(text(a[2]))
		if err != nil {
			return nil, fmt.Errorf("format: unknown time zone %q", short(text(a[2])))
		}
		date = date.In(zone)
	}
	layout := text(a[1])
	if len(layout) > 200 {
		return nil, errors.New("format: the layout is longer than 200 characters")
	}
	return date.Format(layout), nil
}
