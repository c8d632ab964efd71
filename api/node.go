package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
)

// What we read is bounded in every format: how deep it nests, and how many
// values a list of it, or XML and JSV as a whole, may have.
const (
	maxDepth  = 50
	maxValues = 100_000
)

// node is a value as it was sent, in whatever format.
type node struct {
	name string // of a member
	text string
	kids []node
	null bool
	raw  json.RawMessage // sent as JSON, and valid: raw is all there is until expand
}

var (
	errTooDeep = errors.New("nested more than 50 deep")
	errTooMany = errors.New("more than 100,000 values")
)

func (n *node) isNull() bool {
	return n.null || n.raw != nil && string(bytes.TrimSpace(n.raw)) == "null"
}

// parseJSV reads ServiceStack's JSV: {name:value}, [a,b], "quoted ""text""".
// It takes what it gets: there is no such thing as malformed JSV, only too much.
func parseJSV(s string) (node, error) {
	p := &jsvReader{s: s}
	n := p.value("")
	return n, p.err
}

type jsvReader struct {
	s     string
	i     int
	depth int
	count int // values so far
	err   error
}

// stop reads no further.
func (p *jsvReader) stop(err error) node {
	p.err, p.i = err, len(p.s)
	return node{}
}

func (p *jsvReader) peek() byte {
	if p.i < len(p.s) {
		return p.s[p.i]
	}
	return 0
}

// value reads one value, which ends before one of the characters in stop.
func (p *jsvReader) value(stop string) node {
	if p.count++; p.count > maxValues {
		return p.stop(errTooMany)
	}
	switch p.peek() {
	case '{', '[':
		if p.depth++; p.depth > maxDepth {
			return p.stop(errTooDeep)
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
