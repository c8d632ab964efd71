package flowtest

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"ringflow/flow"
)

func (r *Report) differ(what string, expected, was any) {
	r.Differences = append(r.Differences, fmt.Sprintf("%s: expected %v, was %v", what, expected, was))
}

// compare notes where the report differs from what was expected.
func (r *Report) compare(left []Action) {
	e := &r.Story.Expect
	if len(left) > 0 {
		r.Differences = append(r.Differences, "the call was over before the caller could "+left[0].String())
	}
	if e.Path != nil {
		r.comparePath(e.Path)
	}
	if e.Dialled != nil && !slices.Equal(e.Dialled, r.Dialled) {
		r.differ("dialled", e.Dialled, r.Dialled)
	}
	if e.Sent != nil && !slices.Equal(e.Sent, r.Sent) {
		r.differ("sent", e.Sent, r.Sent)
	}
	if e.Branches != nil && !slices.Equal(e.Branches, r.Branches) {
		r.differ("branches", e.Branches, r.Branches)
	}
	at := 0
	for _, want := range e.Heard {
		for at < len(r.Heard) && !strings.Contains(r.Heard[at], want) {
			at++
		}
		if at++; at > len(r.Heard) {
			r.differ("heard", want, r.Heard)
			break
		}
	}
	for _, not := range e.NotHeard {
		if slices.ContainsFunc(r.Heard, func(h string) bool { return strings.Contains(h, not) }) {
			r.differ("heard", "never "+not, r.Heard)
		}
	}
	r.compareRequests(e.Requests)
	r.compareCookies(e.Cookies)
	r.compareEnd(e)
	for _, name := range slices.Sorted(maps.Keys(e.Variables)) {
		want := flow.ValueOf(e.Variables[name])
		if was := r.variable(name); was.Text() != want.Text() {
			r.differ(name, want.Show(), was.Show())
		}
	}
	log := strings.Join(r.Transcript, "\n")
	for _, part := range e.Log {
		if !strings.Contains(log, part) {
			r.differ("log", part, "never written")
		}
	}
	for _, part := range e.NotLog {
		if strings.Contains(log, part) {
			r.differ("log", "never "+part, "written")
		}
	}
}

func (r *Report) compareEnd(e *Expect) {
	if e.Outcome != nil && *e.Outcome != r.Result.Outcome {
		r.differ("outcome", *e.Outcome, r.Result.Outcome)
	}
	if e.End != "" && e.End != string(r.Result.End) {
		r.differ("end", e.End, r.Result.End)
	}
	if e.Exit != "" && e.Exit != r.Result.Exit {
		r.differ("exit", e.Exit, r.Result.Exit)
	}
	if e.Answered != nil && *e.Answered != r.Answered {
		r.differ("answered", *e.Answered, r.Answered)
	}
	if e.Refused != "" && e.Refused != r.Refused {
		r.differ("refused", e.Refused, r.Refused)
	}
	if d := e.Duration; d != nil && (r.Took < d.From || r.Took > d.To) {
		r.differ("duration", fmt.Sprintf("%s to %s", d.From, d.To), r.Took)
	}
}

func (r *Report) comparePath(want []string) {
	for i := range max(len(want), len(r.Path)) {
		expected, was := "the end", "the end"
		if i < len(want) {
			expected = want[i]
		}
		if i < len(r.Path) {
			was = r.Path[i]
		}
		if expected == was {
			continue
		}
		if node, _, _ := strings.Cut(was, ": "); node == expected {
			continue
		}
		r.differ(fmt.Sprintf("step %d", i+1), expected, was)
		return
	}
}

// variable finds a variable of the session, or a built-in.
func (r *Report) variable(name string) flow.Value {
	if v, ok := r.State.Variables[name]; ok {
		return v
	}
	return r.Session.Field(name)
}
