package flow

import (
	"slices"
	"time"
)

// Spec is a node's declaration, written as flags are: each line gives a
// parameter's name, type, default and help, and where its value goes. From it
// come decoding, the checks of Compile, GET /flows/available-nodes (and so the
// designer's palette and forms) and docs/nodes.md. Names are those of stored
// flows and never change.
type Spec struct {
	Title    string
	Doc      string
	Category Category

	typeName   string
	channels   []Channel // none: all
	params     []*Param
	exits      []*Exit
	rowExit    *rowExit
	entry      bool // nothing leads here: OnHangup
	onMessages bool // of an entry: messages start it, not the hang-up
	starts     bool // starts another flow: its exits are transitions too, see subflow.go

	// A Spec made for one step only collects where the values go; what else is
	// declared goes to a parameter and an exit that nobody reads.
	binding bool
	targets []any
	noParam Param
	noExit  Exit
}

// Param is a declared parameter or output.
type Param struct {
	Name        string
	Type        ValueType
	Doc         string
	Default     Value
	ChatDefault Value // in a chat; nothing: as elsewhere
	Output      bool
	AnyType     bool // any type of value is taken
	NoTemplate  bool // text is not a template
	Large       bool // a text area in the designer
	Possible    []string
	Min, Max    float64 // both 0: no bounds
	Needed      string  // what is wrong when it is blank; empty: it may be
	Most        int     // bytes of text or of a value, rows of a list; 0: any number
	Rows        []*Param
	ShownIf     [2]string          // parameter and value; empty: always
	Target      bool               // names what is written: Name, Session.Name, Flow.Name
	PatternIf   [2]string          // a regular expression where that parameter of the node has that value
	Aliases     map[string]string  // other ways to write a possible value
	Form        func(string) error // what is wrong with a text that is not blank; nil: any is right
	Code        bool               // its text is an expression: see spec_code.go
	Hidden      bool               // a secret, wherever it comes from: no log shows it
	Root        Source             // of Code: a root that only this expression has
}

// Exit is a declared transition.
type Exit struct {
	Name  string
	Doc   string
	Async bool   // runs later, outside of the call
	Else  string // taken when this one is not connected
	Only  string // can be followed only when this yes/no parameter is set
}

// rowExit declares a transition for each row of a list.
type rowExit struct {
	list    string
	members []string // the first that is not empty names the transition
	doc     string
}

func declare(typeName string, n Node) *Spec {
	s := &Spec{typeName: typeName}
	n.Spec(s)
	s.check()
	return s
}

// bind collects where n wants its values, in the order of declaration.
func bind(n Node, size int) []any {
	s := Spec{binding: true, targets: make([]any, 0, size)}
	n.Spec(&s)
	return s.targets
}

func (s *Spec) add(target any, name string, t ValueType, def Value, doc string) *Param {
	if s.binding {
		s.targets = append(s.targets, target)
		return &s.noParam
	}
	p := &Param{Name: name, Type: t, Default: def, Doc: doc}
	s.params = append(s.params, p)
	return p
}

// Needs says on which channels the node works; not called: on all.
func (s *Spec) Needs(cs ...Channel) { s.channels = cs }

// Entry says that nothing leads to this node: the run itself starts it.
func (s *Spec) Entry() { s.entry = true }

// String declares text.
func (s *Spec) String(p *string, name, def, doc string) *Param {
	return s.add(p, name, StringType, orNothing(def), doc)
}

// Ref declares a reference: the id of an entity of type t, nothing by default.
func (s *Spec) Ref(p *string, name string, t ValueType, doc string) *Param {
	return s.add(p, name, t, Value{}, doc)
}

// Int declares a whole number; fractions are cut off.
func (s *Spec) Int(p *int, name string, def int, doc string) *Param {
	return s.add(p, name, NumberType, Number(float64(def)), doc)
}

// Number declares a number.
func (s *Spec) Number(p *float64, name string, def float64, doc string) *Param {
	return s.add(p, name, NumberType, Number(def), doc)
}

// Bool declares a yes or no.
func (s *Spec) Bool(p *bool, name string, def bool, doc string) *Param {
	return s.add(p, name, BooleanType, Bool(def), doc)
}

// Seconds declares a time span, a number of seconds in the flow.
func (s *Spec) Seconds(p *time.Duration, name string, def time.Duration, doc string) *Param {
	return s.add(p, name, NumberType, Number(def.Seconds()), doc)
}

// Any declares a value of any type.
func (s *Spec) Any(p *Value, name, doc string) *Param {
	d := s.add(p, name, StringType, Value{}, doc)
	d.AnyType = true
	return d
}

// Items declares a list of anything; rows stored in the flow become structs.
func (s *Spec) Items(p *Value, name, doc string) *Param {
	d := s.add(p, name, ListType, Value{}, doc)
	d.AnyType = true
	return d
}

