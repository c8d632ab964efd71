package flow

// Exit declares a transition.
func (s *Spec) Exit(name, doc string) *Exit {
	if s.binding {
		return &s.noExit
	}
	e := &Exit{Name: name, Doc: doc}
	s.exits = append(s.exits, e)
	return e
}

// AsyncExit declares a transition that is followed outside of the call, in an
// execution of its own: see Execution.Fire.
func (s *Spec) AsyncExit(name, doc string) *Exit {
	e := s.Exit(name, doc)
	e.Async = true
	return e
}

// Or names the transition that is taken when this one is not connected.
func (e *Exit) Or(other string) *Exit { e.Else = other; return e }

// OnlyIf names a yes/no parameter without which this transition is never followed.
func (e *Exit) OnlyIf(parameter string) *Exit { e.Only = parameter; return e }

// ExitPerRow declares a transition for each row of a list, named by the stored
// literal of the first of members that has one.
func (s *Spec) ExitPerRow(list, doc string, members ...string) {
	if !s.binding {
		s.rowExit = &rowExit{list: list, doc: doc, members: members}
	}
}
