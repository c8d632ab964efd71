package form

import (
	"bytes"
	"cmp"
	"mime"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Format is one way to write an answer, by its name in suffixes, in ?format= and
// in /{fmt}/reply; "" is none.
type Format string

// The formats.
const (
	JSON  Format = "json"
	XML   Format = "xml"
	CSV   Format = "csv"
	JSV   Format = "jsv"
	JSONL Format = "jsonl"
)

// Formats in order of preference: the first answers */*.
func Formats() []Format { return []Format{JSON, XML, CSV, JSV, JSONL} }

// MIME is the media type.
func (f Format) MIME() string {
	if f == JSON || f == XML {
		return "application/" + string(f)
	}
	return "text/" + string(f)
}

// Table tells whether it is a way to write lists: bodies aren't read in it.
func (f Format) Table() bool { return f == CSV || f == JSONL }

// Write writes v, a DTO that the codec knows.
func (f Format) Write(c *Codec, b *bytes.Buffer, v reflect.Value) {
	switch f {
	case XML:
		c.xml(b, v)
	case CSV:
		c.csv(b, v)
	case JSV:
		c.jsv(b, v)
	case JSONL:
		c.jsonl(b, v)
	default:
		c.json(b, v)
	}
}

// Read takes a body apart.
func (f Format) Read(body []byte) (Node, error) {
	switch f {
	case JSON:
		return parseJSON(body)
	case XML:
		return parseXML(body)
	case JSV:
		return parseJSV(strings.TrimSpace(string(body)))
	}
	return Node{}, unread("no body is read as %s", f)
}

// Named is the format of a name in any case.
func Named(name string) (Format, bool) {
	f := Format(strings.ToLower(name))
	if !slices.Contains(Formats(), f) {
		return JSON, false
	}
	return f, true
}

// CutSuffix takes .json, .xml, .csv, .jsv or .jsonl off a path. Other dots (report.xlsx) stay.
func CutSuffix(path string) (string, Format) {
	i := strings.LastIndexByte(path, '.')
	if i < 0 || strings.ContainsRune(path[i:], '/') {
		return path, ""
	}
	if f, ok := Named(path[i+1:]); ok {
		return path[:i], f
	}
	return path, ""
}

// Negotiate is the format of the answer: the suffix, then ?format=, then Accept.
// What nobody can read is answered in JSON, as ServiceStack does.
func Negotiate(r *http.Request, suffix Format) Format {
	if suffix != "" {
		return suffix
	}
	if f, ok := Named(r.URL.Query().Get("format")); ok {
		return f
	}
	best, bestQ := JSON, -1.0
	for part := range strings.SplitSeq(r.Header.Get("Accept"), ",") {
		media, params, err := mime.ParseMediaType(part)
		if err != nil {
			continue
		}
		q, err := strconv.ParseFloat(cmp.Or(params["q"], "1"), 64)
		if err != nil || q <= bestQ || q == 0 {
			continue
		}
		if f, ok := ofMedia(media); ok {
			best, bestQ = f, q
		}
	}
	return best
}

// ofMedia is the format of a media type.
func ofMedia(media string) (Format, bool) {
	switch media {
	case "*/*", "application/*", "text/json":
		return JSON, true
	case "text/xml":
		return XML, true
	}
	i := slices.IndexFunc(Formats(), func(f Format) bool { return f.MIME() == media })
	if i < 0 {
		return "", false
	}
	return Formats()[i], true
}
