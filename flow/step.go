package flow

import (
	"strings"
	"time"
)

// Part tells which part of a step a Step tells of.
type Part uint8

const (
	Entered  Part = iota // the node starts: its parameters are known
	Happened             // something was said, heard, dialled …
	Left                 // the node is over: its outputs and transition are known
)

// Step is a piece of the trace. A step is told as it happens: once when the
// node is entered, once for each thing that happens, once when it is left.
// So whoever writes down Lines of each has a log in order, without doubles.
type Step struct {
	Part     Part
	Time     time.Time
	Number   int // of the step in its session, from 1
	Async    bool
	Chat     bool // of a chat
	Resumed  bool // it was entered before, and goes on
	FlowID   string
	NodeID   string
	NodeName string // as shown: the name, else the type's title
	TypeName string

	Params     []Read // when entered: each that the node was given
	Event      string // when something happened, in words
	Outputs    []Read // when left
	Transition string // when left; empty: the flow ends here, or was ended
	Wanted     string // the transition asked for when another was taken instead
	Connected  bool
	To         string // name of the next node, or "exit " and its name
	Err        error  // what ended the node, if it was no transition; or why it goes another way
	Hidden     bool   // the transition would tell a secret
}

// Read is a value that a node read or gave, and where it came from.
type Read struct {
	Name  string
	Value Value
	From  string // "Endpoint Field, default"; empty: a constant
	Unset bool   // the node type's own default
}

// Lines are the step as readable log lines.
func (s Step) Lines() []string {
	switch s.Part {
	case Entered:
		if s.Resumed {
			return []string{s.NodeName + " goes on"}
		}
		return []string{s.startLine()}
	case Happened:
		return []string{s.NodeName + ": " + s.Event}
	}
	return s.leftLines()
}

func (s Step) startLine() string {
	var b strings.Builder
	b.WriteString(s.NodeName + " starts")
	next := ": "
	for _, r := range s.Params {
		if r.Unset {
			continue
		}
		b.WriteString(next + r.Name + " = " + r.Value.Show())
		if r.From != "" {
			b.WriteString(", from " + r.From)
		}
		next = "; "
	}
	return b.String()
}

// givesLine tells what the node gave; empty when that is nothing.
func (s Step) givesLine() string {
	var b strings.Builder
	next := s.NodeName + " gives "
	for _, r := range s.Outputs {
		if !r.Value.IsNothing() {
			b.WriteString(next + r.Name + " = " + r.Value.Show())
			next = "; "
		}
	}
	return b.String()
}

func (s Step) leftLines() []string {
	var lines []string
	if gives := s.givesLine(); gives != "" {
		lines = append(lines, gives)
	}
	name := func(t string) string {
		if s.Hidden {
			return dots
		}
		return t
	}
	switch {
	case s.Err != nil:
		lines = append(lines, s.NodeName+" ends: "+s.Err.Error())
	case s.Transition == "":
		lines = append(lines, s.NodeName+" ends the flow")
	case !s.Connected && s.Chat && !s.Async:
		lines = append(lines, s.NodeName+": "+name(s.Transition)+" is not connected, the flow ends; the chat stays open for the next message")
	case !s.Connected:
		lines = append(lines, s.NodeName+": "+name(s.Transition)+" is not connected, the flow ends")
	default:
		line := s.NodeName + ": "
		if s.Wanted != "" {
			line += name(s.Wanted) + " is not connected, "
		}
		lines = append(lines, line+name(s.Transition)+", to "+s.To)
	}
	return lines
}
