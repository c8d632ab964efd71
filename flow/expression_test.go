package flow

import (
	"strings"
	"testing"
	"time"
)

// someData is what the expressions of the tests see.
type someData struct{}

func (someData) get(name string) (Value, string, bool) {
	v, ok := map[string]Value{
		"Name": Text("Ada"), "Pin": Text("4711").Secret(), "Age": Number(42), "Vip": Bool(true), "Digits": Text("12"),
		"List":       List(Number(1), Number(2), Number(3)),
		"Rows":       List(Struct(map[string]Value{"K": Text("a"), "N": Number(1)}), Struct(map[string]Value{"K": Text("b"), "N": Number(5)})),
		"Front door": Text("open"), "Date": Text("2026-11-21T15:30:00Z"), "Json": Text(`{"a":{"b":[1,2]}}`),
		"Big": Text(strings.Repeat("a", 200_000)),
	}[name]
	return v, "", ok
}
func (d someData) Endpoint(n string) (Value, string, bool) { return d.get(n) }
func (d someData) Customer(n string) (Value, string, bool) { return d.get(n) }
func (d someData) User(n string) (Value, string, bool)     { return d.get(n) }
func (d someData) System(n string) (Value, string, bool)   { return d.get(n) }

type someNumbers struct{}

func (someNumbers) E164(s string) string     { return "+1" + s }
func (someNumbers) National(s string) string { return strings.TrimPrefix(s, "+1") }

type fixedClock struct{ RealClock }

func (fixedClock) Now() time.Time { return time.Date(2026, 11, 21, 11, 0, 0, 0, time.UTC) }

func someScope() *scope {
	x := &Execution{Fields: someData{}, Numbers: someNumbers{}, Clock: fixedClock{},
		Session: &Session{FromAddress: "+14155550123", SipHeader: map[string]string{"X-Id": "7"}},
		State: &State{Variables: map[string]Value{"Count": Number(2)},
			Frames: []Frame{{Params: map[string]Value{"Given": Text("g")}, Nodes: map[string]NodeOutputs{
				"n1": {Step: 1, Values: map[string]Value{"DialStatus": Text("Busy")}},
				"n2": {Step: 3, Values: map[string]Value{"DialStatus": Text("Answered")}}}}}},
	}
	x.defaults()
	five := 5.0
	p := &Program{nodes: []*node{{id: "n1"}, {id: "n2"}}, named: map[string][]int{"Ring Patrick": {0, 1}},
		params: map[string]FlowParameter{"Given": {}, "Left": {DefaultValue: &Tagged{Number: &five}}}}
	return &scope{x: x, program: p}
}

