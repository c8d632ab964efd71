package flow

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"regexp/syntax"
	"strings"

	"github.com/expr-lang/expr/vm/runtime"
)

// operations are what patcher puts in the place of expr's own.
var operations = map[string]function{
	"$get": {f: func(s *scope, a []any) (any, error) {
		v := s.get(Source(a[0].(string)), ValueOf(a[1]).Text())
		if err := s.burn(v.Size() / 16); err != nil {
			return nil, err
		}
		return v.Any(), nil
	}},
	"$member": {f: func(s *scope, a []any) (any, error) { return member(a[0], a[1]), s.burn(0) }},
	"$turn":   {f: func(s *scope, a []any) (any, error) { return a[0], s.burn(2) }},
	"$list": {f: func(s *scope, a []any) (any, error) {
		switch l := a[0].(type) {
		case nil:
			return []any{}, s.burn(0)
		case []any:
			return l, s.burn(len(l))
		}
		return []any{a[0]}, s.burn(0)
	}},
	"$yes": {f: func(s *scope, a []any) (any, error) { return truth(a[0]), s.burn(0) }},
	"$some": {f: func(s *scope, a []any) (any, error) {
		if l, ok := a[0].([]any); ok && len(l) == 0 {
			return []any{nil}, s.burn(0)
		}
		return a[0], s.burn(0)
	}},
	"$numbers": {f: func(s *scope, a []any) (any, error) {
		l, _ := a[0].([]any)
		if err := s.burn(len(l)); err != nil {
			return nil, err
		}
		out := make([]any, len(l))
		for i, v := range l {
			f, err := number("sum", v)
			if err != nil {
				return nil, err
			}
			out[i] = f
		}
		return out, nil
	}},
	"$slice": {f: slice},
	"$op": {f: func(s *scope, a []any) (any, error) {
		if err := s.burnFor(a[1], a[2]); err != nil {
			return nil, err
		}
		return binary(s, a[0].(string), a[1], a[2])
	}},
}

// truth reads a value as a yes or a no without walking through lists.
func truth(v any) bool {
	switch v := v.(type) {
	case []any:
		return len(v) > 0
	case map[string]any:
		return len(v) > 0
	}
	return ValueOf(v).Bool()
}

// member is a field of a struct or an item of a list; nothing if there is none.
func member(of, name any) any {
	switch of := of.(type) {
	case map[string]any:
		return of[ValueOf(name).Text()]
	case []any:
		f, ok := ValueOf(name).Number()
		i := int(f)
		if i < 0 {
			i += len(of)
		}
		if ok && i >= 0 && i < len(of) {
			return of[i]
		}
	}
	return nil
}

func slice(s *scope, a []any) (any, error) {
	length := 0
	text, list := []rune(nil), []any(nil)
	switch v := a[0].(type) {
	case nil:
		return nil, s.burn(0)
	case string:
		if err := s.burn(len(v)); err != nil {
			return nil, err
		}
		text = []rune(v)
		length = len(text)
	case []any:
		list, length = v, len(v)
	default:
		return nil, errors.New("only text and lists can be sliced")
	}
	bound := func(v any, or int) int {
		if v == nil {
			return or
		}
		f, _ := ValueOf(v).Number()
		i := int(f)
		if i < 0 {
			i += length
		}
		return min(max(i, 0), length)
	}
	from, to := bound(a[1], 0), bound(a[2], length)
	to = max(from, to)
	if list != nil {
		return list[from:to:to], s.burn(0)
	}
	return string(text[from:to]), s.burn(0)
}

// binary is an operator of expr with two additions: nothing counts as 0, as
// empty text, or as neither more nor less than anything; and text is read as a
// number where a number is asked for.
func binary(s *scope, op string, a, b any) (any, error) {
	switch op {
	case "==":
		return runtime.Equal(a, b), nil
	case "!=":
		return !runtime.Equal(a, b), nil
	case "in":
		return in(a, b), nil
	case "matches":
		return matches(s, text(a), text(b))
	case "contains":
		return strings.Contains(text(a), text(b)), nil
	case "startsWith":
		return strings.HasPrefix(text(a), text(b)), nil
	case "endsWith":
		return strings.HasSuffix(text(a), text(b)), nil
	case "+":
		if isText(a) || isText(b) {
			return join(text(a), text(b))
		}
	case "<", ">", "<=", ">=":
		if isText(a) && isText(b) {
			return compare(op, strings.Compare(text(a), text(b))), nil
		}
		if a == nil || b == nil {
			return false, nil
		}
	}
	x, err := number(op, a)
	if err != nil {
		return nil, err
	}
	y, err := number(op, b)
	if err != nil {
		return nil, err
	}
	return arithmetic(s, op, x, y)
}

func arithmetic(s *scope, op string, x, y float64) (any, error) {
	switch op {
	case "+":
		return x + y, nil
	case "-":
		return x - y, nil
	case "*":
		return x * y, nil
	case "/":
		if y == 0 {
			return nil, errors.New("division by zero")
		}
		return x / y, nil
	case "%":
		if int(y) == 0 {
			return nil, errors.New("division by zero")
		}
		return math.Mod(math.Trunc(x), math.Trunc(y)), nil
	case "^", "**":
		return math.Pow(x, y), nil
	case "<", ">", "<=", ">=":
		c := 0
		if x < y {
			c = -1
		} else if x > y {
			c = 1
		}
		return compare(op, c), nil
	case "..":
		n := int(y) - int(x) + 1
		if n < 0 || math.Abs(x) > 1e15 || math.Abs(y) > 1e15 {
			n = 0
		}
		if err := s.burn(n); err != nil {
			return nil, err
		}
		l := make([]any, n)
		for i := range l {
			l[i] = math.Trunc(x) + float64(i)
		}
		return l, nil
	}
	return nil, fmt.Errorf("unknown operator %s", op)
}

func compare(op string, c int) bool {
	switch op {
	case "<":
		return c < 0
	case ">":
		return c > 0
	case "<=":
		return c <= 0
	}
	return c >= 0
}

func in(a, b any) bool {
	switch b := b.(type) {
	case []any:
		for _, e := range b {
			if runtime.Equal(a, e) {
				return true
			}
		}
	case map[string]any:
		_, ok := b[text(a)]
		return ok
	}
	return false
}

func isText(v any) bool { _, ok := v.(string); return ok }

func text(v any) string { return ValueOf(v).Text() }

func join(a, b string) (any, error) {
	if len(a)+len(b) > maxText {
		return nil, errors.New("the text gets too long")
	}
	return a + b, nil
}

func number(op string, v any) (float64, error) {
	switch v.(type) {
	case []any, map[string]any:
		return 0, fmt.Errorf("%s takes no list or struct", op)
	}
	f, ok := ValueOf(v).Number()
	if !ok {
		return 0, fmt.Errorf("%s takes numbers, %q is none", op, short(text(v)))
	}
	return f, nil
}

// matches bounds a regular expression by its program: RE2 takes text times program.
func matches(s *scope, t, pattern string) (any, error) {
	if len(pattern) > 500 {
		return nil, errors.New("the pattern is longer than 500 characters")
	}
	parsed, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return nil, fmt.Errorf("pattern: %w", err)
	}
	program, err := syntax.Compile(parsed.Simplify())
	if err != nil {
		return nil, fmt.Errorf("pattern: %w", err)
	}
	if err := s.burn(50 + len(program.Inst)*(10+len(t)/4)); err != nil {
		return nil, err
	}
	re, err := regexp.Compile(pattern)
	if err != nil {
		return nil, fmt.Errorf("pattern: %w", err)
	}
	return re.MatchString(t), nil
}
