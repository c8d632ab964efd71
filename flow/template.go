package flow

import (
	"strings"
	"unicode/utf8"
)

// template is text with expressions in it: "Hello {{ Session.FromName }}".
type template struct {
	parts []part
}

// part is text, or an expression when e is set.
type part struct {
	text string
	e    *expression
}

// compileTemplate compiles text; nil when there is nothing to evaluate in it,
// and then plain is the text itself ("{{{{" having become "{{").
func compileTemplate(text string) (t *template, plain string, problems []*problemAt) {
	if !strings.Contains(text, "{{") {
		return nil, text, nil
	}
	t = &template{}
	var b strings.Builder
	for i := 0; i < len(text); {
		at := strings.Index(text[i:], "{{")
		if at < 0 {
			b.WriteString(text[i:])
			break
		}
		b.WriteString(text[i : i+at])
		i += at
		if strings.HasPrefix(text[i:], "{{{{") {
			b.WriteString("{{")
			i += 4
			continue
		}
		column := utf8.RuneCountInString(text[:i]) + 1
		i += 2
		length := closing(text[i:])
		if length < 0 {
			return nil, "", append(problems, &problemAt{column: column, text: "{{ has no }} (write {{{{ for {{ itself)"})
		}
		e, err := compileExpression(text[i : i+length])
		if err != nil {
			if err.column > 0 {
				err.column += column + 1 // "{{" is two characters
			} else {
				err.column = column
			}
			problems = append(problems, err)
		} else {
			if b.Len() > 0 {
				t.parts = append(t.parts, part{text: b.String()})
				b.Reset()
			}
			t.parts = append(t.parts, part{e: e})
		}
		i += length + 2
	}
	if len(problems) > 0 {
		return nil, "", problems
	}
	if len(t.parts) == 0 {
		return nil, b.String(), nil
	}
	if b.Len() > 0 {
		t.parts = append(t.parts, part{text: b.String()})
	}
	return t, "", nil
}

// closing finds the "}}" that ends an expression: one that is not in quotes
// and does not close a struct's braces. -1: none.
func closing(s string) int {
	depth := 0
	var quote byte
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case quote != 0:
			if c == '\\' && quote != '`' {
				i++
			} else if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'' || c == '`':
			quote = c
		case c == '{':
			depth++
		case c == '}' && depth > 0:
			depth--
		case c == '}' && strings.HasPrefix(s[i:], "}}"):
			return i
		}
	}
	return -1
}

// eval gives the text with its expressions replaced.
func (t *template) eval(s *scope) (Value, error) {
	if len(t.parts) == 1 && t.parts[0].e != nil {
		v, err := t.parts[0].e.eval(s)
		return s.mark(Text(v.Text())), err
	}
	var b strings.Builder
	for _, p := range t.parts {
		if p.e == nil {
			b.WriteString(p.text)
			continue
		}
		v, err := p.e.eval(s)
		if err != nil {
			return Value{}, err
		}
		b.WriteString(v.Text())
	}
	return s.mark(Text(b.String())), nil
}

// mark makes v secret if something secret was read for it.
func (s *scope) mark(v Value) Value {
	if s.secret {
		return v.Secret()
	}
	return v
}
