package slack

import (
	"strings"
)

// mentions tells whether a text has the bot's name in it.
func mentions(text, self string) bool {
	return self != "" && (strings.Contains(text, "<@"+self+">") || strings.Contains(text, "<@"+self+"|"))
}

// plain is a text of Slack's as people read it: <…> is a mention, a link or a date, and &, < and > come
// escaped. The bot's own name is left out: that it is spoken to is known. names tells how a user is called
// of whom Slack says his id only; nil, or empty: by that.
func plain(text, self string, names func(id string) string) string {
	var b strings.Builder
	for text != "" {
		open := strings.IndexByte(text, '<')
		if open < 0 {
			break
		}
		b.WriteString(unescape(text[:open]))
		text = text[open+1:]
		end := strings.IndexByte(text, '>')
		if end < 0 { // Slack escapes those that are no marks, so this is none of Slack's
			b.WriteByte('<')
			continue
		}
		shown, own := mark(text[:end], self, names)
		text = text[end+1:]
		if own { // and the blank after it, or a colon
			text = strings.TrimPrefix(strings.TrimLeft(text, " \u00a0"), ":")
			text = strings.TrimLeft(text, " \u00a0")
			continue
		}
		b.WriteString(shown)
	}
	b.WriteString(unescape(text))
	return strings.TrimSpace(b.String())
}

// mark is one <…> as people read it; own: it is the bot's name.
func mark(s, self string, names func(id string) string) (shown string, own bool) {
	target, label, labelled := strings.Cut(s, "|")
	label = unescape(label)
	switch {
	case strings.HasPrefix(target, "@"):
		if self != "" && target == "@"+self {
			return "", true
		}
		if label == "" && names != nil {
			label = names(target[1:])
		}
		return withSign("@", target[1:], label), false
	case strings.HasPrefix(target, "#"):
		return withSign("#", target[1:], label), false
	case strings.HasPrefix(target, "!date^") && labelled:
		return label, false
	case strings.HasPrefix(target, "!"):
		name, _, _ := strings.Cut(target[1:], "^")
		return withSign("@", name, label), false
	}
	link := unescape(target)
	short := strings.TrimPrefix(strings.TrimPrefix(link, "mailto:"), "tel:")
	bare := strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(link, "https://"), "http://"), "/")
	switch {
	case label == "" || label == link || label == short || label == bare:
		return short, false
	}
	return label + " (" + short + ")", false
}

func withSign(sign, id, label string) string {
	if label == "" {
		label = id
	}
	return sign + strings.TrimPrefix(unescape(label), sign)
}

var unescaper = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&")

func unescape(s string) string { return unescaper.Replace(s) }

var escaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// escape is a text as Slack wants it: whatever is in it, it calls nobody and is no link with another label.
func escape(s string) string { return escaper.Replace(s) }

// maxPost is the most letters of one post; Slack cuts off what is beyond 40,000.
const maxPost = 12_000
