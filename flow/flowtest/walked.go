package flowtest

import (
	"context"
	"errors"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"ringflow/flow"
)

// Walked tells by which stories something of a node type was walked: see Way,
// Instead, Over, Hangup and Failing for its keys. The stories are named "file: name".
type Walked map[string][]string

// Way is the key of a transition.
func Way(typeName, transition string) string { return typeName + ": " + transition }

// Hangup is the key of a caller who hangs up at the node.
func Hangup(typeName string) string { return typeName + " hung up" }

// Instead is the key of a transition that was not connected, so that the more
// general one was taken.
func Instead(typeName, transition string) string { return typeName + " without " + transition }

// Over is the key of a node that ended the flow.
func Over(typeName string) string { return typeName + " ended the flow" }

// Failing is the key of a parameter that could not be used.
func Failing(typeName string, f flow.Failure) string {
	return typeName + ": " + f.Parameter + " " + string(f.Wrong)
}

// Add adds what a story walked.
func (w Walked) Add(r *Report) {
	name := strings.TrimSuffix(filepath.Base(r.Story.file), ".yaml") + ": " + r.Story.Name
	for _, key := range r.Walked {
		if !slices.Contains(w[key], name) {
			w[key] = append(w[key], name)
		}
	}
}

// WalkAll plays the stories of files and tells what they walked. A story that
// comes out otherwise than it expects is an error.
func WalkAll(ctx context.Context, files []string) (Walked, error) {
	w := Walked{}
	for _, file := range files {
		stories, err := Load(file)
		if err != nil {
			return nil, err
		}
		for _, s := range stories {
			r, err := s.Play(ctx)
			if err == nil {
				err = r.Err()
			}
			if err != nil {
				return nil, err
			}
			w.Add(r)
		}
	}
	return w, nil
}

// Row is one of the transitions that rows name.
const Row = "a row's"

// walk notes what a piece of a step walked.
func (pl *player) walk(s flow.Step) {
	note := func(key string) { pl.report.Walked = append(pl.report.Walked, key) }
	pl.types[[2]string{s.FlowID, s.NodeID}] = s.TypeName
	var bad *flow.ParameterError
	switch {
	case errors.As(s.Err, &bad):
		note(Failing(s.TypeName, failure(s.TypeName, bad)))
	case s.Part == flow.Happened:
		if f, ok := clamped(s.Event); ok {
			note(Failing(s.TypeName, f))
		}
	case s.Part != flow.Left:
	case errors.Is(s.Err, flow.ErrHungUp):
		note(Hangup(s.TypeName))
	case s.Err != nil:
	case s.Wanted != "":
		note(Way(s.TypeName, declared(s.TypeName, s.Wanted)))
		note(Instead(s.TypeName, s.Wanted))
	case s.Transition != "":
		note(Way(s.TypeName, declared(s.TypeName, s.Transition)))
	default:
		note(Over(s.TypeName))
	}
}

var rowNumber = regexp.MustCompile(`\[[0-9,]+\]`)

// failure is what went wrong, as the node type declares it.
func failure(typeName string, bad *flow.ParameterError) flow.Failure {
	f := flow.Failure{Parameter: rowNumber.ReplaceAllString(bad.Parameter, ""), Wrong: bad.Wrong}
	if nodeTypes()[typeName].URL != flow.FlowURL("") {
		return f
	}
	if name, _, _ := strings.Cut(f.Parameter, " "); name == flow.StartedFlow {
		f.Parameter = flow.StartedFlow
	} else {
		f.Parameter = flow.Argument
	}
	return f
}

var outOfBounds = regexp.MustCompile(`^(.+): (\S+) is out of bounds, (\S+) is taken$`)

// clamped reads the words about a number that was out of bounds.
func clamped(event string) (flow.Failure, bool) {
	m := outOfBounds.FindStringSubmatch(event)
	if m == nil {
		return flow.Failure{}, false
	}
	was, err := number(m[2])
	taken, failed := number(m[3])
	if err != nil || failed != nil {
		return flow.Failure{}, false
	}
	f := flow.Failure{Parameter: rowNumber.ReplaceAllString(m[1], ""), Wrong: flow.TooHigh}
	if was < taken {
		f.Wrong = flow.TooLow
	}
	return f, true
}

// number reads one as log lines show it.
func number(s string) (float64, error) {
	return strconv.ParseFloat(strings.ReplaceAll(s, ",", ""), 64)
}

// nodeTypes are all node types by name; what is registered stays as it is.
var nodeTypes = sync.OnceValue(func() map[string]flow.SpecInfo {
	types := map[string]flow.SpecInfo{}
	for _, n := range flow.Available() {
		types[n.TypeName] = n
	}
	return types
})

// declared is the transition as the node type declares it: one that a row names is Row.
func declared(typeName, transition string) string {
	n := nodeTypes()[typeName]
	rows := n.URL == flow.FlowURL("") // exits of the flow that it starts
	for _, t := range n.Transitions {
		if rows = rows || t.List != ""; t.Name == transition {
			return transition
		}
	}
	if rows {
		return Row
	}
	return transition
}
