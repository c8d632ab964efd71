package flow

// scope is what one evaluation may see, and what it has used up. One is made
// for each parameter of each step.
type scope struct {
	x       *Execution
	program *Program
	local   Value  // what FromResponse gives
	fuel    int    // left; see fuel in expression.go
	secret  bool   // something secret was read
	from    string // where the last value came from
}

// get finds a value by its source and name, and notes where it was found. A
// name that nobody defined is nothing.
func (s *scope) get(source Source, name string) Value {
	v, from := s.find(source, name)
	s.from = from
	if v.IsSecret() {
		s.secret = true
	}
	return v
}

func (s *scope) find(source Source, name string) (Value, string) {
	switch source {
	case FromSession:
		if f, ok := sessionFields[name]; ok {
			return f.get(s.x.Session), "Session field"
		}
		if v, ok := s.x.State.Variables[name]; ok {
			return v, "Session variable"
		}
		return Value{}, "Session variable, not set"
	case FromFlow:
		return s.parameter(name)
	case fromNode:
		return s.outputs(name), "Node"
	case FromResponse:
		return s.local.Field(name), "Response"
	}
	if s.x.Fields == nil {
		return Value{}, string(source) + " Field, not defined"
	}
	look := s.x.Fields.Endpoint
	switch source {
	case FromCustomer:
		look = s.x.Fields.Customer
	case FromUser:
		look = s.x.Fields.User
	case FromSystem:
		look = s.x.Fields.System
	}
	v, from, ok := look(name)
	if !ok {
		return Value{}, string(source) + " Field, not defined"
	}
	if from == "" {
		from = string(source) + " Field"
	}
	return v, from
}

// parameter finds a parameter of the running flow: what a node wrote to it,
// else what was given, else its default.
func (s *scope) parameter(name string) (Value, string) {
	f := s.x.State.top()
	if v, ok := f.Outputs[name]; ok {
		return v, "Flow output"
	}
	if v, ok := f.Params[name]; ok && !v.IsNothing() {
		return v, "Flow parameter"
	}
	if v, ok := s.program.params[name]; ok {
		return v.DefaultValue.Value(), "Flow parameter, default"
	}
	return Value{}, "Flow parameter, not defined"
}

// outputs are those of a node by its name, of several the one that ran last,
// else by its id.
func (s *scope) outputs(name string) Value {
	f := s.x.State.top()
	last := -1
	var found map[string]Value
	for _, i := range s.program.named[name] {
		if o, ok := f.Nodes[s.program.nodes[i].id]; ok && o.Step > last {
			last, found = o.Step, o.Values
		}
	}
	if last < 0 {
		found = f.Nodes[name].Values
	}
	return Struct(found)
}
