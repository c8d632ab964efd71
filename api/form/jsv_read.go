package form

import "strings"

// parseJSV reads ServiceStack's JSV: {name:value}, [a,b], "quoted ""text""".
// It takes what it gets: there is no such thing as malformed JSV, only too much.
func parseJSV(s string) (Node, error) {
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
func (p *jsvReader) stop(err error) Node {
	p.err, p.i = err, len(p.s)
	return Node{}
}

func (p *jsvReader) peek() byte {
	if p.i < len(p.s) {
		return p.s[p.i]
	}
	return 0
}

// value reads one value, which ends before one of the characters in stop.
func (p *jsvReader) value(stop string) Node {
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
	return Node{Text: p.text(stop)}
}

// list reads {…} or […].
func (p *jsvReader) list() Node {
	var n Node
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
		kid.Name = name
		n.Kids = append(n.Kids, kid)
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
