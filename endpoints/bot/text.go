package bot

import (
	"html"
	"strings"
)

// plain is the text of an activity as people read it, without the bot's own name: that it
// is spoken to is known.
func plain(act *Activity) string {
	text := act.Text
	marked := act.TextFormat == "xml"
	for _, e := range act.Entities {
		if e.Type != "mention" || e.Text == "" || e.Mentioned == nil {
			continue
		}
		marked = marked || strings.Contains(e.Text, "<at")
		if act.Recipient != nil && e.Mentioned.ID == act.Recipient.ID {
			text = strings.ReplaceAll(text, e.Text, "")
		}
	}
	if marked {
		text = untagged(text)
	}
	return strings.Trim(strings.ReplaceAll(text, "\u00a0", " "), " \t\r\n")
}

// breaks are the tags that end a line.
var breaks = map[string]bool{"br": true, "p": true, "div": true, "li": true}

// longestTag is the most letters that are taken for a tag.
const longestTag = 1000

// untagged is a text of Teams' or Skype's without its tags: of <at>Ann</at> Ann stays, with her sign. What is no
// tag, such as 1 < 2, stays as it is.
func untagged(s string) string {
	var b strings.Builder
	for s != "" {
		open := strings.IndexByte(s, '<')
		if open < 0 {
			break
		}
		b.WriteString(s[:open])
		s = s[open:]
		name, rest, ok := tag(s)
		if !ok {
			b.WriteByte('<')
			s = s[1:]
			continue
		}
		switch {
		case name == "at":
			b.WriteByte('@')
		case breaks[name] && b.Len() > 0:
			b.WriteByte('\n')
		}
		s = rest
	}
	b.WriteString(s)
	return html.UnescapeString(b.String())
}

// tag is the tag that s begins with; its name is empty for one that ends.
func tag(s string) (name, rest string, ok bool) {
	end := strings.IndexByte(s[:min(len(s), longestTag)], '>')
	if end < 2 {
		return "", s, false
	}
	inside := s[1:end]
	closing := strings.HasPrefix(inside, "/")
	inside = strings.TrimPrefix(inside, "/")
	n := 0
	for n < len(inside) && (inside[n]|0x20 >= 'a' && inside[n]|0x20 <= 'z' || n > 0 && inside[n] >= '0' && inside[n] <= '9') {
		n++
	}
	if n == 0 || n < len(inside) && !strings.ContainsRune(" \t\n/:", rune(inside[n])) {
		return "", s, false
	}
	if !closing {
		name = strings.ToLower(inside[:n])
	}
	return name, s[end+1:], true
}
