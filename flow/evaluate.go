package flow

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"time"
)

// fill evaluates the parameters of n into the fields of made, its new node.
// What was read goes to the trace also when one fails.
func (r *run) fill(n *node, made Node) (reads []Read, targets []any, err error) {
	params := n.typ.spec.params
	targets = bind(made, len(params))
	reads = make([]Read, 0, len(params))
	for i, p := range params {
		if p.Output {
			continue
		}
		var read Read
		r.members = r.members[:0]
		if read, err = r.set(p.Name, targets[i], p, &n.values[i]); err != nil {
			return reads, targets, err
		}
		reads = append(append(reads, read), r.members...)
	}
	return reads, targets, nil
}

// set evaluates v and puts it where it goes.
func (r *run) set(path string, to any, p *Param, v *value) (Read, error) {
	if list, ok := to.(rowTarget); ok && v.rows != nil {
		return r.setRows(path, list, p, v)
	}
	if f, ok := to.(*Formula); ok {
		*f = Formula{path: path, expr: v.expr, run: r}
		return Read{Name: path, Value: v.literal, Unset: !v.given}, nil
	}
	read, err := r.eval(v, p)
	read.Name = path
	if err != nil {
		return read, at(path, err)
	}
	if p.Hidden && !read.Value.Blank() {
		read.Value = read.Value.Secret()
	}
	if read.Value.IsSecret() {
		r.hide(read.Value)
	}
	if list, ok := to.(rowTarget); ok {
		return read, r.setValues(path, list, p, read.Value)
	}
	text, err := convert(to, p, v.typ, read.Value)
	if err != nil {
		return read, at(path, err)
	}
	if text != "" {
		r.notes = append(r.notes, path+": "+text)
	}
	return read, nil
}

// eval gives the value of a parameter and where it came from. What is nothing
// takes the declared default, and so does a blank where it can't be text.
func (r *run) eval(v *value, p *Param) (read Read, err error) {
	unset := Read{Value: p.Default, Unset: true}
	if !p.ChatDefault.IsNothing() && Channel(r.x.Session.Channel) == Chat {
		unset.Value = p.ChatDefault
	}
	if !v.given {
		return unset, nil
	}
	if read, err = r.read(v); err != nil {
		return read, err
	}
	if read.Value.IsNothing() || read.Value.Blank() && (p.Type != StringType || len(p.Possible) > 0) {
		if read.From == "" || !p.Default.IsNothing() {
			unset.From = read.From
			unset.Unset = read.From == ""
			return unset, nil
		}
	}
	return read, nil
}

// read gives what is stored in v, or what it refers to.
func (r *run) read(v *value) (read Read, err error) {
	if v.source == FromValue && v.template == nil {
		if v.rows != nil {
			read.Value, err = r.evalRows(v)
			return read, err
		}
		return Read{Value: v.literal}, nil
	}
	s := scope{x: r.x, program: r.p}
	switch v.source {
	case FromExpression:
		read.Value, err = v.expr.eval(&s)
		read.From = "Expression"
	case FromValue:
		read.Value, err = v.template.eval(&s)
		read.From = "template"
	default:
		read.Value = s.get(v.source, v.ref)
		read.From = s.from
	}
	return read, err
}

// hide keeps a secret out of the lines that the node writes.
func (r *run) hide(v Value) {
	switch v.Kind() {
	case ListKind:
		for _, e := range v.List() {
			r.hide(e)
		}
	case StructKind:
		for _, e := range v.Fields() {
			r.hide(e)
		}
	default:
		if t := v.Text(); t != "" {
			r.secret = append(r.secret, t)
		}
	}
}

// mask puts dots in the place of the secrets of the step at work.
func (r *run) mask(text string) string {
	for _, s := range r.secret {
		text = strings.ReplaceAll(text, s, dots)
	}
	return text
}

