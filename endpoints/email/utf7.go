package email

import (
	"encoding/base64"
	"encoding/binary"
	"strings"
	"unicode/utf16"
)

// utf7Text decodes UTF-7 (RFC 2152), in which all but ASCII is base64 of UTF-16 between + and what is none, or -.
// What can't be decoded stays as it is.
func utf7Text(s string) string {
	var out strings.Builder
	for {
		plain, rest, shifted := strings.Cut(s, "+")
		out.WriteString(plain)
		if !shifted {
			return out.String()
		}
		n := 0
		for n < len(rest) && (rest[n] >= 'A' && rest[n] <= 'Z' || rest[n] >= 'a' && rest[n] <= 'z' || rest[n] >= '0' && rest[n] <= '9' || rest[n] == '+' || rest[n] == '/') {
			n++
		}
		raw, err := base64.RawStdEncoding.DecodeString(rest[:n])
		switch {
		case n == 0, err != nil, len(raw) < 2:
			out.WriteString("+" + rest[:n])
		default:
			units := make([]uint16, len(raw)/2)
			for i := range units {
				units[i] = binary.BigEndian.Uint16(raw[2*i:])
			}
			out.WriteString(string(utf16.Decode(units)))
		}
		s = rest[n:]
		if n == 0 || err == nil {
			s = strings.TrimPrefix(s, "-") // +- is a plus
		}
	}
}
