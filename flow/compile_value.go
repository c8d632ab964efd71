package flow

import (
	"maps"
	"regexp"
	"slices"
	"strings"
)

// value compiles one parameter, p as declared and np as stored; path names it
// in problems.
func (c *compiler) value(path string, p *Param, np NodeParameter) value {
	v := value{given: true, source: np.Source, ref: np.ReferenceID, typ: np.Type, literal: np.literal()}
	if v.source == "" {
		v.source = FromValue
	}
	if p.Output {
		c.output(path, &v)
		return v
	}
	if p.Code {
		c.code(path, p, np, &v)
		return v
	}
	switch v.source {
	case FromValue:
		c.constant(path, p, np, &v)
	case FromExpression:
		e, err := compileExpression(np.Expression)
		if err != nil {
			c.problem(SeverityError, path, err.column, "%s", err.text)
		}
		v.expr = e
	case FromSession, FromEndpoint, FromCustomer, FromUser, FromSystem, FromFlow:
		if v.ref == "" {
			c.fail(path, "the source %s needs a referenceId: the field's name", v.source)
		}
		if _, ok := c.program.params[v.ref]; v.source == FromFlow && v.ref != "" && !ok {
			c.warn(path, "the flow has no parameter %s", v.ref)
		}
	default:
		c.fail(path, "unknown source %q: it is Value, Expression, Session, Endpoint, Customer, User, System or Flow", v.source)
	}
	return v
}

// constant compiles a stored value: a list's rows, a template, or plain text.
func (c *compiler) constant(path string, p *Param, np NodeParameter, v *value) {
	if p.Type == ListType {
		if p.Rows == nil {
			c.freeRows(path, np, v)
		} else if np.ListParameters != nil {
			v.rows = make([]row, len(np.ListParameters))
			for i, m := range np.ListParameters {
				v.rows[i].values = c.row(path+"["+Thousands(i+1)+"].", p, m)
			}
		}
		return
	}
	if v.literal.Kind() == TextKind && !p.NoTemplate {
		t, plain, problems := compileTemplate(v.literal.Text())
		for _, e := range problems {
			c.problem(SeverityError, path, e.column, "%s", e.text)
		}
		if len(problems) > 0 {
			return
		}
		if v.template = t; t == nil {
			// The stored text stays the row's name; what is used has its {{{{ replaced.
			if plain != v.literal.Text() {
				v.template = &template{parts: []part{{text: plain}}}
			}
		} else {
			return
		}
	}
	if looksSecret(v.literal.Text()) {
		c.warn(path, "this looks like a secret: a System Field with the hint Password keeps it out of logs")
	}
	c.checkConstant(path, p, v)
}

// checkConstant checks a constant against what is declared.
func (c *compiler) checkConstant(path string, p *Param, v *value) {
	if v.literal.Blank() {
		return
	}
	if p.Target {
		if err := c.program.checkTarget(v.literal.Text()); err != nil {
			c.fail(path, "%v", err)
		}
	}
	if len(p.Possible) > 0 {
		if _, ok := possible(p, v.literal.Text()); !ok {
			c.fail(path, "%q is not one of %s", short(v.literal.Text()), strings.Join(p.Possible, ", "))
		}
	}
	if p.Form != nil {
		if err := p.Form(v.literal.Text()); err != nil {
			c.fail(path, "%v", err)
		}
	}
	if p.Type == NumberType && !p.AnyType {
		f, ok := v.literal.Number()
		if !ok {
			c.fail(path, "%q is no number", short(v.literal.Text()))
		} else if in := p.clamp(f); in != f {
			c.warn(path, "%s is out of bounds (%s to %s), %s is taken", FormatNumber(f), FormatNumber(p.Min), FormatNumber(p.Max), FormatNumber(in))
		}
	}
}

// row compiles the members of one row.
func (c *compiler) row(path string, p *Param, m NodeParameterMap) []value {
	values := make([]value, len(p.Rows))
	for k, member := range p.Rows {
		if np, ok := m[member.Name]; ok {
			values[k] = c.value(path+member.Name, member, np)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(m)) {
		if !slices.ContainsFunc(p.Rows, func(r *Param) bool { return r.Name == name }) {
			c.warn(path+name, "a row of %s has no member %s", p.Name, name)
		}
	}
	return values
}

// output checks where an output is written; without a reference it is only
// readable as Node["name"].
func (c *compiler) output(path string, v *value) {
	if v.ref == "" {
		return
	}
	var err error
	switch v.source {
	case FromSession, FromValue:
		v.source = FromSession
		err = checkVariable(v.ref)
	case FromFlow:
		err = c.program.checkTarget("Flow." + v.ref)
	default:
		c.fail(path, "an output is written to Session or Flow, not to %s", v.source)
	}
	if err != nil {
		c.fail(path, "%v", err)
	}
}

// possible finds text among the possible values, whatever its case.
func possible(p *Param, text string) (string, bool) {
	for _, v := range p.Possible {
		if strings.EqualFold(v, strings.TrimSpace(text)) {
			return v, true
		}
	}
	v, ok := p.Aliases[strings.TrimSpace(text)]
	return v, ok
}

// clamp gives the number nearest to f that p allows.
func (p *Param) clamp(f float64) float64 {
	if p.Min == 0 && p.Max == 0 {
		return f
	}
	return min(max(f, p.Min), p.Max)
}

var secretForms = regexp.MustCompile(`(?i)\b(password|passwd|secret|token|api[_-]?key)\b\s*[:=]\s*\S{6,}|\b(sk|pk|rk)[-_](live|test|proj)[-_]\w{8,}|\bsk-\w{20,}|\bAKIA[0-9A-Z]{16}\b|\bBearer [\w.~+/-]{16,}|-----BEGIN [A-Z ]*PRIVATE KEY`)

func looksSecret(s string) bool { return len(s) >= 12 && secretForms.MatchString(s) }
