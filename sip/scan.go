package sip

import (
	"bytes"
	"strconv"
	"strings"
)

// Limits of one message.
const (
	maxMessage = 64 << 10
	maxLine    = 8 << 10
	maxFields  = 128
)

// fault is why a message is refused: the answer it gets (0: none) and the words.
type fault struct {
	code int
	text string
}

func (f *fault) Error() string { return f.text }

func bad(text string) *fault { return &fault{400, text} }

// packet is one message taken apart into lines, nothing of it understood yet.
type packet struct {
	line   string // start line
	fields []field
	body   []byte // of a datagram all that follows; shares the input's memory
}

// junk tells what cannot be SIP without reading it: keep-alives, scanners.
func junk(b []byte) bool {
	if len(b) < 60 || b[0] < '!' || b[0] > 'z' {
		return true
	}
	end := bytes.IndexByte(b, '\n')
	if end < 0 {
		return true
	}
	return !bytes.HasPrefix(b, []byte("SIP/")) && !bytes.Contains(b[:end], []byte(" SIP/"))
}

// headEnd is where the body of b begins; -1: the head is not all there.
func headEnd(b []byte) int {
	for i := 0; i < len(b); {
		n := bytes.IndexByte(b[i:], '\n')
		if n < 0 {
			return -1
		}
		i += n + 1
		if i < len(b) && b[i] == '\n' {
			return i + 1
		}
		if i+1 < len(b) && b[i] == '\r' && b[i+1] == '\n' {
			return i + 2
		}
	}
	return -1
}

// scan takes a message apart. With a fault the packet still holds what could
// be read, for the answer.
func scan(b []byte) (*packet, *fault) {
	p := &packet{}
	if len(b) > maxMessage {
		return p, &fault{513, "message over 64 kB"}
	}
	end := headEnd(b)
	var flt *fault
	if end < 0 {
		flt = bad("no empty line after the header")
		end = len(b)
	}
	head := string(b[:end]) // one copy; every field is a part of it
	p.body = b[end:]
	p.line, head = nextLine(head)
	if len(p.line) > maxLine {
		return p, &fault{414, "start line too long"}
	}
	p.fields = make([]field, 0, 16)
	for head != "" {
		var line string
		line, head = nextLine(head)
		if line == "" {
			break
		}
		// Folded lines (RFC 3261 7.3.1) are rare: joined here, once.
		for head != "" && (head[0] == ' ' || head[0] == '\t') {
			var more string
			more, head = nextLine(head)
			line += " " + strings.TrimSpace(more)
			if len(line) > maxLine {
				break
			}
		}
		if len(line) > maxLine {
			return p, &fault{513, "header line over 8 kB"}
		}
		if len(p.fields) >= maxFields {
			return p, &fault{513, "more than 128 header fields"}
		}
		name, value, ok := strings.Cut(line, ":")
		name = strings.TrimRight(name, " \t")
		if !ok || !token(name) {
			if flt == nil {
				flt = bad("header line without a name")
			}
			continue
		}
		if f := p.add(canonical(name), strings.TrimSpace(value)); f != nil && flt == nil {
			flt = f
		}
	}
	return p, flt
}

func nextLine(s string) (line, rest string) {
	i := strings.IndexByte(s, '\n')
	if i < 0 {
		return s, ""
	}
	line, rest = s[:i], s[i+1:]
	if i > 0 && line[i-1] == '\r' {
		line = line[:i-1]
	}
	return line, rest
}

// add appends a field; lists become one field an element.
func (p *packet) add(name, value string) *fault {
	if single(name) {
		if _, ok := p.get(name); ok {
			return bad("more than one " + name)
		}
	}
	if !listed(name) || strings.IndexByte(value, ',') < 0 {
		p.fields = append(p.fields, field{name, tighten(name, value)})
		return nil
	}
	for _, v := range cut(value, ',') {
		if v == "" {
			return bad("empty element in " + name)
		}
		if len(p.fields) >= maxFields {
			return &fault{513, "more than 128 header fields"}
		}
		p.fields = append(p.fields, field{name, tighten(name, v)})
	}
	return nil
}

func (p *packet) get(name string) (string, bool) {
	for i := range p.fields {
		if p.fields[i].name == name {
			return p.fields[i].value, true
		}
	}
	return "", false
}

// tighten takes the white space out of values that others read with sipgo,
// which expects none, and writes parameter names in lower case.
func tighten(name, v string) string {
	switch name {
	case "From", "To", "Contact":
		if a, err := parseAddress(v); err == nil && !a.uri.Wildcard {
			if loose(v) {
				return strings.TrimSpace(a.name+" <"+a.text+">") + a.params.String()
			}
		}
	case "CSeq":
		if n, method, ok := strings.Cut(strings.ReplaceAll(v, "\t", " "), " "); ok {
			return n + " " + strings.TrimSpace(method)
		}
	case "Via":
		if loose(v) || strings.Contains(v, " /") || strings.Contains(v, "/ ") || strings.Contains(v, "  ") {
			if x, err := parseVia(v); err == nil {
				host := x.host
				if strings.IndexByte(host, ':') >= 0 {
					host = "[" + host + "]"
				}
				if x.port > 0 {
					host += ":" + strconv.Itoa(x.port)
				}
				return "SIP/2.0/" + x.network + " " + host + x.params.String()
			}
		}
	}
	return v
}

// loose tells of white space around a separator, or a parameter name in capitals.
func loose(v string) bool {
	for i := 0; i < len(v); i++ {
		if c := v[i]; c == ';' || c == '=' {
			if i > 0 && (v[i-1] == ' ' || v[i-1] == '\t') || i+1 < len(v) && (v[i+1] == ' ' || v[i+1] == '\t') {
				return true
			}
			if c == ';' && i+1 < len(v) && 'A' <= v[i+1] && v[i+1] <= 'Z' {
				return true
			}
		}
	}
	return false
}
