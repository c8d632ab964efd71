package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
)

// maxDepth bounds the nesting of what we read, in every format.
const maxDepth = 50

// node is a value as it was sent, in whatever format.
type node struct {
	name string // of a member
	text string
	kids []node
	null bool
	raw  json.RawMessage // sent as JSON: raw is all there is until expand
}

var errTooDeep = errors.New("nested more than 50 deep")

func (n *node) isNull() bool {
	return n.null || n.raw != nil && string(bytes.TrimSpace(n.raw)) == "null"
}

// expand fills text or kids from raw, one level.
func (n *node) expand() error {
	if n.raw == nil {
		return nil
	}
	raw := bytes.TrimSpace(n.raw)
	switch {
	case len(raw) == 0:
	case raw[0] == '{':
		dec := json.NewDecoder(bytes.NewReader(raw))
		if _, err := dec.Token(); err != nil {
			return err
		}
		for dec.More() {
			key, err := dec.Token()
			if err != nil {
				return err
			}
			kid := node{}
			kid.name, _ = key.(string)
			if err := dec.Decode(&kid.raw); err != nil {
				return err
			}
			n.kids = append(n.kids, kid)
		}
	case raw[0] == '[':
		var items []json.RawMessage
		if err := json.Unmarshal(raw, &items); err != nil {
			return err
		}
		for _, item := range items {
			n.kids = append(n.kids, node{raw: item})
		}
	case raw[0] == '"':
		return json.Unmarshal(raw, &n.text)
	default:
		n.text = string(raw)
	}
	return nil
}

// parseJSON checks a whole body and its depth.
func parseJSON(body []byte) (node, error) {
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	depth := 0
	for {
		t, err := dec.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return node{}, err
		}
		switch t {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth > maxDepth {
			return node{}, errTooDeep
		}
	}
	if !json.Valid(body) { // Token lets a second value follow the first
		return node{}, errors.New("not one JSON value")
	}
	return node{raw: body}, nil
}

// parseJSV reads ServiceStack's JSV: {name:value}, [a,b], "quoted ""text""".
// It takes what it gets: there is no such thing as malformed JSV.
func parseJSV(s string) (node, error) {
	p := &jsvReader{s: s}
	n := p.value("")
	if p.deep {
		return node{}, errTooDeep
	}
	return n, nil
}

type jsvReader struct {
	s     string
	i     int
	depth int
	deep  bool
}

func (p *jsvReader) peek() byte {
	if p.i < len(p.s) {
		return p.s[p.i]
	}
	return 0
}

// value reads one value, which ends before one of the characters in stop.
func (p *jsvReader) value(stop string) node {
	switch p.peek() {
	case '{', '[':
		if p.depth++; p.depth > maxDepth {
			p.deep, p.i = true, len(p.s)
			return node{}
		}
		defer func() { p.depth-- }()
		return p.list()
	}
	return node{text: p.text(stop)}
}

// list reads {…} or […].
func (p *jsvReader) list() node {
	var n node
	object, end := p.peek() == '{', byte(']')
	if object {
		end = '}'
	}
	p.i++
	for p.i < len(p.s) {
		if p.peek() == end {
			p.i++
			return n
		}
		var name string
		if object {
			name = p.text(":")
			if p.peek() == ':' {
				p.i++
			}
		}
		kid := p.value("," + string(end))
		kid.name = name
		n.kids = append(n.kids, kid)
		for p.i < len(p.s) && p.peek() != ',' && p.peek() != end {
			p.i++ // what stands behind a closed value
		}
		if p.peek() == ',' {
			p.i++
		}
	}
	return n
}

func (p *jsvReader) text(stop string) string {
	if p.peek() != '"' {
		end := len(p.s)
		if k := strings.IndexAny(p.s[p.i:], stop); stop != "" && k >= 0 {
			end = p.i + k
		}
		out := p.s[p.i:end]
		p.i = end
		return strings.TrimSpace(out)
	}
	var b strings.Builder
	for p.i++; p.i < len(p.s); p.i++ {
		if p.s[p.i] == '"' {
			if p.i+1 >= len(p.s) || p.s[p.i+1] != '"' {
				p.i++
				break
			}
			p.i++
		}
		b.WriteByte(p.s[p.i])
	}
	return b.String()
}
