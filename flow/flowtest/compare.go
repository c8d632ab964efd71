package flowtest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"ringflow/flow"
)

// Difference is one thing that came out otherwise than expected.
type Difference struct {
	What, Expected, Was string
	Line                int // of the transcript, before which it belongs
}

func (d Difference) String() string {
	return d.What + ": expected " + d.Expected + ", was " + d.Was
}

// differ notes a difference that shows in the end only.
func (r *Report) differ(what string, expected, was any) {
	r.differAt(len(r.Transcript), what, expected, was)
}

func (r *Report) differAt(line int, what string, expected, was any) {
	r.Differences = append(r.Differences, Difference{What: what, Expected: fmt.Sprint(expected), Was: fmt.Sprint(was), Line: line})
}

// First is the difference that comes first in the transcript, nil if there is none.
func (r *Report) First() *Difference {
	var first *Difference
	for i := range r.Differences {
		if d := &r.Differences[i]; first == nil || d.Line < first.Line {
			first = d
		}
	}
	return first
}

// TimeOf is when a difference shows, since the call began.
func (r *Report) TimeOf(d Difference) time.Duration {
	if i := min(d.Line, len(r.Times)); i > 0 {
		return r.Times[i-1]
	}
	return 0
}

// compare notes where the report differs from what was expected.
func (r *Report) compare(left []Action) {
	e := &r.Story.Expect
	switch {
	case len(left) > 0 && left[0].Verb == "expect":
		r.differAt(r.over, "sent", left[0].String(), r.unseen())
	case len(left) > 0:
		r.differAt(r.over, "the caller", left[0].String(), "gone: the call was over before")
	}
	if e.Path != nil {
		r.comparePath(e.Path)
	}
	if e.Dialled != nil && !slices.Equal(e.Dialled, r.Dialled) {
		r.differAt(lineOf(r.dialledAt, common(e.Dialled, r.Dialled), r.over), "dialled", e.Dialled, r.Dialled)
	}
	if e.Told != nil && !slices.EqualFunc(r.ToldThem, e.Told, strings.Contains) {
		r.differAt(lineOf(r.toldAt, common(e.Told, r.ToldThem), r.over), "told", e.Told, r.ToldThem)
	}
	if e.Sent != nil && !slices.Equal(e.Sent, r.Sent) {
		r.differ("sent", e.Sent, r.Sent)
	}
	if e.Branches != nil && !slices.Equal(e.Branches, r.Branches) {
		r.differ("branches", e.Branches, r.Branches)
	}
	r.compareHeard(e)
	r.compareRequests(e.Requests)
	compareEach(r, "message", e.Messages, r.Messages)
	compareEach(r, "mail", e.Mails, r.Mails)
	compareEach(r, "room", e.Opened, r.Opened)
	r.compareCookies(e.Cookies)
	r.compareAgents(e.Agents)
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

// unseen is what was sent and no line of the script has looked at.
func (r *Report) unseen() string {
	if len(r.Unseen) == 0 {
		return "nothing more"
	}
	return strings.Join(r.Unseen, " | ")
}

func (r *Report) compareHeard(e *Expect) {
	at := 0
	for _, want := range e.Heard {
		from := at
		for at < len(r.Heard) && !strings.Contains(r.Heard[at], want) {
			at++
		}
		if at++; at > len(r.Heard) {
			r.differAt(lineOf(r.heardAt, from, r.over), "heard", want, r.Heard)
			break
		}
	}
	for _, not := range e.NotHeard {
		if i := slices.IndexFunc(r.Heard, func(h string) bool { return strings.Contains(h, not) }); i >= 0 {
			r.differAt(lineOf(r.heardAt, i, r.over), "heard", "never "+not, r.Heard)
		}
	}
}

// lineOf is where in the transcript thing i of several was; that of the end
// when there were fewer.
func lineOf(lines []int, i, end int) int {
	if i < len(lines) {
		return lines[i]
	}
	return end
}

// common is how many a and b have in common at their begin.
func common(a, b []string) int {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	return i
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
		r.differAt(lineOf(r.pathAt, i, r.over), fmt.Sprintf("step %d", i+1), expected, was)
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
