package sms

import (
	"encoding/binary"
	"strings"
	"unicode/utf16"
)

// EncodeUCS2 writes text in UCS-2, big-endian; what has no place there goes as two
// surrogates (UTF-16), which every phone reads.
func EncodeUCS2(text string) []byte {
	units := utf16.Encode([]rune(text))
	out := make([]byte, 2*len(units))
	for i, u := range units {
		binary.BigEndian.PutUint16(out[2*i:], u)
	}
	return out
}

// DecodeUCS2 reads it. A byte too many at the end is nothing, and so is a byte order mark.
func DecodeUCS2(b []byte) string {
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = binary.BigEndian.Uint16(b[2*i:])
	}
	return strings.TrimPrefix(string(utf16.Decode(units)), "\ufeff")
}

// EncodeLatin1 writes text in ISO 8859-1; it is false if a character has no place there.
func EncodeLatin1(text string) (b []byte, ok bool) {
	for _, r := range text {
		if r > 0xff {
			return nil, false
		}
		b = append(b, byte(r))
	}
	return b, true
}

// DecodeLatin1 reads it.
func DecodeLatin1(b []byte) string {
	runes := make([]rune, len(b))
	for i, c := range b {
		runes[i] = rune(c)
	}
	return string(runes)
}
