package sms

import (
	"encoding/binary"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Some senders cut a long text within a character: between two surrogates, or after the escape.
// Half of it is kept with the part as a letter of the private use area, which Join makes whole.
const (
	halves     = 0x100000 // plus the surrogate
	openEscape = rune(halves + escape)
)

// CutUCS2 takes half a character off both ends of a part.
func CutUCS2(b []byte) (before string, rest []byte, after string) {
	rest = b[:len(b)/2*2]
	if len(rest) >= 2 {
		if u := rune(binary.BigEndian.Uint16(rest)); u >= 0xdc00 && u <= 0xdfff {
			before, rest = string(halves+u), rest[2:]
		}
	}
	if n := len(rest); n >= 2 {
		if u := rune(binary.BigEndian.Uint16(rest[n-2:])); u >= 0xd800 && u <= 0xdbff {
			rest, after = rest[:n-2], string(halves+u)
		}
	}
	return before, rest, after
}

// CutGSM7 takes an escape off the end of a part, one septet a byte.
func CutGSM7(b []byte) (rest []byte, after string) {
	if n := len(b); n > 0 && b[n-1] == escape {
		return b[:n-1], string(openEscape)
	}
	return b, ""
}

// Join is two parts that follow on each other.
func Join(a, b string) string {
	last, n := utf8.DecodeLastRuneInString(a)
	first, m := utf8.DecodeRuneInString(b)
	switch {
	case last == openEscape:
		if s := toGSM7[first]; len(s) == 1 && fromGSM7Extension[s[0]] != 0 {
			return a[:len(a)-n] + string(fromGSM7Extension[s[0]]) + b[m:]
		}
	case last >= halves && first >= halves:
		if r := utf16.DecodeRune(last-halves, first-halves); r != utf8.RuneError {
			return a[:len(a)-n] + string(r) + b[m:]
		}
	}
	return a + b
}

// Whole is a joined text, with a sign for each character whose other half never came.
func Whole(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == openEscape:
			return ' '
		case r >= halves+0xd800 && r <= halves+0xdfff:
			return utf8.RuneError
		}
		return r
	}, text)
}