func TestExpressions(t *testing.T) {
	for text, want := range map[string]string{
		`Endpoint.Name`: `Ada`, `Endpoint["Front door"]`: `open`, `Endpoint.Missing`: ``, `Endpoint.Missing.Deeper["x"]`: ``,
		`Session.FromAddress`: `+14155550123`, `Session.Count + 1`: `3`, `Session.SipHeader["X-Id"]`: `7`, `Session.Nobody ?? "x"`: `x`,
		`Flow.Given`: `g`, `Flow.Left * 2`: `10`, `Node["Ring Patrick"].DialStatus`: `Answered`, `Node.n1.DialStatus`: `Busy`, `Node.None.DialStatus`: ``,
		`digits("400")`: `4 0 0`, `e164("4155550123")`: `+14155550123`, `national(Session.FromAddress)`: `4155550123`,
		`format(Endpoint.Date, "Monday 15:04", "America/New_York")`: `Saturday 10:30`, `format("2026-11-21", "2 January")`: `21 November`,
		`format("", "15:04")`: ``, `now()`: `2026-11-21T11:00:00Z`, `default(Endpoint.Missing, "d")`: `d`, `default(" ", 3)`: `3`, `default("x", 3)`: `x`,
		`json(Endpoint.Json).a.b[1]`: `2`, `toJSON(Endpoint.Rows)`: `[{"K":"a","N":1},{"K":"b","N":5}]`,
		`Endpoint.Age > 40 and Endpoint.Vip`: `true`, `Endpoint.Digits > 9`: `true`, `Endpoint.Missing > 9`: `false`, `Endpoint.Digits * 2`: `24`,
		`"Press " + 5`: `Press 5`, `"a" < "b"`: `true`, `7 / 2`: `3.5`, `7 % 4`: `3`, `2 ** 8`: `256`, `-Endpoint.Age`: `-42`, `1 == 1.0`: `true`,
		`Endpoint.Name == "Ada" ? "yes" : "no"`: `yes`, `not (1 in Endpoint.List)`: `false`, `"K" in Endpoint.Rows[0]`: `true`,
		`map(Endpoint.Rows, .N * 2)`: `[2,10]`, `filter(1..5, # > 3)`: `[4,5]`, `sum(Endpoint.List)`: `6`, `count(Endpoint.Rows, .K == "b")`: `1`,
		`find(Endpoint.Rows, .N > 2).K`: `b`, `any(Endpoint.List, # == 2)`: `true`, `all([], # == 2)`: `true`, `reduce(Endpoint.List, #acc + #)`: `6`,
		`filter(Endpoint.Rows, count(Endpoint.List, # > 2) == 1)`: `[{"K":"a","N":1},{"K":"b","N":5}]`,
		`Endpoint.Missing | len()`:                                `0`, `len(Endpoint.List)`: `3`, `len("äöü")`: `3`, `upper("a") + lower("B")`: `Ab`, `split("a,b", ",")[1]`: `b`,
		`join(Endpoint.List, "-")`: `1-2-3`, `replace("a-b", "-", "+")`: `a+b`, `first(Endpoint.List) + last(Endpoint.List)`: `4`, `max(3, 9, 1)`: `9`,
		`min(Endpoint.List)`: `1`, `round(2.5)`: `3`, `int("7.9")`: `7`, `trim(" x ")`: `x`, `indexOf("abc", "c")`: `2`, `keys({"b": 1, "a": 2})`: `["a","b"]`,
		`"abcdef"[1:3]`: `bc`, `Endpoint.List[1:]`: `[2,3]`, `"+1415" matches "^\\+1\\d{3}$"`: `true`, `"abc" contains "bc"`: `true`,
		`let x = Endpoint.Age; x + x`: `84`, `Endpoint?.Name?.x`: ``, `{"a": Endpoint.Name}.a`: `Ada`, `string(3.0)`: `3`,
	} {
		e, problem := compileExpression(text)
		if problem != nil {
			t.Errorf("%s: %v", text, problem)
			continue
		}
		v, err := e.eval(someScope())
		if err != nil || v.Text() != want {
			t.Errorf("%s gives %q (%v), want %q", text, v.Text(), err, want)
		}
	}
}

func TestExpressionProblems(t *testing.T) {
	for text, want := range map[string]struct {
		column int
		text   string
	}{
		`Foo.Bar`:                            {1, "unknown name Foo"},
		`1 + bar(2)`:                         {5, "unknown function bar"},
		`Session.A +`:                        {11, "unexpected token"},
		`"open`:                              {6, "not terminated"},
		`Session`:                            {0, "a root stands alone"},
		`digits`:                             {0, "a function stands alone"},
		`digits()`:                           {1, "takes 1 arguments"},
		`Session.Name()`:                     {0, "only functions can be called"},
		``:                                   {0, "empty"},
		`$env`:                               {1, "unknown name $env"},
		`$scope`:                             {1, "unknown name $scope"},
		`getenv("HOME")`:                     {1, "unknown function getenv"},
		`repeat("a", 1000000)`:               {1, "unknown function repeat"},
		strings.Repeat("1+", 600):            {0, ""},
		strings.Repeat("a", 5000):            {0, "longer than 4,096"},
		`let Session = 1; Session.x`:         {0, ""},
		`map(1..9, map(1..9, map(1..9, 1)))`: {0, "more than 2 closures"},
	} {
		_, problem := compileExpression(text)
		if problem == nil {
			t.Errorf("%.60s compiles", text)
			continue
		}
		if want.column != 0 && problem.column != want.column || !strings.Contains(problem.text, want.text) {
			t.Errorf("%.60s: column %d, %s; want %d, %s", text, problem.column, problem.text, want.column, want.text)
		}
	}
}

