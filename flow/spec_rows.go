package flow

// Rows declares a list of rows; row declares the members of one.
func Rows[T any](s *Spec, p *[]T, name, doc string, row func(*T, *Spec)) *Param {
	d := s.add(&rows[T]{p: p, declare: row}, name, ListType, Value{}, doc)
	if !s.binding {
		sub := &Spec{}
		row(new(T), sub)
		d.Rows = sub.params
	}
	return d
}

// RowName, in the declaration of a row, asks for the stored literal that names
// the row's transition: see ExitPerRow.
func (s *Spec) RowName(p *string) {
	if s.binding {
		s.targets = append(s.targets, &rowName{p})
	}
}

type rowName struct{ p *string }

// rowTarget is where the rows of a list go.
type rowTarget interface {
	resize(n int)
	row(i int) []any
}

type rows[T any] struct {
	p       *[]T
	declare func(*T, *Spec)
}

func (r *rows[T]) resize(n int) { *r.p = make([]T, n) }

func (r *rows[T]) row(i int) []any {
	s := Spec{binding: true}
	r.declare(&(*r.p)[i], &s)
	return s.targets
}
