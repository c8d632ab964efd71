package email

import (
	"html"
	"strings"
)

// htmlText is what a reader sees of a page, as text: nothing of it is run, loaded or
// believed. What is quoted (blockquote) begins with >, so that it is known as such.
func htmlText(s string) string {
	w := &htmlWriter{}
	for s != "" {
		at := strings.IndexByte(s, '<')
		if at < 0 {
			w.words(s)
			break
		}
		w.words(s[:at])
		s = s[at:]
		if strings.HasPrefix(s, "<!--") {
			_, s, _ = strings.Cut(s[4:], "-->")
			continue
		}
		if len(s) < 2 || !isTagStart(s[1]) {
			w.words("<")
			s = s[1:]
			continue
		}
		tag, rest := cutTag(s)
		s = w.tag(tag, rest)
	}
	return strings.TrimSpace(w.out.String())
}

func isTagStart(c byte) bool {
	return c == '/' || c == '!' || c == '?' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// cutTag takes a tag from s, which begins with it: > within quotes doesn't end it.
func cutTag(s string) (tag, rest string) {
	var quote byte
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case (c == '"' || c == '\'') && s[i-1] == '=':
			quote = c
		case c == '>':
			return s[1:i], s[i+1:]
		}
	}
	return s[1:], ""
}

// htmlWriter makes lines.
type htmlWriter struct {
	out    strings.Builder
	quoted int  // blockquotes around
	inLine bool // something stands in this line
	blank  bool // a blank is due before the next word
	empty  int  // lines ended since the last word
}

// maxQuoted bounds how many > stand before a line.
const maxQuoted = 5

// words writes text, its blanks collapsed.
func (w *htmlWriter) words(s string) {
	s = html.UnescapeString(s)
	for i, word := range strings.FieldsFunc(s, isBlank) {
		if !w.inLine {
			if q := min(w.quoted, maxQuoted); q > 0 {
				w.out.WriteString(strings.Repeat(">", q) + " ")
			}
		} else if w.blank || i > 0 || isBlank(rune(s[0])) {
			w.out.WriteByte(' ')
		}
		w.out.WriteString(word)
		w.inLine, w.blank, w.empty = true, false, 0
	}
	if s != "" && isBlank(rune(s[len(s)-1])) {
		w.blank = true
	}
}

func isBlank(r rune) bool {
	return r == ' ' || r == '\n' || r == '\t' || r == '\r' || r == '\u00a0' || r == '\u200b' || r == '\ufeff' || r == '\u200c'
}

// line ends the line; most tells how many empty ones may follow on each other.
func (w *htmlWriter) line(most int) {
	if w.out.Len() > 0 && w.empty <= most {
		w.out.WriteByte('\n')
		w.empty++
	}
	w.inLine, w.blank = false, false
}

// tag does what a tag does to a text, and gives what follows it.
func (w *htmlWriter) tag(tag, rest string) string {
	end := strings.HasPrefix(tag, "/")
	name := strings.ToLower(strings.TrimPrefix(tag, "/"))
	if i := strings.IndexAny(name, " \t\r\n/"); i >= 0 {
		name = name[:i]
	}
	switch name {
	case "script", "style", "head", "title", "template", "noscript", "svg", "object":
		if !end && !strings.HasSuffix(tag, "/") {
			return afterTag(rest, name)
		}
	case "blockquote":
		w.freshLine()
		if end {
			w.quoted = max(0, w.quoted-1)
		} else {
			w.quoted++
		}
	case "br":
		w.line(1)
	case "p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "table", "pre":
		w.freshLine()
		if end {
			w.line(1)
		}
	case "div", "tr", "section", "article", "header", "footer", "address", "dl", "dt", "dd":
		w.freshLine()
	case "li":
		if w.freshLine(); !end {
			w.words("- ")
		}
	case "td", "th":
		w.blank = true
	case "hr":
		w.freshLine()
		w.words("________________________________")
		w.freshLine()
	}
	return rest
}

// freshLine ends a line in which something stands.
func (w *htmlWriter) freshLine() {
	if w.inLine {
		w.line(1)
	}
}

// afterTag is what follows the end of an element whose inside is no text.
func afterTag(s, name string) string {
	for {
		at := strings.Index(s, "</")
		if at < 0 {
			return ""
		}
		s = s[at+2:]
		if len(s) >= len(name) && strings.EqualFold(s[:len(name)], name) {
			_, s, _ = strings.Cut(s, ">")
			return s
		}
	}
}