// setRows evaluates stored rows.
func (r *run) setRows(path string, list rowTarget, p *Param, v *value) (Read, error) {
	if err := fewEnough(p, len(v.rows)); err != nil {
		return Read{Name: path}, at(path, err)
	}
	list.resize(len(v.rows))
	shown := make([]Value, len(v.rows))
	for i := range v.rows {
		row := &v.rows[i]
		targets, fields := list.row(i), make(map[string]Value, len(p.Rows))
		k := 0
		for _, to := range targets {
			if name, ok := to.(*rowName); ok {
				*name.p = row.name
				continue
			}
			member := p.Rows[k]
			read, err := r.set(path+"["+Thousands(i+1)+"]."+member.Name, to, member, &row.values[k])
			if err != nil {
				return read, err
			}
			if !read.Unset {
				fields[member.Name] = read.Value
			}
			if read.From != "" {
				r.members = append(r.members, read)
			}
			k++
		}
		shown[i] = Struct(fields)
	}
	return Read{Name: path, Value: List(shown...)}, nil
}

// setValues fills rows from a list that came from elsewhere: each item is a
// struct with the row's members, or the first member itself.
func (r *run) setValues(path string, list rowTarget, p *Param, v Value) error {
	items := v.List()
	if err := fewEnough(p, len(items)); err != nil {
		return at(path, err)
	}
	list.resize(len(items))
	for i, item := range items {
		k := 0
		for _, to := range list.row(i) {
			if _, ok := to.(*rowName); ok {
				continue
			}
			member := p.Rows[k]
			m := item.Field(member.Name)
			if item.Kind() != StructKind && k == 0 {
				m = item
			}
			if m.IsNothing() {
				m = member.Default
			}
			if _, err := convert(to, member, StringType, m); err != nil {
				return at(path+"["+Thousands(i+1)+"]."+member.Name, err)
			}
			k++
		}
	}
	return nil
}

// convert puts v into the field that to points to; note says what had to be
// changed of it.
func convert(to any, p *Param, stored ValueType, v Value) (note string, err error) {
	if p.Needed != "" && v.Blank() {
		return "", wrong(Missing, p.Needed)
	}
	if p.Most > 0 && v.Size() > p.Most+8 {
		return "", wrong(TooLong, "it is longer than "+bytesInWords(p.Most))
	}
	switch to := to.(type) {
	case *string:
		*to = v.Text()
		if len(p.Possible) > 0 && *to != "" {
			known, ok := possible(p, *to)
			if !ok {
				return "", wrong(NoChoice, v.Show()+" is not one of "+strings.Join(p.Possible, ", "))
			}
			*to = known
		}
		if p.Form != nil && !v.Blank() {
			if err := p.Form(*to); err != nil {
				if v.IsSecret() { // a form's words tell the text
					err = errors.New(dots + " has not the form that is asked for")
				}
				return "", wrong(NoForm, err.Error())
			}
		}
		return "", nil
	case *bool:
		*to = v.Bool()
		return "", nil
	case *Value:
		*to = v
		return "", nil
	case *Formula:
		return "", wrong(NoForm, "an expression must be stored in the flow")
	case *TypedValue:
		*to = TypedValue{Type: stored, Value: v}
		return "", nil
	}
	f, ok := v.Number()
	if !ok {
		return "", wrong(NoNumber, v.Show()+" is no number")
	}
	if in := p.clamp(f); in != f {
		note = ThousandsOf(f) + " is out of bounds, " + ThousandsOf(in) + " is taken"
		f = in
	}
	switch to := to.(type) {
	case *int:
		*to = int(min(max(f, math.MinInt32), math.MaxInt32))
	case *float64:
		*to = f
	case *time.Duration:
		const most = 366 * 24 * 3600 // no node waits for longer than a year
		*to = time.Duration(min(max(f, 0), most) * float64(time.Second))
	default:
		return "", fmt.Errorf("the node takes a %T here, which no value can be", to)
	}
	return note, nil
}

// fewEnough tells whether a list may have n rows.
func fewEnough(p *Param, n int) error {
	if p.Most > 0 && n > p.Most {
		return wrong(TooLong, "there are more than "+Thousands(p.Most))
	}
	return nil
}

// given reads an output from the field of the node that holds it. Nobody wants
// to hear more of a time than tenths of a second.
func given(from any) Value {
	switch from := from.(type) {
	case *string:
		return orNothing(*from)
	case *int:
		return Number(float64(*from))
	case *float64:
		return Number(*from)
	case *bool:
		return Bool(*from)
	case *time.Duration:
		return Number(from.Round(100 * time.Millisecond).Seconds())
	case *Value:
		return *from
	}
	return Value{}
}