// Typed declares a value together with its type as stored: a row's
// Destination may be a User, a PhoneNumber or text.
func (s *Spec) Typed(p *TypedValue, name, doc string) *Param {
	d := s.add(p, name, StringType, Value{}, doc)
	d.AnyType = true
	return d
}

// TypedValue is a value with the type that the flow gives it.
type TypedValue struct {
	Type  ValueType
	Value Value
}

// Target declares the name of something to write.
func (s *Spec) Target(p *string, name, doc string) *Param {
	d := s.add(p, name, StringType, Value{}, doc)
	d.Target = true
	return d
}

// Prompt declares the three parameters of something to be heard.
func (s *Spec) Prompt(p *Prompt) {
	s.String(&p.Text, "Text", "", "Spoken to the caller.").LargeText()
	s.Ref(&p.File, "AudioFile", AudioFileType, "Played to the caller; wins over the text.")
	s.String(&p.Voice, "Voice", "", "Speaks the text; empty: the account's voice.")
}

// Output declares a value that the node gives; p is a *string, *int, *float64,
// *bool, *time.Duration (in seconds, to a tenth) or *Value, read once Run is over.
func (s *Spec) Output(p any, name string, t ValueType, doc string) *Param {
	d := s.add(p, name, t, Value{}, doc)
	d.Output = true
	return d
}

// Range bounds a number, both ends included. A value outside is taken as the
// nearest one inside, with a log line.
func (p *Param) Range(min, max float64) *Param { p.Min, p.Max = min, max; return p }

// InChat says that the default is another in a chat.
func (p *Param) InChat(v Value) *Param { p.ChatDefault = v; return p }

// Need says that it may not be blank, and what is wrong then.
func (p *Param) Need(words string) *Param { p.Needed = words; return p }

// AtMost bounds the bytes of a text or a value, or the rows of a list.
func (p *Param) AtMost(n int) *Param { p.Most = n; return p }

// PossibleValues lists all values that are allowed.
func (p *Param) PossibleValues(vs ...string) *Param { p.Possible = vs; return p }

// Alias says that other may be written for a possible value.
func (p *Param) Alias(other, value string) *Param {
	if p.Aliases == nil {
		p.Aliases = map[string]string{}
	}
	p.Aliases[other] = value
	return p
}

// Formed says that text must have a form; wrong tells what is wrong with one
// that is not blank. A constant without it is a Problem.
func (p *Param) Formed(wrong func(string) error) *Param { p.Form = wrong; return p }

// Secret says that no log shows the value, as if it came from a Password field.
func (p *Param) Secret() *Param { p.Hidden = true; return p }

// NoEvalTemplate: text is taken as it stands.
func (p *Param) NoEvalTemplate() *Param { p.NoTemplate = true; return p }

// LargeText asks the designer for room to write.
func (p *Param) LargeText() *Param { p.Large = true; return p }

// Pattern says that this member of a row is a regular expression when a
// parameter of the node has that value.
func (p *Param) Pattern(parameter, value string) *Param {
	p.PatternIf = [2]string{parameter, value}
	return p
}

// Shown says that the designer shows this only when another parameter has a value.
func (p *Param) Shown(parameter, value string) *Param {
	p.ShownIf = [2]string{parameter, value}
	return p
}

func (s *Spec) param(name string) *Param {
	for _, p := range s.params {
		if p.Name == name {
			return p
		}
	}
	return nil
}

func (s *Spec) exit(name string) *Exit {
	for _, e := range s.exits {
		if e.Name == name {
			return e
		}
	}
	return nil
}

// serves tells whether the node works on c.
func (s *Spec) serves(c Channel) bool {
	return len(s.channels) == 0 || slices.Contains(s.channels, c)
}

// failureExit is where a node goes that can't do its work; "" if it has none.
func (s *Spec) failureExit() string {
	if s.exit("On Failure") != nil {
		return "On Failure"
	}
	return ""
}

// check panics on a declaration that contradicts itself; at start only.
func (s *Spec) check() {
	seen := map[string]bool{}
	name := func(n string) {
		if n == "" || seen[n] {
			panic("flow: " + s.typeName + " declares " + n + " twice, or without a name")
		}
		seen[n] = true
	}
	for _, p := range s.params {
		name(p.Name)
	}
	for _, e := range s.exits {
		// An output may have a transition's name: stored, the type tells which it is.
		if p := s.param(e.Name); p == nil || !p.Output {
			name(e.Name)
		}
	}
	for _, e := range s.exits {
		if e.Else != "" && s.exit(e.Else) == nil || e.Only != "" && s.param(e.Only) == nil {
			panic("flow: " + s.typeName + ": transition " + e.Name + " refers to something undeclared")
		}
	}
	if r := s.rowExit; r != nil && s.param(r.list) == nil {
		panic("flow: " + s.typeName + " has a transition for each row of " + r.list + ", which it doesn't declare")
	}
	if s.Title == "" || s.Doc == "" || s.Category == "" {
		panic("flow: " + s.typeName + " lacks a title, help or category")
	}
}
