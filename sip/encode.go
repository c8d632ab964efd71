package sip

import (
	"strings"
	"unicode/utf8"
)

// Everything that comes from a flow, the API, a directory or the far end and
// goes into a header goes through this file: sipgo escapes nothing.

// clean makes v fit for one header line: controls and broken UTF-8 are dropped,
// so that no value can start a header of its own.
func clean(v string) string {
	ok := utf8.ValidString(v)
	if ok {
		for i := 0; i < len(v); i++ {
			if v[i] < ' ' && v[i] != '\t' || v[i] == 0x7f {
				ok = false
				break
			}
		}
	}
	if !ok {
		v = strings.Map(func(r rune) rune {
			if r < ' ' && r != '\t' || r == 0x7f || r == utf8.RuneError {
				return -1
			}
			return r
		}, v)
	}
	return strings.TrimSpace(v)
}

// token tells whether name can be a header's name (RFC 3261 25.1 token).
func token(name string) bool {
	for i := 0; i < len(name); i++ {
		if !tokenByte(name[i]) {
			return false
		}
	}
	return name != ""
}

func tokenByte(c byte) bool {
	switch {
	case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		return true
	}
	return strings.IndexByte("-.!%*_+`'~", c) >= 0
}

// quote makes a quoted-string.
func quote(v string) string {
	v = clean(v)
	var b strings.Builder
	b.Grow(len(v) + 2)
	b.WriteByte('"')
	for i := 0; i < len(v); i++ {
		if v[i] == '"' || v[i] == '\\' {
			b.WriteByte('\\')
		}
		b.WriteByte(v[i])
	}
	b.WriteByte('"')
	return b.String()
}

// unquote undoes quote, and leaves a plain token alone.
func unquote(v string) string {
	v = strings.TrimSpace(v)
	if len(v) < 2 || v[0] != '"' || v[len(v)-1] != '"' {
		return v
	}
	v = v[1 : len(v)-1]
	if strings.IndexByte(v, '\\') < 0 {
		return v
	}
	var b strings.Builder
	for i := 0; i < len(v); i++ {
		if v[i] == '\\' && i+1 < len(v) {
			i++
		}
		b.WriteByte(v[i])
	}
	return b.String()
}

const hexDigits = "0123456789ABCDEF"

// escapeUser %-encodes what a URI's user part may not hold (RFC 3261 25.1 user).
func escapeUser(user string) string {
	plain := true
	for i := 0; i < len(user); i++ {
		if !userByte(user[i]) {
			plain = false
			break
		}
	}
	if plain {
		return user
	}
	var b strings.Builder
	for i := 0; i < len(user); i++ {
		if c := user[i]; userByte(c) {
			b.WriteByte(c)
		} else {
			b.WriteByte('%')
			b.WriteByte(hexDigits[c>>4])
			b.WriteByte(hexDigits[c&15])
		}
	}
	return b.String()
}

func userByte(c byte) bool {
	switch {
	case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		return true
	}
	return strings.IndexByte("-_.!~*'()&=+$,;?/", c) >= 0
}

// unescape decodes %XX; a broken escape stays as it is.
func unescape(v string) string {
	if strings.IndexByte(v, '%') < 0 {
		return v
	}
	var b strings.Builder
	for i := 0; i < len(v); i++ {
		if v[i] == '%' && i+2 < len(v) {
			hi, lo := unhex(v[i+1]), unhex(v[i+2])
			if hi >= 0 && lo >= 0 {
				b.WriteByte(byte(hi<<4 | lo))
				i += 2
				continue
			}
		}
		b.WriteByte(v[i])
	}
	return b.String()
}

func unhex(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// nameAddr writes a party as a header value: `"Name" <sip:user@host>`.
func nameAddr(name, uri string) string {
	if name = clean(name); name == "" {
		return "<" + uri + ">"
	}
	return quote(name) + " <" + uri + ">"
}

// partyURI is a party's URI: made of User and Host, or URI as it is when those are empty.
func partyURI(p Party) string {
	if p.Host == "" {
		return uriText(p.URI)
	}
	if p.User == "" {
		return "sip:" + hostText(p.Host)
	}
	return "sip:" + escapeUser(p.User) + "@" + hostText(p.Host)
}

// uriText drops from a URI what would end it or its line.
func uriText(uri string) string {
	return strings.Map(func(r rune) rune {
		if r <= ' ' || r == '<' || r == '>' || r == '"' || r == 0x7f || r == utf8.RuneError {
			return -1
		}
		return r
	}, uri)
}

// hostText keeps of a host[:port] only what one can hold.
func hostText(host string) string {
	return strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("-._[]:", r) {
			return r
		}
		return -1
	}, host)
}