func TestExpressionFailures(t *testing.T) {
	for text, want := range map[string]string{
		`Endpoint.Name * 2`:                       `"Ada" is none`,
		`1 / 0`:                                   "division by zero",
		`json("{")`:                               "json:",
		`format("soon", "15:04")`:                 "is none",
		`format(now(), "15:04", "Mars")`:          "unknown time zone",
		`"a" matches "("`:                         "pattern",
		`sum(map(1..1000, sum(map(1..1000, #))))`: "takes too long",
		`1..100000000`:                            "takes too long",
		`Endpoint.Big + Endpoint.Big + Endpoint.Big + Endpoint.Big + Endpoint.Big + Endpoint.Big`: "",
		`reduce(1..60, #acc + #acc, "ab")`:                "too l",
		`replace(Endpoint.Big, "a", Endpoint.Big)`:        "too l",
		`reduce(1..60, [#acc, #acc], 1)`:                  "too large",
		`reduce(1..60, ({"a": #acc, "b": #acc}), 1) == 5`: "takes too long",
		`reduce(1..5000, [#acc], 1)`:                      "too large",
		`toJSON(reduce(1..60, [#acc, #acc], 1))`:          "takes too long",
		`count(1..5000, Endpoint.Big contains "b")`:       "takes too long",
		`Endpoint.Big matches "(a?){30}a{30}b"`:           "takes too long",
	} {
		e, problem := compileExpression(text)
		if problem != nil {
			t.Errorf("%s: %v", text, problem)
			continue
		}
		if _, err := e.eval(someScope()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s fails with %v, want %s", text, err, want)
		}
	}
}

func TestExpressionSecrets(t *testing.T) {
	for _, text := range []string{`Endpoint.Pin`, `"x" + Endpoint.Pin`, `{"a": [Endpoint.Pin]}`, `len(Endpoint.Pin)`} {
		e, problem := compileExpression(text)
		if problem != nil {
			t.Fatal(problem)
		}
		v, err := e.eval(someScope())
		if err != nil || v.Show() != dots {
			t.Errorf("%s shows as %s (%v)", text, v.Show(), err)
		}
	}
}

// What goes wrong with a secret is told without it.
func TestExpressionFailuresKeepSecrets(t *testing.T) {
	for _, text := range []string{`format(Endpoint.Pin, "15:04")`, `abs(Endpoint.Pin + "x")`, `json("{" + Endpoint.Pin)`, `Endpoint.Pin matches "(" + Endpoint.Pin`} {
		e, problem := compileExpression(text)
		if problem != nil {
			t.Fatal(problem)
		}
		if _, err := e.eval(someScope()); err == nil || strings.Contains(err.Error(), "4711") || !strings.Contains(err.Error(), "secret") {
			t.Errorf("%s fails with %v", text, err)
		}
	}
}

func TestTemplates(t *testing.T) {
	for text, want := range map[string]string{
		"plain": "plain", "Hello {{ Endpoint.Name }}!": "Hello Ada!", "{{Endpoint.Age}}{{Endpoint.Vip}}": "42true",
		"{{{{ Endpoint.Name }}": "{{ Endpoint.Name }}", "a {{{{b}} {{ 1 + 1 }} c": "a {{b}} 2 c", "{{ Endpoint.Missing }}": "",
		`{{ "}}" }}`: "}}", `{{ {"a": {"b": 1}}.a.b }}`: "1", "} }}": "} }}", `{{ 'it\'s }}' }}`: "it's }}", "ä{{ Endpoint.Name }}ö": "äAdaö",
	} {
		got, plain, problems := compileTemplate(text)
		if len(problems) > 0 {
			t.Errorf("%s: %v", text, problems[0])
			continue
		}
		if got != nil {
			v, err := got.eval(someScope())
			if err != nil {
				t.Errorf("%s: %v", text, err)
			}
			plain = v.Text()
		}
		if plain != want {
			t.Errorf("%s gives %q, want %q", text, plain, want)
		}
	}
	for text, column := range map[string]int{"a {{ b": 3, "ü {{ Session.A + }}": 17, "{{ x }}": 4, "{{ }}": 1, "{{ 1 }} {{ y }}": 12} {
		_, _, problems := compileTemplate(text)
		if len(problems) != 1 || problems[0].column != column {
			t.Errorf("%s: %v, want one problem at column %d", text, problems, column)
		}
	}
}

var _ Clock = fixedClock{}
