package sip

import (
	"bytes"
	"mime"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// charsets are those that a text may come in beside UTF-8 and its part US-ASCII.
var charsets = map[string]encoding.Encoding{
	"iso-8859-1": charmap.ISO8859_1, "latin1": charmap.ISO8859_1, "iso-8859-15": charmap.ISO8859_15, "windows-1252": charmap.Windows1252,
	"iso-8859-2": charmap.ISO8859_2, "windows-1251": charmap.Windows1251, "koi8-r": charmap.KOI8R,
	"utf-16":   unicode.UTF16(unicode.BigEndian, unicode.UseBOM),
	"utf-16be": unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), "utf-16le": unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM),
}

// readText is the text of a MESSAGE as UTF-8. Its size is bounded by that of a message.
func readText(r *request) (string, *reply) {
	if e := r.value("Content-Encoding"); e != "" && !strings.EqualFold(e, "identity") {
		return "", answer(415, "Accept-Encoding", "identity")
	}
	return textOf(r.value("Content-Type"), r.Body(), true)
}

// textOf reads one body; outer: it may be a wrapper.
func textOf(contentType string, body []byte, outer bool) (string, *reply) {
	no := answer(415, "Accept", textTypes)
	kind, params := "text/plain", map[string]string(nil)
	if contentType != "" {
		var err error
		if kind, params, err = mime.ParseMediaType(contentType); err != nil {
			return "", no
		}
	}
	switch {
	case kind == "message/cpim" && outer:
		inner, ok := unwrapCPIM(body)
		if !ok {
			return "", answer(400)
		}
		return textOf(inner.contentType, inner.body, false)
	case kind != "text/plain":
		return "", no
	}
	text := string(body)
	switch name := strings.ToLower(params["charset"]); name {
	case "", "utf-8", "utf8", "us-ascii":
		if !utf8.Valid(body) {
			return "", answer(400)
		}
	default:
		cs := charsets[name]
		if cs == nil {
			return "", no
		}
		b, err := cs.NewDecoder().Bytes(body)
		if err != nil {
			return "", answer(400)
		}
		text = string(b)
	}
	if strings.TrimSpace(text) == "" {
		return "", answer(400)
	}
	return text, nil
}

type cpimPart struct {
	contentType string
	body        []byte
}

// unwrapCPIM takes the text out of its envelope (RFC 3862 2): headers of the message,
// an empty line, MIME headers, an empty line, the body. Who the envelope says it is from is
// not looked at: SIP has proved who sent it.
func unwrapCPIM(b []byte) (p cpimPart, ok bool) {
	_, rest, ok := head(b)
	if !ok {
		return p, false
	}
	mimes, rest, ok := head(rest)
	if !ok {
		return p, false
	}
	for _, line := range bytes.Split(mimes, []byte("\n")) {
		name, value, _ := strings.Cut(string(line), ":")
		if strings.EqualFold(strings.TrimSpace(name), "Content-Type") {
			p.contentType = strings.TrimSpace(value)
		}
	}
	p.body = rest
	return p, true
}

// head cuts b at the first empty line, CRLF or LF.
func head(b []byte) (before, after []byte, ok bool) {
	if before, after, ok = bytes.Cut(b, []byte("\r\n\r\n")); ok {
		return before, after, true
	}
	return bytes.Cut(b, []byte("\n\n"))
}
