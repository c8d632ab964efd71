package email

import (
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

// utf8Text is s, the decoded text of a part, where its program told the wrong charset or none.
// What is no UTF-8 is what the page says of itself, else Windows-1252, as mail programs that label
// nothing write; and UTF-8 under the name of Latin-1 is UTF-8.
func utf8Text(s, label string) string {
	switch strings.ToLower(label) {
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
