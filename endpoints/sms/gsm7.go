package sms

import "strings"

// Escape goes before a character of the extension table, 3GPP TS 23.038 6.2.1.1.
const escape = 0x1b

// gsm7 is the default alphabet of 3GPP TS 23.038 6.2.1: the place of a character is its septet.
const gsm7 = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ" +
	" !\"#¤%&'()*+,-./0123456789:;<=>?" +
	"¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§" +
	"¿abcdefghijklmnopqrstuvwxyzäöñüà"

// fromGSM7 is a character by its septet, fromGSM7Extension by the one after the
// escape; 0: there is none.
var fromGSM7, fromGSM7Extension = func() (basic, extended [128]rune) {
	for i, r := range []rune(gsm7) {
		basic[i] = r
	}
	for septet, r := range map[byte]rune{
		0x0a: '\f', 0x14: '^', 0x28: '{', 0x29: '}', 0x2f: '\\', 0x3c: '[', 0x3d: '~', 0x3e: ']', 0x40: '|', 0x65: '€',
	} {
		extended[septet] = r
	}
	return basic, extended
}()

// toGSM7 are the septets of a character, one or two.
var toGSM7 = func() map[rune]string {
	m := map[rune]string{}
	for i, r := range fromGSM7 {
		if i != escape {
			m[r] = string([]byte{byte(i)})
		}
	}
	for i, r := range fromGSM7Extension {
		if r != 0 {
			m[r] = string([]byte{escape, byte(i)})
		}
	}
	return m
}()

// EncodeGSM7 writes text in the default alphabet, one septet a byte, as SMPP
// carries it. It is false if a character has no place there.
func EncodeGSM7(text string) (septets []byte, ok bool) {
	septets = make([]byte, 0, len(text))
	for _, r := range text {
		s, ok := toGSM7[r]
		if !ok {
			return nil, false
		}
		septets = append(septets, s...)
	}
	return septets, true
}

// DecodeGSM7 reads septets of the default alphabet, one a byte.
func DecodeGSM7(septets []byte) string { return Shift{}.Decode(septets) }

// Decode reads septets, one a byte. As 3GPP TS 23.038 6.2.1.1 asks, what isn't in the extension
// table is the character of the table that it extends, and an escape before nothing or another one a
// space. Bytes above 127 are no septets, and shown as such.
func (s Shift) Decode(septets []byte) string {
	basic, extended := s.tables()
	var b strings.Builder
	b.Grow(len(septets))
	for i := 0; i < len(septets); i++ {
		c := septets[i]
		switch {
		case c > 0x7f:
			b.WriteRune('\ufffd')
		case c != escape:
			b.WriteRune(basic[c])
		case i+1 == len(septets) || septets[i+1] == escape:
			b.WriteByte(' ')
		case septets[i+1] < 0x80 && extended[septets[i+1]] != 0:
			i++
			b.WriteRune(extended[septets[i]])
		}
	}
	return b.String()
}

// PackGSM7 puts eight septets into seven bytes, as the air interface and some
// message centres want it, 3GPP TS 23.038 6.1.2.1. skip bits are left free before
// the first one: after a header of n bytes (its length byte included) that is FillBits(n).
func PackGSM7(septets []byte, skip int) []byte {
	out := make([]byte, (skip+7*len(septets)+7)/8)
	for i, s := range septets {
		at := skip + 7*i
		out[at/8] |= s << (at % 8)
		if at%8 > 1 {
			out[at/8+1] |= s >> (8 - at%8)
		}
	}
	return out
}

// UnpackGSM7 reads n septets that PackGSM7 has packed, or as many as there are.
func UnpackGSM7(packed []byte, skip, n int) []byte {
	n = max(min(n, (8*len(packed)-skip)/7), 0)
	out := make([]byte, n)
	for i := range out {
		at := skip + 7*i
		s := packed[at/8] >> (at % 8)
		if at%8 > 1 {
			s |= packed[at/8+1] << (8 - at%8)
		}
		out[i] = s & 0x7f
	}
	return out
}

// FillBits are those that are free between a header of n bytes and the first septet.
func FillBits(n int) int { return (7 - 8*n%7) % 7 }
