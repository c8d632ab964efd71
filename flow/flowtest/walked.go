package flowtest

import (
	"context"
	"errors"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"

	"ringflow/flow"
)

// Walked tells by which stories something of a node type was walked: see Way,
// Hangup and Failing for its keys. The stories are named "file: name".
type Walked map[string][]string

// Way is the key of a transition.
func Way(typeName, transition string) string { return typeName + ": " + transition }

// Hangup is the key of a caller who hangs up at the node.
func Hangup(typeName string) string { return typeName + " hung up" }

// Failing is the key of a parameter that could not be evaluated, without the
// numbers of rows: Choices.Weight.
func Failing(typeName, parameter string) string { return typeName + " failing " + parameter }

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
	text, failed := strings.CutPrefix(s.Event, "failed: ")
	var bad *flow.ParameterError
	switch {
	case s.Part == flow.Happened && failed:
		if parameter, _, ok := strings.Cut(text, ": "); ok {
			note(Failing(s.TypeName, rowNumber.ReplaceAllString(parameter, "")))
		}
	case s.Part != flow.Left:
	case errors.As(s.Err, &bad):
		note(Failing(s.TypeName, rowNumber.ReplaceAllString(bad.Parameter, "")))
	case errors.Is(s.Err, flow.ErrHungUp):
		note(Hangup(s.TypeName))
	case s.Wanted != "":
		note(Way(s.TypeName, declared(s.TypeName, s.Wanted)))
	case s.Transition != "":
		note(Way(s.TypeName, declared(s.TypeName, s.Transition)))
	}
}

var rowNumber = regexp.MustCompile(`\[[0-9,]+\]`)

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
