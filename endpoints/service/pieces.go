package service

import (
	"strings"
	"unicode/utf8"
)

// Pieces are a text in posts of most letters each, cut where a line or a word ends.
func Pieces(text string, most int) []string {
	var all []string
	for utf8.RuneCountInString(text) > most {
		cut := 0
		for range most {
			_, size := utf8.DecodeRuneInString(text[cut:])
			cut += size
		}
		if i := strings.LastIndexAny(text[:cut], "\n "); i > cut/2 {
			cut = i + 1
		}
		if p := strings.TrimSpace(text[:cut]); p != "" {
			all = append(all, p)
		}
		text = text[cut:]
	}
	if text = strings.TrimSpace(text); text != "" {
		all = append(all, text)
	}
	return all
}
