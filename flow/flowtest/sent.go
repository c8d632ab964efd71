package flowtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// deepest bounds how deep the values of a story that was sent are nested.
const deepest = 50

// ReadSent reads the one story that somebody sent, in YAML or JSON. It is no
// file, and there is none beside it: what would name files is refused, and so
// is what makes a short text a long story. The caller bounds its length.
func ReadSent(raw []byte) (*Story, error) {
	raw = jsonAsYAML(raw)
	d := yaml.NewDecoder(bytes.NewReader(raw))
	var doc yaml.Node
	err := d.Decode(&doc)
	if errors.Is(err, io.EOF) {
		return nil, errors.New("there is no story; {} is one of a caller who does nothing")
	}
	if err != nil {
		return nil, plain(err)
	}
	if err := modest(&doc, 0); err != nil {
		return nil, err
	}
	var next yaml.Node
	if err := d.Decode(&next); err == nil {
		return nil, fmt.Errorf("line %d: one story is wanted, and a second one begins here", next.Line)
	} else if !errors.Is(err, io.EOF) {
		return nil, plain(err)
	}
	all, err := Read(raw, "")
	if err != nil {
		return nil, plain(err)
	}
	s := all[0]
	if len(s.World.Flows) > 0 {
		return nil, errors.New("world.flows names files, and none are read here: the flows of the account are found by their ids")
	}
	return s, nil
}

// modest refuses aliases, by which a short text can hold a thing a million
// times, and what is nested too deep.
func modest(n *yaml.Node, depth int) error {
	switch {
	case n.Kind == yaml.AliasNode:
		return fmt.Errorf("line %d: *%s: aliases are not taken here; write it out", n.Line, n.Value)
	case depth > deepest+1: // the document is a level of its own
		return fmt.Errorf("line %d: nested more than %d deep", n.Line, deepest)
	}
	for _, kid := range n.Content {
		if err := modest(kid, depth+1); err != nil {
			return err
		}
	}
	return nil
}

var (
	unknownMember = regexp.MustCompile(`field (.+) not found in type flowtest\.(\w+)`)
	goType        = regexp.MustCompile(` into (?:\[\]|map\[string\])*(?:flowtest\.)?(\w+)`)
)

// members are where a story has what a type of ours tells.
var members = map[string]string{"World": "in world", "Expect": "in expect", "Party": "in a party of world.parties", "Answer": "in world.http", "Request": "in expect.requests", "State": "in world.schedules"}

// plain puts the errors of the YAML reader in a story's words.
func plain(err error) error {
	text := strings.TrimPrefix(err.Error(), ": ") // the name of no file
	text = strings.TrimPrefix(strings.TrimPrefix(text, "yaml: "), "unmarshal errors:\n  ")
	text = unknownMember.ReplaceAllStringFunc(text, func(m string) string {
		parts := unknownMember.FindStringSubmatch(m)
		where := members[parts[2]]
		if where == "" {
			where = "in a story"
		}
		return fmt.Sprintf("there is no member %q %s", parts[1], where)
	})
	text = strings.ReplaceAll(text, "cannot unmarshal !!", "no place for the ")
	text = goType.ReplaceAllString(text, ": a $1 is wanted")
	return errors.New(strings.ReplaceAll(text, "\n  ", "; "))
}

// escape is an escape in a JSON text; two halves of one character are one.
var escape = regexp.MustCompile(`\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(?s)\\.`)

// jsonAsYAML rewrites the two things of JSON that YAML doesn't read, on the
// same lines: tabs for indents, and characters in halves.
func jsonAsYAML(raw []byte) []byte {
	raw = bytes.TrimPrefix(raw, []byte("\ufeff"))
	if !json.Valid(raw) {
		return raw
	}
	raw = bytes.ReplaceAll(raw, []byte("\t"), []byte(" ")) // none are inside of texts
	return escape.ReplaceAllFunc(raw, func(e []byte) []byte {
		var text string
		if len(e) > 2 && json.Unmarshal(append(append([]byte{'"'}, e...), '"'), &text) == nil {
			return []byte(text)
		}
		return e
	})
}
