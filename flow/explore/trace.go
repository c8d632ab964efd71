package explore

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"time"

	"ringflow/flow"
)

// trace looks at each piece of a step.
func (c *call) trace(s flow.Step) {
	switch s.Part {
	case flow.Entered:
		if s.Resumed {
			c.step = s
			break
		}
		c.step, c.points, c.typed = s, 0, false
		if len(c.recent) >= mostRecent {
			c.recent = append(c.recent[:0], c.recent[mostRecent/2:]...)
		}
		c.recent = append(c.recent, s)
		if s.FlowID == c.e.program.ID() {
			if _, ok := c.e.walked[s.NodeID]; !ok {
				c.e.walked[s.NodeID] = slices.Clone(c.e.oracle.taken)
				if c.elsewhere {
					c.e.walked[s.NodeID] = nil
				}
			}
		}
		c.entered()
	case flow.Happened:
		c.happened(s)
	case flow.Left:
		c.left(s)
		c.guessed = false
	}
}

var parameterFailed = regexp.MustCompile(`^failed: ([\pL\d\[\]., ]+): (.*)$`)

func (c *call) happened(s flow.Step) {
	if m := parameterFailed.FindStringSubmatch(s.Event); m != nil {
		c.badValue(m[1], m[2])
		return
	}
	if strings.HasPrefix(s.Event, "failed: ") {
		c.find(Fault, "", strings.TrimPrefix(s.Event, "failed: "))
	}
	if c.async && strings.HasPrefix(s.Event, flow.ErrNoLine.Error()) {
		c.find(Lost, "", "runs after the call, and "+flow.ErrNoLine.Error())
	}
}

// badValue tells of a value that is not what is asked for; what comes of data
// that is only guessed says nothing.
func (c *call) badValue(parameter, text string) {
	if !c.guessed {
		c.find(Value, parameter, text)
	}
}

func (c *call) left(s flow.Step) {
	var bad *flow.ParameterError
	switch {
	case errors.As(s.Err, &bad):
		c.badValue(bad.Parameter, bad.Text)
	case s.Err != nil:
		if c.async && strings.HasPrefix(s.Err.Error(), flow.ErrNoLine.Error()) {
			c.find(Lost, "", "runs after the call, and "+flow.ErrNoLine.Error())
		}
	case s.Transition != "" && !s.Connected && c.e.known(s.FlowID) && c.elseConnected(s):
		step := c.step
		c.step = s // a Flow node is left long after it was entered
		c.find(Unconnected, s.Transition, "can be followed, but leads nowhere: the flow ends there")
		c.step = step
	}
}

// elseConnected tells whether other transitions of the node lead somewhere: one
// that has none is where the flow is meant to end.
func (c *call) elseConnected(s flow.Step) bool {
	o := c.e.outline
	if s.FlowID != c.e.program.ID() {
		p := c.e.others[s.FlowID]
		if p == nil {
			return false
		}
		o = p.Outline()
	}
	for _, n := range o.Nodes {
		if n.ID == s.NodeID {
			return slices.ContainsFunc(n.Ways, func(w flow.WayOutline) bool { return w.Connected && !w.Async })
		}
	}
	return false
}

// entered looks at the evaluated parameters of a node; there are none where it
// can't work at all.
func (c *call) entered() {
	if len(c.step.Params) == 0 {
		return
	}
	switch c.step.TypeName {
	case "SayNode":
		if c.param("WhatToSay").Blank() && !c.guessed {
			c.find(Prompt, "WhatToSay", "there is nothing to say")
		}
	case "PlayNode":
		if c.param("AudioFile").Blank() && c.param("Url").Blank() && !c.guessed {
			c.find(Prompt, "AudioFile", "there is no file to play")
		}
	case "MenuNode":
		c.deadRows("Key", "the key", func(k string) string { return strings.ToUpper(strings.TrimSpace(k)) })
	case "StringMatchNode":
		if c.param("Mode").Text() == "Equals" && c.param("IgnoreCase").Bool() {
			c.deadRows("Value", "the text", strings.ToLower)
		}
	case "CollectDigitsNode":
		least, _ := c.param("MinDigits").Number()
		most, _ := c.param("MaxDigits").Number()
		if least > most {
			c.find(Dead, "Done", "can never be taken: "+flow.FormatNumber(least)+" digits are asked for, but "+flow.FormatNumber(most)+" end the input")
		}
	case "DateRangeNode":
		from, to := c.day("From"), c.day("To")
		if !from.IsZero() && !to.IsZero() && to.Before(from) {
			c.find(Dead, "Match", "can never be taken: To is before From")
		}
	}
}

func (c *call) day(name string) time.Time {
	t, _ := time.Parse(time.DateOnly, strings.TrimSpace(c.param(name).Text()))
	return t
}

// deadRows finds rows that are never taken, as one before them is the same, or
// as there is nothing to press.
func (c *call) deadRows(member, what string, same func(string) string) {
	if c.guessed {
		return
	}
	seen := map[string]bool{}
	for _, row := range c.param("Choices").List() {
		name := row.Field("Value").Text()
		if name == "" {
			name = row.Field("Key").Text()
		}
		key := same(row.Field(member).Text())
		switch {
		case key == "" && member == "Key" && row.Field("Words").Blank():
			c.find(Dead, name, "can never be chosen: it has no key")
		case key != "" && seen[key]:
			c.find(Dead, name, "can never be chosen: "+what+" "+row.Field(member).Text()+" is that of a choice before it")
		}
		seen[key] = true
	}
}
