package flow

import "testing"

// Nothing is never an error by itself, and what asks for a yes or a number
// takes any value by the table of conversions.
func TestNothingInExpressions(t *testing.T) {
	for text, want := range map[string]string{
		`not Endpoint.Missing`: `true`, `!Endpoint.Name`: `true`, `Endpoint.Missing and true`: `false`, `Endpoint.Missing or Endpoint.Age`: `true`,
		`true && "yes"`: `true`, `true and Endpoint.Name`: `false`, `Endpoint.Missing ? 1 : 2`: `2`, `" YES " ? 1 : 2`: `1`, `0 ? 1 : 2`: `2`, `Endpoint.List ? 1 : 2`: `1`,
		`if Endpoint.Missing {1} else {2}`: `2`, `-Endpoint.Missing`: `0`, `+Endpoint.Missing`: `0`, `-Endpoint.Digits`: `-12`, `+"5" + 1`: `6`, `Endpoint.List[-1]`: `3`,
		`filter(Endpoint.List, Endpoint.Missing)`: `[]`, `count(Endpoint.List, #)`: `3`, `any(Endpoint.Missing, #)`: `false`, `find(["no", "yes"], #)`: `yes`,
		`all(["1", 1, true], #)`: `true`, `none([nil, ""], #)`: `true`, `one([0, 2], #)`: `true`, `findIndex([0, 2], #)`: `1`,
		`sum(["1", 2, Endpoint.Missing])`: `3`, `sum(Endpoint.Rows, "7")`: `14`, `sum(Endpoint.Missing)`: `0`,
		`reduce(Endpoint.Missing, #acc + #)`: ``, `reduce([4], #acc + #)`: `4`, `reduce([], #acc + #, 9)`: `9`,
		`json(Endpoint.Missing)`: ``, `json(" ").a.b`: ``, `upper(Endpoint.Missing)`: ``, `e164(Endpoint.Missing)`: `+1`, `digits(Endpoint.Missing)`: ``,
		`format(Endpoint.Missing, "15:04")`: ``, `Endpoint.Missing * 2`: `0`, `2 - Endpoint.Missing`: `2`, `Endpoint.Missing < 1`: `false`, `"a" + Endpoint.Missing`: `a`,
		`join(Endpoint.Missing, ",")`: ``, `first(Endpoint.Missing)`: ``, `keys(Endpoint.Missing)`: `[]`, `len(Endpoint.Missing)`: `0`, `Endpoint.Missing matches "x"`: `false`,
		`map(Endpoint.Missing, #)`: `[]`, `Endpoint.Missing[1:2]`: ``, `max(Endpoint.Missing)`: `0`, `round(Endpoint.Missing)`: `0`, `1 in Endpoint.Missing`: `false`,
		`replace(Endpoint.Missing, "a", "b")`: ``, `Endpoint.Missing == nil`: `true`, `toJSON(Endpoint.Missing)`: `null`,
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

// What a list or a struct can't be is told in words.
func TestSignOfAList(t *testing.T) {
	e, problem := compileExpression(`-Endpoint.Rows`)
	if problem != nil {
		t.Fatal(problem)
	}
	if _, err := e.eval(someScope()); err == nil || err.Error() != "- takes no list or struct" {
		t.Errorf("it fails with %v", err)
	}
}
