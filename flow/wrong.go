package flow

import "errors"

// Wrong tells in which way a parameter can't be used.
type Wrong string

const (
	Unusable    Wrong = ""                       // as only the node itself knows
	Unevaluated Wrong = "that can't be computed" // its expression or template
	NoNumber    Wrong = "that is no number"
	NoChoice    Wrong = "that is none of its values"
	NoForm      Wrong = "of another form"
	NoTarget    Wrong = "that can't be written to"
	Missing     Wrong = "that is missing"
	TooLong     Wrong = "that is too long"
	TooLow      Wrong = "that is too low" // the nearest number is taken instead
	TooHigh     Wrong = "that is too high"
)

// ParameterError tells that a parameter could not be evaluated or converted.
type ParameterError struct {
	Parameter string // with the number of the row: Choices[1].Weight
	Wrong     Wrong
	Text      string
}

func (e *ParameterError) Error() string { return e.Parameter + ": " + e.Text }

// wrong is an error of a parameter that at will name.
func wrong(w Wrong, text string) error { return &ParameterError{Wrong: w, Text: text} }

// at names the parameter of an error.
func at(path string, err error) error {
	var known *ParameterError
	if errors.As(err, &known) && known.Parameter == "" {
		return &ParameterError{Parameter: path, Wrong: known.Wrong, Text: known.Text}
	}
	return &ParameterError{Parameter: path, Wrong: Unevaluated, Text: err.Error()}
}

// Failure is a way in which a parameter can be wrong; that of a row's member
// is named as Choices.Weight.
type Failure struct {
	Parameter string
	Wrong     Wrong
}

// failures are all ways in which p can be wrong. Any value may come from an
// expression, so the only one that is never wrong is a list that must be stored.
func (p *Param) failures(stored bool) (all []Wrong) {
	if p.Output {
		return nil
	}
	add := func(w Wrong, can bool) {
		if can {
			all = append(all, w)
		}
	}
	add(Missing, p.Needed != "" || p.Target || p.Root != "")
	add(NoNumber, p.Type == NumberType && !p.AnyType)
	add(NoChoice, len(p.Possible) > 0)
	add(NoForm, p.Form != nil || p.PatternIf[0] != "" || p.Root != "")
	add(NoTarget, p.Target)
	add(TooLong, p.Most > 0)
	add(TooLow, p.Min != 0 || p.Max != 0)
	add(TooHigh, p.Min != 0 || p.Max != 0)
	add(Unevaluated, !stored)
	return all
}

// failures lists those of all parameters and their rows' members.
func (s *Spec) failures() (all []Failure) {
	for _, p := range s.params {
		for _, w := range p.failures(s.rowExit != nil && s.rowExit.list == p.Name) {
			all = append(all, Failure{p.Name, w})
		}
		for _, m := range p.Rows {
			for _, w := range m.failures(false) {
				all = append(all, Failure{p.Name + "." + m.Name, w})
			}
		}
	}
	if s.starts {
		all = append(all, Failure{StartedFlow, Unusable}, Failure{Argument, Unevaluated})
	}
	return all
}

// Names in Failure of what a Flow node has: the flow that it starts, and what
// it gives to that one's parameters.
const (
	StartedFlow = "flow"
	Argument    = "a parameter"
)
