package sms

import (
	"strings"
	"unicode/utf8"
)

// Encoding is how the characters of an SMS are written.
type Encoding string

const (
	GSM7 Encoding = "GSM-7" // 160 septets in one SMS
	UCS2 Encoding = "UCS-2" // 70 units of 16 bits
)

// What one SMS carries, and what a part of a longer text does beside the header of 6
// bytes that joins it with the others, 3GPP TS 23.040 9.2.3.24.1.
const (
	oneGSM7, partGSM7 = 160, 153
	oneUCS2, partUCS2 = 70, 67
	// MaxParts is as many as the header can count.
	MaxParts = 255
)

// EncodingOf is the shorter one that has all characters of text.
func EncodingOf(text string) Encoding {
	for _, r := range text {
		if toGSM7[r] == "" {
			return UCS2
		}
	}
	return GSM7
}

// Segments is how many SMS text takes, and in which encoding. It never is 0: an
// empty text is an SMS, too.
func Segments(text string) (count int, enc Encoding) {
	enc = EncodingOf(text)
	for part := range parts(text, enc) {
		_ = part
		count++
	}
	return count, enc
}

// Split is text in the pieces that leave as one SMS each. No character is cut in
// two; together they are the text.
func Split(text string) (pieces []string, enc Encoding) {
	enc = EncodingOf(text)
	for part := range parts(text, enc) {
		pieces = append(pieces, part)
	}
	return pieces, enc
}

func parts(text string, enc Encoding) func(yield func(string) bool) {
	one, each := oneGSM7, partGSM7
	if enc == UCS2 {
		one, each = oneUCS2, partUCS2
	}
	return func(yield func(string) bool) {
		if length(text, enc) <= one {
			yield(text)
			return
		}
		start, used := 0, 0
		for i, r := range text {
			n := width(r, enc)
			if used+n > each {
				if !yield(text[start:i]) {
					return
				}
				start, used = i, 0
			}
			used += n
		}
		yield(text[start:])
	}
}

func length(text string, enc Encoding) (n int) {
	for _, r := range text {
		n += width(r, enc)
	}
	return n
}

// width is how many septets or units r takes.
func width(r rune, enc Encoding) int {
	switch {
	case enc == GSM7:
		return len(toGSM7[r])
	case r > 0xffff:
		return 2
	}
	return 1
}

// Shortest is text in as few segments as can be without a change of its meaning:
// typographic quotes, dashes and spaces, which come of being written in a word
// processor, are the plain ones, if that spares the whole text from UCS-2.
func Shortest(text string) string {
	if EncodingOf(text) == GSM7 {
		return text
	}
	if plain := typographic.Replace(text); EncodingOf(plain) == GSM7 {
		return plain
	}
	return text
}

var typographic = strings.NewReplacer(
	"\u2018", "'", "\u2019", "'", "\u201a", "'", "\u201c", `"`, "\u201d", `"`, "\u201e", `"`,
	"\u2010", "-", "\u2011", "-", "\u2012", "-", "\u2013", "-", "\u2014", "-", "\u2026", "...", "\u2022", "*",
	"\u00a0", " ", "\u2007", " ", "\u2009", " ", "\u202f", " ", "\u200b", "", "\ufeff", "", "\t", " ", "`", "'",
)

// Cut is text with at most n segments, cut between two characters.
func Cut(text string, n int) string {
	pieces, _ := Split(text)
	if len(pieces) <= n {
		return text
	}
	cut := strings.Join(pieces[:n], "")
	for cut != "" { // what fitted with the rest's header, or was UCS-2 for the rest's sake, still does
		if c, _ := Segments(cut); c <= n {
			break
		}
		_, size := utf8.DecodeLastRuneInString(cut)
		cut = cut[:len(cut)-size]
	}
	return cut
}
