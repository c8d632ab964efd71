package flow

import (
	"maps"
	"slices"
)

// Condition declares an expression that is a yes or a no. Its text, as stored,
// is the expression: it is compiled with the flow. From another source than a
// constant or an expression comes a plain yes or no, never code.
func (s *Spec) Condition(p *bool, name, doc string) *Param {
	d := s.add(p, name, StringType, Value{}, doc)
	d.Code, d.NoTemplate = true, true
	return d
}

// Formula declares an expression that the node evaluates when it has what root
// stands for. It must be stored in the flow.
func (s *Spec) Formula(p *Formula, name string, root Source, doc string) *Param {
	d := s.add(p, name, StringType, Value{}, doc)
	d.Code, d.NoTemplate, d.Root = true, true, root
	return d
}

// Formula is a compiled expression in a node at work.
type Formula struct {
	path string
	expr *expression
	run  *run
}

// Eval evaluates the expression with root's fields; what can't be evaluated is
// a *ParameterError.
func (f Formula) Eval(root Value) (Value, error) {
	if f.expr == nil {
		return Value{}, &ParameterError{Parameter: f.path, Wrong: Missing, Text: "the expression is missing"}
	}
	s := scope{x: f.run.x, program: f.run.p, local: root}
	v, err := f.expr.eval(&s)
	if err != nil {
		return Value{}, &ParameterError{Parameter: f.path, Wrong: Unevaluated, Text: err.Error()}
	}
	return v, nil
}

// code compiles a parameter whose text is an expression.
func (c *compiler) code(path string, p *Param, np NodeParameter, v *value) {
	text := np.Expression
	switch {
	case v.source == FromValue:
		text = v.literal.Text()
	case v.source == FromExpression:
	case p.Root != "":
		c.fail(path, "the expression must be stored here, not taken from %s", v.source)
		return
	default:
		plain := *p
		plain.Code = false
		*v = c.value(path, &plain, np)
		return
	}
	e, err := compileRooted(text, p.Root)
	if err != nil {
		c.problem(SeverityError, path, err.column, "%s", err.text)
	}
	v.source, v.expr, v.literal = FromExpression, e, Text(text)
}

// freeRows compiles the rows of a list that nothing declares: each has the
// members that are stored.
func (c *compiler) freeRows(path string, np NodeParameter, v *value) {
	if np.ListParameters == nil {
		return
	}
	v.rows = make([]row, len(np.ListParameters))
	for i, m := range np.ListParameters {
		row := &v.rows[i]
		row.members = slices.Sorted(maps.Keys(m))
		for _, name := range row.members {
			member := &Param{Name: name, Type: StringType, AnyType: true}
			row.values = append(row.values, c.value(path+"["+Thousands(i+1)+"]."+name, member, m[name]))
		}
	}
}

// evalRows evaluates such rows into a list of structs.
func (r *run) evalRows(v *value) (Value, error) {
	list := make([]Value, len(v.rows))
	for i := range v.rows {
		row := &v.rows[i]
		fields := make(map[string]Value, len(row.members))
		for k, name := range row.members {
			read, err := r.eval(&row.values[k], &Param{Name: name, Type: StringType, AnyType: true})
			if err != nil {
				return Value{}, err
			}
			fields[name] = read.Value
		}
		list[i] = Struct(fields)
	}
	return List(list...), nil
}
