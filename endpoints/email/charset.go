package email

import (
	"bytes"
	"io"
	"mime"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/emersion/go-message"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
)

// otherNames are what some programs call a charset.
var otherNames = map[string]string{
	"cp932": "shift_jis", "cp936": "gbk", "cp949": "euc-kr", "cp950": "big5", "ansi": "windows-1252", "utf8mb4": "utf-8", "utf-8-mac": "utf-8",
	"unicode-1-1-utf-7": "utf-7", "utf7": "utf-7", "x-unicode-2-0-utf-7": "utf-7",
}

// charsetName is how a label is known, lower-case; programs quote it, and let it be followed by others.
func charsetName(label string) string {
	label, _, _ = strings.Cut(strings.ToLower(label), ";")
	label = strings.Trim(label, " \t\"'")
	if other, ok := otherNames[label]; ok {
		return other
	}
	return label
}

// inCharset is what raw says in the charset of that label; as it stands, where that isn't known.
func inCharset(raw []byte, label string) string {
	switch label = charsetName(label); label {
	case "", "utf-8", "us-ascii":
		return string(raw)
	case "utf-7":
		return utf7Text(string(raw))
	}
	in, err := message.CharsetReader(label, bytes.NewReader(raw))
	if err != nil {
		return string(raw)
	}
	s, err := io.ReadAll(in)
	if err != nil {
		return string(raw)
	}
	return string(s)
}

// utf8Text is s, the decoded text of a part, where its program told the wrong charset or none.
// What is no UTF-8 is what the page says of itself, else Windows-1252, as mail programs that label
// nothing write; and UTF-8 under the name of Latin-1 is UTF-8.
func utf8Text(s, label string) string {
	switch charsetName(label) {
	case "iso-8859-1", "latin1", "windows-1252", "cp1252":
		for _, as := range []encoding.Encoding{charmap.ISO8859_1, charmap.Windows1252} {
			if raw, err := as.NewEncoder().String(s); err == nil && raw != s && utf8.ValidString(raw) {
				return raw
			}
		}
	}
	if utf8.ValidString(s) || mostlyUTF8(s) {
		return strings.ToValidUTF8(s, "\uFFFD")
	}
	enc := encoding.Encoding(charmap.Windows1252)
	if m := metaCharset.FindStringSubmatch(s[:min(len(s), 2048)]); m != nil {
		if e, err := htmlindex.Get(m[1]); err == nil {
			enc = e
		}
	}
	if out, err := enc.NewDecoder().String(s); err == nil {
		return out
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

// metaCharset is what a page says of itself.
var metaCharset = regexp.MustCompile(`(?i)<meta[^>]{0,200}charset\s*=\s*["']?([a-z0-9_:.-]{1,40})`)

// mostlyUTF8 tells that more letters are UTF-8 than not: some were cut in two, the text isn't of
// another charset.
func mostlyUTF8(s string) bool {
	good, bad := 0, 0
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			bad++
		case n > 1:
			good++
		}
		i += n
	}
	return good > bad
}

// headerWords decodes encoded-words (RFC 2047) as far as they can be.
var headerWords = mime.WordDecoder{CharsetReader: func(charset string, r io.Reader) (io.Reader, error) {
	charset = charsetName(charset)
	if charset == "utf-7" {
		raw, err := io.ReadAll(r)
		return strings.NewReader(utf7Text(string(raw))), err
	}
	if in, err := message.CharsetReader(charset, r); err == nil {
		return in, nil
	}
	return charmap.Windows1252.NewDecoder().Reader(r), nil // Latin letters stay, at least
}}

// headerText is the value of a field as people read it, also where a program wrote letters
// that no header may have.
func headerText(raw string) string {
	raw = utf8Text(raw, "")
	if s, err := headerWords.DecodeHeader(raw); err == nil {
		return strings.ToValidUTF8(s, "\uFFFD")
	}
	return raw
}
